/** The definition that a login by URL makes: what is said of it, and how it is kept. @module */
import type { AuditSink } from "../../audit/event.ts";
import { entriesOf } from "../../provider/api_url.ts";
import type {
  Provider,
  ProviderDefinition,
} from "../../provider/definition.ts";
import type { ProviderRegistry } from "../../provider/registry.ts";
import {
  otherEntries,
  type OtherProviders,
  shownPlaces,
} from "./message_place.ts";

/** What a person should see before they trust a server without a definition. */
export function introduction(
  { definition }: Provider,
  hasMoved = false,
): string {
  const { name, oauth } = definition;
  const what = hasMoved
    ? `Provider "${name}" has moved`
    : `New provider "${name}"`;
  return `${what}: tokens come from ${oauth?.issuer} and are sent to ${
    shownPlaces(definition)
  } only.`;
}

/** Keeps the definition that was made for this login, unless another login to the same server was faster. */
export async function install(
  { registry, audit, profile }: {
    registry: Pick<ProviderRegistry, "get" | "register">;
    audit: AuditSink;
    profile: string;
  },
  { definition }: Provider,
  hasMoved = false,
): Promise<void> {
  const provider = definition.name;
  try {
    await registry.register(JSON.stringify(definition), { force: hasMoved });
  } catch (error) {
    const { oauth } = (await registry.get(provider)).definition;
    if (oauth?.resource !== definition.oauth?.resource) throw error;
    return;
  }
  audit.record({ event: "register", profile, provider, ok: true });
}

/** Two servers may have one resource: the wider place stays with the first, and each has its own. */
export async function withoutOthers(
  broker: OtherProviders,
  made: ProviderDefinition,
): Promise<ProviderDefinition> {
  const [own, wide] = entriesOf(made);
  if (own === undefined || wide === undefined) return made;
  const others = await otherEntries(broker, made.name);
  return others.includes(wide) ? { ...made, api_url: own } : made;
}
