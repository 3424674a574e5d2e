/**
 * `fetch` with credentials: the proxy's own routes, policies and injections, for who needs no other process.
 *
 * Invariants: a credential goes only to the host that the caller named, never where a redirect leads; a request to one
 * URL is sent at most twice, the second time with another credential or nonce; no secret is in a URL or an error that the caller
 * sees.
 *
 * @module
 */
import type { AuditEvent, AuditSink, Because } from "../audit/event.ts";
import type { Credential } from "../connection/connection.ts";
import { AuthsomeError, type ErrorCode } from "../errors.ts";
import type { Fetch } from "../ports/net.ts";
import { defined } from "../object.ts";
import { auditor, denied } from "../request/auditor.ts";
import type { CredentialSource } from "../connection/credentials.ts";
import { answered, type Consequence } from "../request/answers/answered.ts";
import { decide, type InjectVerdict, type Verdict } from "../request/decide.ts";
import { NO_ROUTES } from "../request/decide_named.ts";
import { injectionRefusal } from "../request/injection_refusal.ts";
import { bodyStep } from "../request/body/body_injection.ts";
import { inject, type Injected } from "../request/injector.ts";
import type { ForwardedHead } from "../wire/forwarded_head.ts";
import type { DecidingStep } from "../request/minting/deciding_step.ts";
import { carriesPlaceholder } from "../placeholder.ts";
import { placeholderRefusal } from "../request/policies/placeholder.ts";
import { type Refusal, unreadable } from "../request/refusal.ts";
import type { ReasonCode, Route, RouteTable } from "../request/route.ts";
import { signRequest } from "../request/signing/signing.ts";
import { HeadError } from "../wire/http1.ts";
import type { Control } from "../request/control/control.ts";
import { hide, withUrl } from "./conceal.ts";
import { type Judged, ruled, told, withPassage } from "./judged_fetch.ts";
import {
  authorityOf,
  bytesOf,
  failed,
  headersOf,
  type Outgoing,
  outgoing,
  redirected,
  requestHead,
} from "./outgoing.ts";

/** What a request with a credential needs. */
interface RoutedFetchContext {
  /** The routes as they are now. */
  routes(): RouteTable | Promise<RouteTable>;
  credentials: CredentialSource;
  fetch: Fetch;
  audit: AuditSink;
  profile: string;
  /** The person's rules. Default: there are none. */
  control?: Control;
  /** Told what the person can do about a response that the caller gets as it is. */
  advise?(advice: Because): void;
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
  let verdict = await decided(context, next);
  if (verdict.kind === "tunnel" || verdict.kind === "forward") {
    return await sendPlain(context, next, verdict, request.redirect);
  }
  for (let redirects = 0;; redirects++) {
    if (verdict.kind === "refuse") {
      throw refused(context, next, verdict.refusal);
    }
    const { response, credential } = await sendRouted(context, next, verdict);
    if (redirects > 0) {
      Object.defineProperty(response, "redirected", { value: true });
    }
    const location = response.headers.get("location");
    if (
      !REDIRECTS.has(response.status) || location === null ||
      request.redirect === "manual"
    ) return response;
    await response.body?.cancel();
    if (request.redirect === "error") {
      throw failed(next.url, "is not allowed here");
    }
    if (redirects === MAX_REDIRECTS) throw failed(next.url, "is one too many");
    const place = hide(
      location,
      credential,
      verdict.placeholder,
      verdict.route.publicFields,
    );
    next = redirected(next, response.status, place);
    // Another host is given nothing, not even if it has a route.
    const led = next.url.origin === first.origin
      ? await ledTo(context, next)
      : "elsewhere";
    if (led === "elsewhere") return await sendElsewhere(context, next);
    verdict = led;
  }
}

/** Agents' own logins serve commands alone. */
type FetchVerdict = Exclude<Verdict, { kind: "login" }>;

/** Decides about `request`; a head that the proxy could not send on is refused. */
async function decided(
  context: RoutedFetchContext,
  request: Outgoing,
): Promise<FetchVerdict> {
  const authority = authorityOf(request.url);
  const head = requestHead(request);
  const policy = "open";
  try {
    const verdict = request.url.protocol === "https:"
      ? decide(
        { scheme: "https", authority, head },
        await context.routes(),
        { policy },
      )
      : decide({ scheme: "http", authority, head }, NO_ROUTES, { policy });
    return verdict.kind === "login"
      ? { kind: "refuse", refusal: verdict.refusal }
      : verdict;
  } catch (error) {
    if (!(error instanceof HeadError)) throw error;
    return { kind: "refuse", refusal: unreadable(error) };
  }
}

