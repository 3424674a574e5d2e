/** Makes the `fetch` that sends the credential of the provider that serves the URL. @module */
import type { Because } from "../audit/event.ts";
import { hex } from "../bytes.ts";
import { routedFetch } from "../fetch/routed_fetch.ts";
import { vaultRoutes } from "../fetch/vault_routes.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import type { Control } from "../request/control/control.ts";
import type { Participation } from "../request/participants.ts";
import type { Broker } from "./broker.ts";

/** Different things that a person is told. */
const MOST = 100;

/** As the standard `fetch`, by the routes of the profile's connections, see {@linkcode routedFetch}. */
export async function openFetch(
  broker: Broker,
  options: {
    warn(message: string): void;
    /** Providers whose requests for new keys and tokens are let through. */
    allowMinting: readonly string[];
    /** Who takes part. Default: every provider. */
    participation?: Pick<Participation, "only" | "connections">;
  },
): Promise<Broker["fetch"]> {
  const { connections, registry, preferences, audit, profile, fetch } = broker;
  /** Told once: a program may send the same request for ever. */
  const advised = new Set<string>();
  const rules = await fetchRules(broker, options.warn);
  const context = {
    ...rules && { control: rules },
    routes: vaultRoutes({ connections, registry, preferences, ...options }),
    credentials: await broker.credentialSource(),
    fetch,
    audit,
    profile,
    advise({ message, hint }: Because) {
      const line = `${message}. Do: ${hint}`;
      if (advised.has(line) || advised.size >= MOST) return;
      advised.add(line);
      options.warn(line);
    },
  };
  return (input, init) => routedFetch(context, input, init);
}

/** The rules of the home, for a process that is no run. It may serve an agent, so a change must be accepted. */
async function fetchRules(
  broker: Broker,
  warn: (message: string) => void,
): Promise<Control | undefined> {
  const { runtime, registry } = broker;
  if (!runtime.hasPolicy) return undefined;
  const { LiveRules } = await import("./policy/live_rules.ts");
  const definitions = new Map<string, ProviderDefinition>();
  const run = hex(crypto.getRandomValues(new Uint8Array(8)));
  return await LiveRules.open(broker, {
    ...{ run, program: "" },
    folder: runtime.workingFolder?.() ?? "/",
    isOutOfReach: () => false,
    definitionOf: (provider) =>
      definitions.get(provider) ??
        registry.get(provider).then(({ definition }) => {
          definitions.set(provider, definition);
          return definition;
        }),
    async approver() {
      const { approverFor } = await import("./approval/approver_for.ts");
      return await approverFor(broker, { id: run });
    },
    warn,
  });
}
