/** Whether the programs are there that read what connections refer to. Nothing is read: a manager may ask a person. @module */
import type { Broker } from "../../../broker/broker.ts";
import type { Connection } from "../../../connection/connection.ts";
import { type Check, failure } from "./doctor_check.ts";

/** One check for each reference of `connection`. */
export async function* references(
  broker: Broker,
  { provider, name, references = {} }: Connection,
): AsyncGenerator<Check> {
  const [{ shownReference }, { checkReference }] = await Promise.all([
    import("../../../connection/references/reference.ts"),
    import("../../../connection/references/read_reference.ts"),
  ]);
  const { env, runtime } = broker;
  const managers = runtime.secretManagers?.bind(runtime);
  for (const text of new Set(Object.values(references))) {
    try {
      await checkReference({ env, ...managers ? { managers } : {} }, text);
      yield {
        name: "reference",
        ok: true,
        message: `${provider}/${name} is read from ${shownReference(text)}`,
      };
    } catch (error) {
      const check = failure("reference", error);
      yield { ...check, message: `${provider}/${name}: ${check.message}` };
    }
  }
}
