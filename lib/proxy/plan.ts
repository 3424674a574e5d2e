/**
 * Decides about the requests of an opened tunnel: policies, route, credential, injection.
 *
 * @module
 */
import type { AuditEvent, AuditSink } from "../audit/event.ts";
import { afterBody, withoutExpect } from "./after_body.ts";
import type { ByteStream } from "../wire/byte_stream.ts";
import type { CredentialSource } from "../connection/credentials.ts";
import { decideNamed } from "../request/decide_named.ts";
import { isPrivateHost } from "../request/decide_route.ts";
import type { Plan, Planner } from "./planner.ts";
import { type ForwardedHead, forwardedHead } from "../wire/forwarded_head.ts";
import { type RequestHead, values } from "../wire/http1.ts";
import { injectionRefusal } from "../request/injection_refusal.ts";
import { inject, signingKeys } from "../request/injector.ts";
import {
  namedPlaceholder,
  withoutNames,
} from "../request/named_placeholder.ts";
import { PLACEHOLDER } from "../placeholder.ts";
import {
  injectedSecrets,
  type InjectedValues,
} from "../request/response_head_scrub.ts";
import { placeholderRefusal } from "../request/policies/placeholder.ts";
import { refusalOf } from "../request/policy.ts";
import type { Refusal } from "../request/refusal.ts";
import type { Route, RouteDecision, RouteTable } from "../request/route.ts";
import {
  type Endpoint,
  formatAuthority,
  parseAbsoluteTarget,
  parseAuthority,
} from "../wire/target.ts";

/** What the proxy works with. */
export interface ProxyContext {
  /** The routes as they are now. */
  routes(): RouteTable | Promise<RouteTable>;
  credentials: CredentialSource;
  audit: AuditSink;
  profile: string;
  /** What was injected so far. Default: it is not remembered, and may come back in heads. */
  injected?: InjectedValues;
  /** Whether hosts without a route are tunnelled (`open`) or refused. */
  policy: "open" | "deny";
  /** Opens a connection. Throws `DialError`. */
  dial(endpoint: Endpoint, options: DialOptions): Promise<ByteStream>;
}

/** How a server is spoken to. */
export interface DialOptions {
  /** Whether with TLS, whose certificate is verified for the host. */
  tls: boolean;
  /** Whether the server must agree to HTTP/2. Default: HTTP/1.1. */
  http2?: boolean;
  /** Whether the server was named as one that may be private. Default: no. */
  named?: boolean;
}

type Dial = (options?: { http2?: boolean }) => Promise<ByteStream>;

/** The planner of a tunnel to `authority`. */
export function tunnelPlanner(
  context: ProxyContext,
  authority: Endpoint,
): Planner {
  const { host, port } = authority;
  const decide = (head: RequestHead, table: RouteTable) =>
    plan(context, authority, head, table, (options) =>
      context.dial(authority, {
        tls: true,
        named: isPrivateHost(table, host, port),
        ...options,
      }));
  return (head) => {
    const table = context.routes();
    return table instanceof Promise
      ? table.then((table) => decide(head, table))
      : decide(head, table);
  };
}

function plan(
  context: ProxyContext,
  authority: Endpoint,
  head: RequestHead,
  table: RouteTable,
  dial: Dial,
): Plan | Promise<Plan> {
  const audit = auditor(context, authority, head);
  const { decision, mints, name, refusal: misnamed } = decideNamed(
    table,
    authority,
    head,
  );
  const refusal = refusalOf({ authority, head, decision, mints }) ?? misnamed;
  if (refusal) return refused(refusal, audit);
  const forwarded = forwardedHead(head);
  if (name !== undefined) forwarded.target = withoutNames(forwarded.target);
  if (decision.kind === "route") {
    const { route } = decision;
    const placeholder = name === undefined
      ? PLACEHOLDER
      : namedPlaceholder(name);
    const go = (body?: Uint8Array, detail?: string) =>
      injected(context, route, head, forwarded, audit, dial, placeholder, {
        body,
        detail,
      });
    return mints.length > 0
      ? afterBody(route, mints, head, forwarded, {
        go,
        refuse: (refusal) => refused(refusal, audit),
      })
      : go();
  }
  if (decision.kind === "tie") return refused(tied(decision), audit);
  // Nothing is injected, so nothing may pretend to be a credential.
  const misplaced = placeholderRefusal(
    forwarded,
    "Ask for a path that a connected provider serves; see: authsome list --connected",
  );
  if (misplaced) return refused(misplaced, audit);
  return { ...forward(forwarded, "", dial), secrets: context.injected };
}

