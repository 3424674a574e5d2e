/**
 * `fetch` with credentials: the proxy's own routes, policies and injections, for who needs no other process.
 *
 * Invariants: a credential goes only to the host that the caller named, never where a redirect leads; a request to one
 * URL is sent at most twice, the second time with another credential; no secret is in a URL or an error that the caller
 * sees.
 *
 * @module
 */
import type { AuditEvent, AuditSink } from "../audit/event.ts";
import type { Credential } from "../connection/connection.ts";
import { AuthsomeError, type ErrorCode } from "../errors.ts";
import type { Fetch } from "../ports.ts";
import type { CredentialSource } from "../connection/credentials.ts";
import { decideNamed, type NamedDecision } from "../request/decide_named.ts";
import type { ForwardedHead } from "../wire/forwarded_head.ts";
import { injectionRefusal } from "../request/injection_refusal.ts";
import { inject } from "../request/injector.ts";
import { PLACEHOLDER } from "../placeholder.ts";
import {
  namedPlaceholder,
  withoutNames,
} from "../request/named_placeholder.ts";
import { placeholderRefusal } from "../request/policies/placeholder.ts";
import { refusalOf } from "../request/policy.ts";
import type { Refusal } from "../request/refusal.ts";
import type { ReasonCode, Route, RouteTable } from "../request/route.ts";
import { hide, sameSecrets, withUrl } from "./conceal.ts";
import {
  authorityOf,
  failed,
  headOf,
  type Outgoing,
  outgoing,
  redirected,
} from "./outgoing.ts";
import { minted } from "./minted.ts";
import { signed } from "./signed.ts";

/** What a request with a credential needs. */
export interface RoutedFetchContext {
  /** The routes as they are now. */
  routes(): RouteTable | Promise<RouteTable>;
  credentials: CredentialSource;
  fetch: Fetch;
  audit: AuditSink;
  profile: string;
}

/** Most redirects that are followed, as in the fetch standard. */
const MAX_REDIRECTS = 20;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * As the standard `fetch`, with the credential of the connection that the URL is routed to. A URL without a route is
 * fetched as it is. Redirects are followed unless `init.redirect` says otherwise; another host gets no credential.
 *
 * A 401 makes an OAuth token be refreshed and the request be sent once more, unless its body is a stream.
 *
 * @throws {AuthsomeError} `CredentialMissing`, `CredentialExpired`, `RefreshFailed` if there is no credential to send;
 * `OperationNotAllowed` for a request that the proxy would refuse; `EndpointUnreachable` if a request with a credential
 * fails. What the standard `fetch` throws otherwise.
 */
export async function routedFetch(
  context: RoutedFetchContext,
  input: Request | URL | string,
  init: RequestInit = {},
): Promise<Response> {
  const request = new Request(input, init);
  const first = new URL(request.url);
  let next = await outgoing(request, init);
  let decided = await decide(context, first, request.headers);
  if (isUnrouted(decided)) {
    const head = headOf(first, next.method, next.headers);
    refuseMisplaced(context, first, head, "authsome list --connected");
    return await send(context, first, next, request.redirect);
  }
  for (let redirects = 0;; redirects++) {
    const { response, credential } = await sendRouted(context, next, decided);
    if (redirects > 0) {
      Object.defineProperty(response, "redirected", { value: true });
    }
    const location = response.headers.get("location");
    if (
      !REDIRECTS.has(response.status) || location === null ||
      request.redirect === "manual"
    ) return response;
    await response.body?.cancel();
    if (request.redirect === "error") throw failed(next.url, "was not wanted");
    if (redirects === MAX_REDIRECTS) throw failed(next.url, "is one too many");
    const placeholder = decided.name === undefined
      ? PLACEHOLDER
      : namedPlaceholder(decided.name);
    const place = hide(location, credential, placeholder);
    next = redirected(next, response.status, place);
    decided = next.url.origin === first.origin
      ? await decide(context, next.url, next.headers)
      : UNROUTED;
    if (isUnrouted(decided)) return await sendElsewhere(context, next);
  }
}

const UNROUTED: NamedDecision = { decision: { kind: "none" }, mints: [] };

function isUnrouted({ decision, refusal }: NamedDecision): boolean {
  return decision.kind === "none" && !refusal;
}

async function decide(
  context: RoutedFetchContext,
  url: URL,
  headers: Headers,
): Promise<NamedDecision> {
  // Plain http is never given a credential.
  return url.protocol === "https:"
    ? decideNamed(
      await context.routes(),
      authorityOf(url),
      headOf(url, "", headers),
    )
    : UNROUTED;
}

/** Sends without a credential where a redirect led; from there it may lead anywhere. */
async function sendElsewhere(
  context: RoutedFetchContext,
  request: Outgoing,
): Promise<Response> {
  const { url, method, headers } = request;
  for (const [name, value] of [...headers]) {
    if (value.includes(PLACEHOLDER)) headers.delete(name);
  }
  const head = headOf(url, method, headers);
  refuseMisplaced(context, url, head, "authsome explain <url>");
  const response = await send(context, url, request, "follow");
  Object.defineProperty(response, "redirected", { value: true });
  return response;
}

