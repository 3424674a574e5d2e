/** Asks a provider whose credential it was given. @module */
import type { AuditSink } from "../audit/event.ts";
import { AuthsomeError } from "../errors.ts";
import { routedFetch } from "../fetch/routed_fetch.ts";
import type { Candidate, Identity } from "../login/identity.ts";
import { readIdentity } from "../login/identity.ts";
import { defined } from "../object.ts";
import type { Fetch } from "../ports/net.ts";
import { PLACEHOLDER } from "../placeholder.ts";
import { readWhoamiUrl } from "../provider/api_url.ts";
import type { WhoamiDefinition } from "../provider/definition.ts";
import { routeInput } from "../request/participants.ts";
import type { RouteTable } from "../request/route.ts";
import {
  buildRoutes,
  decideRoute,
  placeOf,
  type RouteInput,
} from "../request/routes.ts";
import { fillTemplate } from "../template.ts";
import { VERSION } from "../version.ts";

/** How long the answer may take, in milliseconds: the person waits for it. */
const TIMEOUT_MS = 5000;
/** Longest answer that is read, in bytes. */
const MAX_BYTES = 262_144;

/**
 * Sends the `whoami` of the definition with the credential of `candidate`, by the rules of every request: to the routes
 * of this one connection, with its policies, never where a redirect leads. The audit log notes it.
 *
 * @returns `undefined` if the definition has none, or none for this tenant.
 * @throws the reason of `signal` if it aborts; nothing else.
 */
export async function identify(
  { fetch, audit, profile }: {
    fetch: Fetch;
    audit: AuditSink;
    profile: string;
  },
  candidate: Candidate,
  signal: AbortSignal,
): Promise<Identity | undefined> {
  const { definition, credential, clientId } = candidate;
  const { whoami } = definition;
  if (!whoami) return undefined;
  const input = routeInput(definition, candidate);
  const routes = buildRoutes([input]);
  const url = servedUrl(whoami, input, routes);
  if (!url) return undefined;
  const late = AbortSignal.timeout(TIMEOUT_MS);
  const ended = AbortSignal.any([signal, late]);
  const values = {
    ...input.captured,
    ...input.values,
    ...defined({ client_id: clientId }),
  };
  try {
    const asked = routedFetch(
      {
        routes: () => routes,
        credentials: {
          fresh: () => Promise.resolve({ ok: true, credential, values }),
        },
        fetch,
        audit,
        profile,
      },
      url,
      requestOf(whoami, ended),
    ).then(async (response) => ({
      status: response.status,
      text: await textOf(response, whoami),
    }));
    // A name server that does not answer is not waited for either.
    const answer = await Promise.race([asked, abortion(ended)]);
    return readIdentity(definition, whoami, answer, credential);
  } catch (error) {
    signal.throwIfAborted();
    return { kind: "unknown", why: reasonOf(error, url, late) };
  }
}

/** The first address of `whoami` that the routes of the connection serve. */
export function servedUrl(
  whoami: WhoamiDefinition,
  input: RouteInput,
  routes: RouteTable,
): URL | undefined {
  const [first = ""] = [input.definition.api_url].flat();
  for (const entry of [whoami.url].flat()) {
    const { place = first, target } = readWhoamiUrl(entry);
    const found = placeOf(place, input);
    if (found?.host.kind !== "exact") continue;
    const { host: { host }, port, pathPrefix } = found;
    const url = new URL(
      `https://${host}:${port}${pathPrefix === "/" ? "" : pathPrefix}${
        // An injection puts the credential there.
        fillTemplate(target, () => PLACEHOLDER)}`,
    );
    const path = url.pathname;
    const { kind } = decideRoute(routes, { host: url.hostname, port, path });
    if (kind === "route") return url;
  }
}

/** The request that `whoami` is. */
export function requestOf(
  { method = "GET", headers, body }: WhoamiDefinition,
  signal: AbortSignal,
): RequestInit {
  return {
    method,
    headers: {
      accept: "application/json",
      "user-agent": `authsome/${VERSION}`,
      ...body === undefined ? {} : { "content-type": "application/json" },
      ...lowerCase(headers),
    },
    ...defined({ body }),
    redirect: "manual",
    signal,
  };
}

/** Two spellings of one name would both be sent. */
function lowerCase(headers: Readonly<Record<string, string>> = {}) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

/** The body as UTF-8, or `undefined` if it is too long; empty where nothing of it is asked for. */
export async function textOf(
  { body }: Response,
  { account, refused }: WhoamiDefinition,
): Promise<string | undefined> {
  if (!body) return "";
  if (account === undefined && refused?.error === undefined) {
    await body.cancel();
    return "";
  }
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    // Leaving the loop cancels the rest.
    if (size > MAX_BYTES) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function abortion(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}

function reasonOf(error: unknown, { host }: URL, late: AbortSignal): string {
  if (late.aborted) {
    return `${host} did not answer within ${TIMEOUT_MS / 1000} seconds`;
  }
  return error instanceof AuthsomeError
    ? error.message.charAt(0).toLowerCase() + error.message.slice(1)
    : `${host} cannot be reached`;
}
