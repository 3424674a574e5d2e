/**
 * The event-stream transport of remote MCP servers (HTTP with SSE): messages are posted beside the stream, to a place that
 * only the stream names. The token must go there too.
 *
 * @module
 */
import type { OAuth2Credential } from "../../oauth/credential.ts";
import { messageEndpoint } from "./message_endpoint.ts";
import type { OAuthContext } from "../../oauth/http.ts";
import {
  commonEntry,
  entriesOf,
  entryOf,
  entryServes,
  folderOfEntry,
  readApiUrl,
} from "../../provider/api_url.ts";
import type { Fetch } from "../../ports/net.ts";
import type { Env } from "../../ports/system.ts";
import type {
  Provider,
  ProviderDefinition,
} from "../../provider/definition.ts";
import type { ProviderRegistry } from "../../provider/registry.ts";
import type { Credential } from "../../connection/connection.ts";
import type { Connections } from "../../connection/connections.ts";

/** The place that a definition lacks, with a sentence about it for the person; or the sentence alone. */
export interface MessagePlace {
  place?: string;
  note: string;
}

/**
 * {@linkcode messagePlace} for the definition that a login by URL made, said to the person; of any other nothing is asked.
 *
 * @returns the entry that its `api_url` lacks.
 */
export async function messagePlaceOf(
  broker: OtherProviders & { fetch: Fetch; env: Env },
  login: {
    provider: Provider;
    /** What the person asked for; `provider` is a URL or a name. */
    asked: { provider: string; noVerify?: boolean };
    credential: Credential;
  },
  { say, signal }: { say(message: string): void; signal: AbortSignal },
): Promise<string | undefined> {
  const { provider: { definition, source }, asked, credential } = login;
  if (
    source !== "custom" || definition.category !== "mcp" ||
    credential.type !== "oauth2"
  ) return undefined;
  const [own = ""] = entriesOf(definition);
  // A whole host lacks nothing, and what a person wrote may be a pattern.
  if (!own.includes("/") || readApiUrl(own).kind !== "host") return undefined;
  const url = new URL(
    URL.canParse(asked.provider) ? asked.provider : `https://${own}`,
  );
  const others = await otherEntries(broker, definition.name);
  const ask = !asked.noVerify && !broker.env.get("AUTHSOME_NO_VERIFY");
  const context = { definition, fetch: broker.fetch, signal };
  const found = await messagePlace(context, url, credential, { ask, others });
  if (found) say(found.note);
  return found?.place;
}

/**
 * The place where the server at `url` takes messages, if no place of the definition serves it. It is always of the origin
 * of `url`.
 *
 * @param ask whether the server may be asked. If it is not, or does not answer, the messages of a URL that ends in `/sse`
 * are expected beside it.
 * @param others entries of `api_url` of other providers.
 */
export async function messagePlace(
  context: OAuthContext,
  url: URL,
  { accessToken }: OAuth2Credential,
  { ask, others }: { ask: boolean; others: readonly string[] },
): Promise<MessagePlace | undefined> {
  const entries = entriesOf(context.definition);
  const isServed = (place: string) =>
    entries.some((entry) => entryServes(entry, place));
  const listen = () =>
    ask
      ? messageEndpoint(context, url, accessToken)
      : Promise.resolve({ kind: "unknown" as const });
  const first = await listen();
  if (first.kind === "none") return undefined;
  if (first.kind === "elsewhere") {
    return {
      note:
        `Its event stream wants messages at ${first.origin}, another origin: they get no token.`,
    };
  }
  let place: string;
  if (first.kind === "named") {
    place = entryOf(first.url);
    if (isServed(place)) return undefined;
    // Some servers have the session in the path: what differs in another stream is not the place.
    const second = await listen();
    if (second.kind === "named") {
      place = commonEntry(place, entryOf(second.url));
    }
  } else {
    if (!/\/sse\/?$/.test(url.pathname)) return undefined;
    place = folderOfEntry(entryOf(url));
    if (isServed(place)) return undefined;
  }
  const own = entryOf(url);
  const isTaken = others.some((other) =>
    other === place || entryServes(other, place) && !entryServes(other, own)
  );
  if (isTaken) {
    return {
      note:
        `Its messages go to ${place}, a place of another provider: they do not get this token.`,
    };
  }
  return {
    place,
    note: `Its messages go to ${
      everyPath(place)
    }: the token is sent there too.`,
  };
}

/** Where the credentials of others are. */
export interface OtherProviders {
  registry: Pick<ProviderRegistry, "list">;
  connections: Pick<Connections, "names">;
}

/** Entries of `api_url` of the providers other than `name` that are connected or that the person added. */
export async function otherEntries(
  { registry, connections }: OtherProviders,
  name: string,
): Promise<string[]> {
  const connected = new Set(
    (await connections.names()).map(({ provider }) => provider),
  );
  return (await registry.list(() => {}))
    .filter(({ definition, source }) =>
      definition.name !== name &&
      (source === "custom" || connected.has(definition.name))
    )
    .flatMap(({ definition }) => entriesOf(definition));
}

/** The places of a definition, for people: without those that others serve. */
export function shownPlaces(definition: ProviderDefinition): string {
  const entries = entriesOf(definition);
  return entries
    .filter((entry) =>
      !entries.some((other) => other !== entry && entryServes(other, entry))
    )
    .map(everyPath).join(", ");
}

function everyPath(place: string): string {
  return place.includes("/") ? place : `${place} (every path)`;
}