async function send(
  { fetch }: RoutedFetchContext,
  url: URL,
  { method, headers, signal, body, streamed }: Outgoing,
  redirect: RequestRedirect,
  publicOnly = false,
): Promise<Response> {
  return await fetch(url, {
    method,
    headers: [...headers],
    signal,
    redirect,
    ...(body === null ? {} : { body }),
    ...(streamed ? { duplex: "half" } : {}),
    ...(publicOnly ? { publicOnly } : {}),
  } as RequestInit);
}

type Answer = { response: Response; credential: Credential };

async function sendRouted(
  context: RoutedFetchContext,
  request: Outgoing,
  { decision, mints, refusal: misnamed }: NamedDecision,
): Promise<Answer> {
  const { url, method, headers } = request;
  const head = headOf(url, method, headers);
  const refusal = refusalOf({
    authority: authorityOf(url),
    head: {
      ...head,
      fields: [...head.fields, { name: "host", value: url.host }],
      framing: { kind: "none" },
    },
    decision,
    mints,
  }) ?? misnamed;
  if (refusal) throw refused(context, url, method, refusal);
  if (decision.kind !== "route") {
    const providers = decision.kind === "tie" ? decision.providers : [];
    throw refused(context, url, method, {
      reason: "tie",
      message: `${
        providers.join(" and ")
      } serve this request, so none is given a credential`,
      hint: `authsome prefer ${providers[0]}`,
    });
  }
  const asked = await minted(decision.route, mints, head, request);
  if (asked.refusal) throw refused(context, url, method, asked.refusal);
  const { detail } = asked;
  const first = await attempt(context, request, decision.route, detail);
  if (first.response.status !== 401) return first;
  const { provider, connection } = decision.route;
  context.credentials.rejected?.(provider, connection);
  if (request.streamed) return first;
  const fresh = await context.credentials.fresh(provider, connection);
  if (!fresh.ok || sameSecrets(fresh.credential, first.credential)) {
    return first;
  }
  await first.response.body?.cancel();
  return await attempt(context, request, decision.route, detail);
}

async function attempt(
  context: RoutedFetchContext,
  request: Outgoing,
  route: Route,
  detail?: string,
): Promise<Answer> {
  const { provider, connection } = route;
  const { url, method, headers, signal } = request;
  const about = { provider, connection };
  const fresh = await context.credentials.fresh(provider, connection);
  if (!fresh.ok) throw refused(context, url, method, { ...fresh, ...about });
  const head = headOf(url, method, headers);
  head.target = withoutNames(head.target);
  try {
    inject(head, route, fresh);
    await signed(head, route, fresh, request);
  } catch (error) {
    const refusal = injectionRefusal(error, route);
    throw refusal ? refused(context, url, method, refusal) : error;
  }
  const hint = `authsome inspect ${provider}`;
  refuseMisplaced(context, url, head, hint, about);
  const target = new URL(head.target, url.origin);
  // Where the credential stands in the URL, nothing that quotes the URL may reach the caller.
  const hidden = head.target !== url.pathname + url.search;
  const event = {
    event: "inject",
    ...about,
    ...(detail === undefined ? {} : { detail }),
  } as const;
  try {
    const sent = new Headers(
      head.fields.map(({ name, value }): [string, string] => [name, value]),
    );
    const outgoing = { ...request, headers: sent };
    const response = await send(
      context,
      target,
      outgoing,
      "manual",
      !route.allowPrivate,
    );
    record(context, url, method, {
      ...event,
      ok: true,
      status: response.status,
    });
    return {
      response: hidden ? withUrl(response, url) : response,
      credential: fresh.credential,
    };
  } catch (cause) {
    record(context, url, method, { ...event, ok: false });
    signal.throwIfAborted();
    if (cause instanceof AuthsomeError) throw cause;
    throw new AuthsomeError(
      "EndpointUnreachable",
      `Cannot reach ${url.host}: the request failed`,
      "authsome doctor",
      { subject: about, ...(hidden ? {} : { cause }) },
    );
  }
}

function refuseMisplaced(
  context: RoutedFetchContext,
  url: URL,
  head: ForwardedHead,
  hint: string,
  about?: { provider: string; connection: string },
): void {
  const refusal = placeholderRefusal(head, hint);
  if (refusal) {
    throw refused(context, url, head.method, { ...refusal, ...about });
  }
}

const CODES: Partial<Record<ReasonCode, ErrorCode>> = {
  credential_missing: "CredentialMissing",
  credential_expired: "CredentialExpired",
  refresh_failed: "RefreshFailed",
};

function refused(
  context: RoutedFetchContext,
  url: URL,
  method: string,
  { reason, message, hint, provider, connection, detail }:
    & Pick<Refusal, "reason" | "message" | "hint" | "detail">
    & { provider?: string; connection?: string },
): AuthsomeError {
  const subject = {
    ...(provider === undefined ? {} : { provider }),
    ...(connection === undefined ? {} : { connection }),
  };
  record(context, url, method, {
    event: "deny",
    ok: false,
    reason,
    ...subject,
    ...(detail === undefined ? {} : { detail }),
  });
  const code = CODES[reason];
  return new AuthsomeError(
    code ?? "OperationNotAllowed",
    code ? message : `Cannot send the request: ${message}`,
    hint,
    { subject },
  );
}

function record(
  { audit, profile }: RoutedFetchContext,
  url: URL,
  method: string,
  event: Omit<AuditEvent, "profile" | "method" | "host" | "path">,
): void {
  const { hostname: host, pathname: path } = url;
  audit.record({ ...event, profile, method, host, path });
}
