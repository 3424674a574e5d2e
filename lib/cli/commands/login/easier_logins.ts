/** The easier ways to connect where an OAuth app would have to be registered first, as commands. @module */
import type { Broker } from "../../../broker/broker.ts";
import { SOURCES } from "../../../import/sources.ts";
import {
  easierWays,
  needsApp,
  variantNames,
} from "../../../login/easier_ways.ts";
import { FLOWS } from "../../../provider/flow_facts.ts";
import type { FlowName } from "../../../provider/definition.ts";
import type { LoginFlags } from "./login_flags.ts";

/** One of them. */
export interface EasierLogin {
  /** What does it: `login github-pat`, without the program's name. */
  command: string;
  /** What it is like. */
  title: string;
  brief: string;
  way: { provider: string; flow?: FlowName } | { source: string };
}

/** The easier logins to `provider`; none if it needs no app, has one, or `flags` say how to log in. */
export async function easierLogins(
  { registry, connections, env }: Broker,
  provider: string,
  flags: LoginFlags,
): Promise<EasierLogin[]> {
  const definition = (await registry.find(provider))?.definition;
  const declared = definition?.client?.client_id_env;
  if (
    !definition || !needsApp(definition) || flags.flow !== undefined ||
    flags.clientId !== undefined || flags.resetClient ||
    (declared && env.get(declared)?.trim()) ||
    (await connections.clientProviders()).includes(provider)
  ) return [];
  const variants = await Promise.all(
    variantNames(provider, await registry.names()).map((name) =>
      // A file that is not valid is no way.
      registry.find(name).catch(() => undefined)
    ),
  );
  const ways = easierWays(
    definition,
    variants.flatMap((variant) => variant?.definition ?? []),
  );
  return [
    ...ways.map((way): EasierLogin =>
      way.kind === "token"
        ? {
          command: `login ${way.provider.name}`,
          title: "Paste a token or key",
          brief: way.provider.display_name,
          way: { provider: way.provider.name },
        }
        : {
          command: `login ${provider} --flow ${way.flow}`,
          title: way.flow === "device_code"
            ? "Device flow"
            : "Have the app registered for you",
          brief: FLOWS[way.flow].title,
          way: { provider, flow: way.flow },
        }
    ),
    ...Object.entries(SOURCES)
      .filter(([, { provides }]) => provides?.includes(provider))
      .map(([source, { brief }]): EasierLogin => ({
        command: `import ${source}`,
        title: "Take over its login",
        brief,
        way: { source },
      })),
  ];
}