async function injected(
  context: ProxyContext,
  route: Route,
  { framing, target }: RequestHead,
  head: ForwardedHead,
  audit: Auditor,
  dial: Dial,
  placeholder: string,
  { body: held, detail }: { body?: Uint8Array; detail?: string },
): Promise<Plan> {
  const { provider, connection } = route;
  const account = `${provider}/${connection}`;
  const result = await context.credentials.fresh(provider, connection);
  if (!result.ok) {
    const { status, reason, message, hint } = result;
    return refused(
      { status, reason, message, hint, provider, connection },
      audit,
    );
  }
  const send = (): Plan => {
    const misplaced = placeholderRefusal(head, `authsome inspect ${provider}`);
    if (misplaced) {
      return refused({ ...misplaced, provider, connection }, audit);
    }
    let told = false;
    const tell = (event: Pick<AuditEvent, "ok" | "reason" | "status">) => {
      if (told) return;
      told = true;
      audit({
        event: "inject",
        provider,
        connection,
        ...event,
        ...detail === undefined ? {} : { detail },
      });
    };
    return {
      ...forward(head, account, dial),
      secrets: context.injected,
      answered(status) {
        if (status === 401) {
          context.credentials.rejected?.(provider, connection);
        }
        tell({ ok: true, status });
      },
      failed(reason) {
        tell({ ok: false, ...(reason ? { reason } : {}) });
      },
    };
  };
  const attempt = async (work: () => Plan | Promise<Plan>): Promise<Plan> => {
    try {
      return await work();
    } catch (error) {
      const refusal = injectionRefusal(error, route);
      if (!refusal) throw error;
      return refused(refusal, audit);
    }
  };
  return await attempt(async () => {
    context.injected?.restore(head, account, target);
    inject(head, route, result);
    for (const secret of injectedSecrets(route.injections, result)) {
      context.injected?.add(secret, placeholder, account);
    }
    const signature = route.injections.find(({ kind }) => kind === "sigv4");
    if (signature?.kind !== "sigv4") return send();
    const keys = signingKeys(signature, result);
    const { bytesToHash, isPresigned, sign } = await import(
      "../request/signing/sigv4.ts"
    );
    if (isPresigned(head)) return send();
    const length = bytesToHash(head, framing);
    if (length === 0 || held) {
      await sign(head, keys, length === 0 ? {} : { body: held });
      return send();
    }
    withoutExpect(head);
    return {
      kind: "hold",
      length,
      decide: (body) =>
        attempt(async () => {
          await sign(head, keys, { body });
          return send();
        }),
    };
  });
}

/** The planner of requests outside of tunnels: plain `http://` only, and never with a credential. */
export function plainPlanner(
  context: ProxyContext,
  admit: (head: RequestHead) => Refusal | undefined,
): Planner {
  return (head) => {
    const refusal = admit(head);
    const target = parseAbsoluteTarget(head.target);
    const audit = auditor(context, target ?? { host: "", port: 0 }, {
      ...head,
      target: target?.path ?? "/",
    });
    if (refusal) return refused(refusal, audit);
    if (!target) {
      return refused({
        status: 400,
        reason: "bad_request",
        message: "This is a proxy: it takes CONNECT and http:// targets only",
        hint: "Use the proxy through HTTPS_PROXY",
      }, audit);
    }
    if (head.method === "TRACE") {
      return refused({
        status: 403,
        reason: "method_refused",
        message: "TRACE is refused",
        hint: "Use another method",
      }, audit);
    }
    const [host = ""] = values(head.fields, "host");
    const named = parseAuthority(host, 80);
    if (
      head.minor === 1 &&
      (named?.host !== target.host || named.port !== target.port)
    ) {
      return refused({
        status: 421,
        reason: "authority_mismatch",
        message: "The Host header and the target name different servers",
        hint: `Send Host: ${target.host}`,
      }, audit);
    }
    if (context.policy === "deny") {
      return refused({
        status: 403,
        reason: "policy",
        message: `${target.host} is refused: no connection serves it over http`,
        hint: "Leave out --policy deny, or use https",
      }, audit);
    }
    const forwarded = forwardedHead(head);
    forwarded.target = target.path;
    const misplaced = placeholderRefusal(
      forwarded,
      "Use https: no credential is sent over plain http",
    );
    if (misplaced) return refused(misplaced, audit);
    // Without keep-alive: another server may be named next.
    return forward(
      forwarded,
      `http ${formatAuthority(target)}`,
      () => context.dial(target, { tls: false }),
    );
  };
}

function forward(
  head: ForwardedHead,
  key: string,
  dial: Dial,
): Extract<Plan, { kind: "forward" }> {
  return { kind: "forward", head, key, dial };
}

function refused(refusal: Refusal, audit: Auditor): Plan {
  const { provider, connection, reason, status, detail } = refusal;
  audit({
    event: "deny",
    ok: false,
    reason,
    status,
    ...(provider === undefined ? {} : { provider }),
    ...(connection === undefined ? {} : { connection }),
    ...(detail === undefined ? {} : { detail }),
  });
  return { kind: "refuse", refusal };
}

/** Without a credential the request would fail in a way that nobody understands, so it is not sent on. */
function tied(
  { providers }: Extract<RouteDecision, { kind: "tie" }>,
): Refusal {
  return {
    status: 403,
    reason: "tie",
    message: `${
      providers.join(" and ")
    } serve this request, so none is given a credential`,
    hint: `authsome prefer ${providers[0]}`,
  };
}

type Auditor = (
  event: Omit<AuditEvent, "profile" | "method" | "host" | "path">,
) => void;

/** The port as the audit log keeps it: only where it is not the usual one. */
export function portOf({ port }: Endpoint): { port?: number } {
  return port === 443 || port === 0 ? {} : { port };
}

/** Adds what was asked for, as the client wrote it: its path holds no credential, and the query is left out. */
export function auditor(
  { audit, profile }: Pick<ProxyContext, "audit" | "profile">,
  endpoint: Endpoint,
  { method, target }: { method: string; target: string },
): Auditor {
  return (event) =>
    audit.record({
      ...event,
      profile,
      method,
      host: endpoint.host,
      ...portOf(endpoint),
      path: target.split("?", 1)[0]!,
    });
}
