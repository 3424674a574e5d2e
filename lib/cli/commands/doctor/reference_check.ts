/** Whether the programs are there that read what connections refer to. Nothing is read: a manager may ask a person. @module */
import type { Broker } from "../../../broker/broker.ts";
import { type Check, failure } from "./doctor_check.ts";

/** What is read from a secret manager, for people. */
export interface Referring {
  what: string;
  references: Readonly<Record<string, string>>;
}

/** One check for each of the references of `what`. */
export async function* references(
  broker: Broker,
  { what, references }: Referring,
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
        message: `${what} is read from ${shownReference(text)}`,
      };
    } catch (error) {
      const check = failure("reference", error);
      yield { ...check, message: `${what}: ${check.message}` };
    }
  }
}