/** What becomes of a redirect to the same host. Where no route is, its placeholders are left out. */
async function ledTo(
  context: RoutedFetchContext,
  request: Outgoing,
): Promise<
  Exclude<FetchVerdict, { kind: "tunnel" | "forward" }> | "elsewhere"
> {
  const verdict = await decided(context, request);
  if (verdict.kind === "tunnel" || verdict.kind === "forward") {
    return "elsewhere";
  }
  const misplaced = verdict.kind === "refuse" &&
    verdict.refusal.reason === "placeholder_misplaced";
  if (!misplaced) return verdict;
  const bare = await decided(context, withoutPlaceholders(request));
  return bare.kind === "forward" ? "elsewhere" : verdict;
}

/** Sends without a credential where a redirect led; from there it may lead anywhere. */
async function sendElsewhere(
  context: RoutedFetchContext,
  request: Outgoing,
): Promise<Response> {
  const response = await sendPlain(
    context,
    withoutPlaceholders(request),
    { kind: "tunnel" },
    "follow",
  );
  Object.defineProperty(response, "redirected", { value: true });
  return response;
}

function withoutPlaceholders(request: Outgoing): Outgoing {
  const headers = [...request.headers].filter(([, value]) =>
    !carriesPlaceholder(value)
  );
  return { ...request, headers: new Headers(headers) };
}

/** Sends without a credential. A placeholder is refused, though the proxy could not see it in a tunnel. */
async function sendPlain(
  context: RoutedFetchContext,
  request: Outgoing,
  verdict: Extract<Verdict, { kind: "tunnel" | "forward" }>,
  redirect: RequestRedirect,
): Promise<Response> {
  const misplaced = verdict.kind === "tunnel" &&
    placeholderRefusal(requestHead(request), "authsome list --connected");
  if (misplaced) throw refused(context, request, misplaced);
  const { passing } = await judged(context, request);
  const sent = verdict.kind === "forward"
    ? { ...request, headers: headersOf(verdict.head) }
    : request;
  return await told(
    passing,
    sent,
    () => send(context, request.url, sent, redirect),
  );
}

/** Asks the rules about `request`; throws if they refuse it. */
async function judged(
  context: RoutedFetchContext,
  request: Outgoing,
  route?: Route,
): Promise<Judged> {
  if (!context.control) return {};
  const ruling = await ruled(context.control, request, route);
  if (ruling.kind === "refuse") throw refused(context, request, ruling.refusal);
  return ruling.judged;
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
    ...defined({
      body: body ?? undefined,
      duplex: streamed ? "half" : undefined,
      publicOnly: publicOnly || undefined,
    }),
  } as RequestInit);
}

interface Answer {
  response: Response;
  /** The request, with the credential in its body if that is where it belongs. */
  sent: Outgoing;
  credential: Credential;
  /** Whether to send the request once more, since another credential can be had. */
  anew(): Promise<boolean>;
}

async function sendRouted(
  context: RoutedFetchContext,
  request: Outgoing,
  verdict: InjectVerdict,
): Promise<Answer> {
  const { passing, ...words } = await judged(context, request, verdict.route);
  const { body } = verdict;
  const { refusal, detail }: ReturnType<DecidingStep["settle"]> = body
    ? body.settle(request.streamed ? undefined : await bytesOf(request))
    : verdict;
  if (refusal) {
    passing?.end();
    throw refused(context, request, refusal);
  }
  const noted = { ...defined({ detail }), ...words };
  try {
    const first = await attempt(context, request, verdict, noted);
    const again = await first.anew();
    if (again) await first.response.body?.cancel();
    const last = again
      ? await attempt(context, request, verdict, noted)
      : first;
    return {
      ...last,
      response: passing
        ? withPassage(last.response, last.sent, passing)
        : last.response,
    };
  } catch (error) {
    passing?.end();
    throw error;
  }
}

