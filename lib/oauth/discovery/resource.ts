/**
 * What a protected resource says of itself: by its own 401 first, then at its well-known places (RFC 9728; MCP revision
 * 2026-07-28, "Authorization Server Discovery").
 *
 * @module
 */
import { AuthsomeError } from "../../errors.ts";
import { defined } from "../../object.ts";
import { VERSION } from "../../version.ts";
import { announcedEndpoint, quoteUrl } from "../endpoint_destination.ts";
import { addressOf } from "../http.ts";
import { strings } from "../metadata.ts";
import { isScope } from "../scope.ts";
import { tokenChallenge } from "./challenge.ts";
import type { Search } from "./search.ts";

const WELL_KNOWN = "/.well-known/oauth-protected-resource";

/** The first message of an MCP client. Some servers ask for a token only there. */
const INITIALIZE = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "authsome", version: VERSION },
  },
};

/** What is known of a resource. */
export interface ProtectedResource {
  /** Whether it has metadata. */
  described: boolean;
  /** Whether it asked for a token (401). */
  locked: boolean;
  /** Its identifier, for the resource indicator, as it writes it. */
  resource?: string;
  authorizationServers: string[];
  /** What to ask for: the scopes of its 401, else all that its metadata lists. */
  scopes?: string[];
  /** Whether it takes only tokens that are bound to a key. */
  dpopRequired?: true;
  /** Name for people. */
  name?: string;
}

/** Asks the resource at `url`, and its well-known places. */
export async function discoverResource(
  search: Search,
  url: URL,
): Promise<ProtectedResource> {
  const challenge = await askResource(search, url);
  const metadata = await describedBy(search, url, challenge.resourceMetadata);
  return {
    authorizationServers: [],
    ...metadata,
    described: metadata !== undefined,
    locked: challenge.locked,
    ...defined({ scopes: challenge.scopes ?? metadata?.scopes }),
  };
}

/** What the resource's own 401 says, by GET or as to a client that begins. */
async function askResource(search: Search, url: URL) {
  const accept = "application/json, text/event-stream";
  const got = await challengeOf(search, url, { headers: { accept } });
  if (got.locked && got.resourceMetadata !== undefined) return got;
  const posted = await challengeOf(search, url, {
    method: "POST",
    headers: { accept, "content-type": "application/json" },
    body: JSON.stringify(INITIALIZE),
  });
  return { ...got, ...posted, locked: got.locked || posted.locked };
}

async function challengeOf(search: Search, url: URL, init: RequestInit) {
  // An open server begins a stream that has no end.
  const answer = await search.answer(url, { ...init, headOnly: true });
  if (!answer || answer.status < 400) return { locked: false };
  const header = answer.headers.get("www-authenticate");
  return { locked: answer.status === 401, ...tokenChallenge(header) };
}

async function describedBy(
  search: Search,
  url: URL,
  announced: string | undefined,
) {
  if (announced !== undefined) {
    const place = announcedPlace(search, url, announced);
    const found = place && await read(search, place, url);
    if (found) return found;
  }
  for (const place of places(url)) {
    const found = await read(search, place, url);
    if (found) return found;
  }
  return undefined;
}

/** The place that the resource names, if it may be asked. */
function announcedPlace(
  search: Search,
  from: URL,
  announced: string,
): URL | undefined {
  const { definition: { name }, allowPrivateHosts } = search.context;
  const what = "protected resource metadata";
  try {
    // Some servers leave out the origin.
    const text = announced.startsWith("/")
      ? new URL(announced, from).href
      : announced;
    return announcedEndpoint(name, what, text, { from, allowPrivateHosts });
  } catch (error) {
    if (!(error instanceof AuthsomeError)) throw error;
    search.refuse(`the challenge of ${addressOf(from)}`, error);
    return undefined;
  }
}

/** The well-known places of a resource, its path as it is; the root is MCP's own. */
function places({ origin, pathname, search }: URL): URL[] {
  const path = pathname === "/" ? "" : pathname;
  const ends = [`${path}${search}`, path, path.replace(/\/$/, ""), ""];
  return [...new Set(ends)].map((end) =>
    new URL(`${WELL_KNOWN}${end}`, origin)
  );
}

async function read(search: Search, place: URL, asked: URL) {
  const metadata = await search.json(place);
  if (!metadata) return undefined;
  const { resource } = metadata;
  if (typeof resource !== "string" || !URL.canParse(resource)) {
    search.reject("JSON that names no resource");
    return undefined;
  }
  const url = new URL(resource);
  if (!isFor(url, asked)) {
    const why = `it is for another resource, ${quoteUrl(resource)}`;
    // The root can only describe one of several resources.
    const sibling = url.origin === asked.origin &&
      place.pathname === WELL_KNOWN && asked.pathname !== "/";
    if (sibling) search.reject(why);
    else search.distrust(why);
    return undefined;
  }
  const scopes = strings(metadata.scopes_supported)?.filter(isScope);
  return {
    resource,
    authorizationServers: strings(metadata.authorization_servers) ?? [],
    ...defined({
      scopes,
      dpopRequired: metadata.dpop_bound_access_tokens_required === true ||
        undefined,
      name: typeof metadata.resource_name === "string"
        ? metadata.resource_name
        : undefined,
    }),
  };
}

/** Whether metadata for `url` may speak for `asked`: for its whole origin, or a part of it that we are in. */
function isFor(url: URL, asked: URL): boolean {
  const path = url.pathname.replace(/\/$/, "");
  return url.origin === asked.origin &&
    `${asked.pathname}/`.startsWith(`${path}/`) &&
    (url.search === "" || url.search === asked.search);
}
