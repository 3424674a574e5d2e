import type { Broker } from "../../broker/broker.ts";
import { AuthsomeError } from "../../errors.ts";
import { defined } from "../../object.ts";
import type { ProviderDefinition } from "../../provider/definition.ts";
import type { RouteInput } from "../../request/routes.ts";
import {
  defineCommand,
  optionalArgument,
  toggle,
} from "../kit/define_command.ts";

/** `prefer [provider]`: which of several providers serves the requests that they share. */
export default defineCommand<{ reset?: boolean }, [provider?: string]>({
  description:
    "Some services have two providers, such as github and github-pat. If both are connected, the proxy refuses requests that either could serve until you choose. The choice also decides whom a variable or a configuration file stands for that both have. Without a provider, shows what was chosen.",
  examples: [
    ["authsome prefer github-pat", "the key, not the OAuth login"],
    ["authsome prefer", "show the choices"],
    ["authsome prefer github-pat --reset", "forget this choice"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        optionalArgument("Name of the provider", "provider", "provider"),
      ],
    },
    flags: {
      reset: toggle("Forget the choice for this provider, or all choices"),
    },
  },

  async run(context, { reset }, name) {
    const { output } = context;
    const broker = await context.broker();
    const { preferences } = broker;
    if (name !== undefined) await broker.registry.get(name);
    if (reset) {
      await preferences.forget(name);
      if (output.asJson) output.json({ reset: name ?? null });
      else output.say(`Forgotten: ${name ?? "every choice"}.`);
      return;
    }
    if (name === undefined) {
      const preferred = await preferences.read();
      if (output.asJson) output.json({ preferred });
      else if (Object.keys(preferred).length === 0) {
        output.say("Nothing was chosen. Choose: authsome prefer <provider>");
      }
      for (
        const [one, over] of Object.entries(output.asJson ? {} : preferred)
      ) {
        output.data(`${one} over ${over.join(", ")}`);
      }
      return;
    }
    const others = await rivals(broker, name);
    if (others.length === 0) {
      throw new AuthsomeError(
        "OperationNotAllowed",
        `Cannot prefer ${name}: no other provider serves its requests or has its variables`,
        "authsome list",
        { subject: { provider: name } },
      );
    }
    await preferences.prefer(name, others);
    if (output.asJson) {
      output.json({ provider: name, preferred_over: others });
      return;
    }
    output.say(`${name} is preferred over ${others.join(", ")}.`);
    if ((await broker.connections.names(name)).length === 0) {
      output.say(`It is not connected yet: authsome login ${name}`);
    }
  },
});

/** The providers that may serve the same requests as `name`, or have a variable or file of its, connected or not. */
async function rivals(broker: Broker, name: string): Promise<string[]> {
  const [{ rivalsOf }, { sharersOf }, { placeholderVariables }] = await Promise
    .all([
      import("../../request/sharing.ts"),
      import("../../run/variable_owner.ts"),
      import("../../run/child_env.ts"),
    ]);
  const inputs: RouteInput[] = [];
  for (const found of await broker.registry.each()) {
    if ("error" in found) continue;
    inputs.push(...await inputsOf(broker, found.provider.definition));
  }
  const mine = inputs.filter(({ definition }) => definition.name === name);
  const [own] = mine;
  const sharers = own
    ? sharersOf(
      own.definition,
      inputs.map(({ definition }) => definition),
      placeholderVariables,
    )
    : [];
  return [...new Set([...rivalsOf(mine, inputs), ...sharers])].sort();
}

/** Where the provider's connections go, and where one would go that is made without a base URL. */
async function inputsOf(
  { connections }: Broker,
  definition: ProviderDefinition,
): Promise<RouteInput[]> {
  const inputs: RouteInput[] = [{ definition, connection: "default" }];
  for (const { name } of await connections.names(definition.name)) {
    try {
      const { baseUrl, credential } = await connections.get(
        definition.name,
        name,
      );
      inputs.push({
        definition,
        connection: name,
        ...defined({
          baseUrl,
          captured: credential.type === "oauth2"
            ? credential.captured
            : undefined,
        }),
      });
    } catch (error) {
      // One that does not open serves nothing.
      if (!(error instanceof AuthsomeError)) throw error;
    }
  }
  return inputs;
}