async function attempt(
  context: RoutedFetchContext,
  request: Outgoing,
  verdict: InjectVerdict,
  noted: Pick<AuditEvent, "detail" | "rule" | "operation">,
): Promise<Answer> {
  const { route } = verdict;
  const { provider, connection } = route;
  const { url, signal } = request;
  const about = { provider, connection };
  const fresh = await context.credentials.fresh(provider, connection);
  if (!fresh.ok) throw refused(context, request, { ...fresh, ...about });
  const head = { ...verdict.head, fields: [...verdict.head.fields] };
  let sent = request;
  let learn: InjectVerdict["learn"];
  try {
    inject(head, route, fresh);
    sent = await withBody(request, head, route, fresh);
    const { framing } = requestHead(sent);
    const signable: InjectVerdict = { ...verdict, head };
    if (await signRequest(signable, fresh, framing) > 0) {
      await signRequest(signable, fresh, framing, await bytesOf(sent));
    }
    learn = signable.learn;
  } catch (error) {
    const refusal = injectionRefusal(error, route);
    throw refusal ? refused(context, request, refusal) : error;
  }
  const misplaced = placeholderRefusal(
    head,
    `authsome inspect ${provider}`,
    route,
  );
  if (misplaced) throw refused(context, request, { ...misplaced, ...about });
  // Not as a relative reference: a path that begins with "//" would name another host.
  const target = new URL(url.origin + head.target);
  // Where the credential stands in the URL, nothing that quotes the URL may reach the caller.
  const hidden = head.target !== url.pathname + url.search;
  const event = {
    event: "inject",
    ...about,
    ...noted,
  } as const;
  const record = recorder(context, request);
  try {
    const response = await send(
      context,
      target,
      { ...sent, headers: headersOf(head) },
      "manual",
      !route.allowPrivate,
    );
    const { status, headers } = response;
    const fields = () => [...headers].map(([name, value]) => ({ name, value }));
    // The token itself is good then.
    const wantsNonce = learn?.({ status, fields: fields() }) === true;
    const { noted: found, advice, refused }: Consequence = wantsNonce
      ? { refused: (again) => Promise.resolve(again) }
      : answered(
        context.credentials,
        {
          ...about,
          injected: fresh,
          method: request.method,
          authority: authorityOf(url),
          target: url.pathname,
        },
        status,
        fields,
      );
    record({ ...event, ok: true, status, ...found });
    if (advice) context.advise?.(advice);
    return {
      response: hidden ? withUrl(response, url) : response,
      sent,
      credential: fresh.credential,
      anew: async () => await refused?.(!request.streamed) ?? false,
    };
  } catch (cause) {
    record({ ...event, ok: false });
    signal.throwIfAborted();
    if (cause instanceof AuthsomeError) throw cause;
    const { hintOf, reasonIn, sentenceOf } = await import(
      "../wire/request_failure.ts"
    );
    const reason = reasonIn(cause);
    throw new AuthsomeError(
      "EndpointUnreachable",
      `Cannot reach ${url.host}: ${sentenceOf(reason)}`,
      hintOf(reason, url.hostname),
      hidden ? { subject: about } : { subject: about, cause },
    );
  }
}

/** `request` with the credential in its body, if that is where the provider takes it. */
async function withBody(
  request: Outgoing,
  head: ForwardedHead,
  route: Route,
  injected: Injected,
): Promise<Outgoing> {
  const { framing } = requestHead(request);
  const step = bodyStep(route, { fields: head.fields, framing });
  if (!step) return request;
  const body = request.streamed ? undefined : await bytesOf(request);
  const changed = step.inject(body, injected);
  if (changed === body) return request;
  head.fields = head.fields.filter(({ name }) => name !== "content-length");
  return { ...request, body: changed as BodyInit };
}

const CODES: Partial<Record<ReasonCode, ErrorCode>> = {
  credential_missing: "CredentialMissing",
  credential_expired: "CredentialExpired",
  refresh_failed: "RefreshFailed",
  audit_unwritable: "StoreUnavailable",
};

function refused(
  context: RoutedFetchContext,
  request: Outgoing,
  refusal: Refusal,
): AuthsomeError {
  const { reason, message, hint, provider, connection } = refusal;
  recorder(context, request)(denied(refusal));
  const code = CODES[reason];
  return new AuthsomeError(
    code ?? "OperationNotAllowed",
    code ? message : `Cannot send the request: ${message}`,
    hint,
    {
      subject: defined({ provider, connection }),
    },
  );
}

function recorder(context: RoutedFetchContext, { url, method }: Outgoing) {
  return auditor(context, authorityOf(url), { method, target: url.pathname });
}
