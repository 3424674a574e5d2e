/**
 * Carries out what is decided about the requests of an opened tunnel: credential, injection, signature.
 *
 * @module
 */
import type { AuditEvent, Because } from "../audit/event.ts";
import type { PassedHosts } from "../audit/passed_hosts.ts";
import { defined } from "../object.ts";
import { type Auditor, auditor, denied } from "../request/auditor.ts";
import type { ByteStream } from "../ports/net.ts";
import { decide, type InjectVerdict } from "../request/decide.ts";
import { NO_ROUTES } from "../request/decide_named.ts";
import { isPrivateHost } from "../request/decide_route.ts";
import { afterBody, withoutExpect } from "./after_body.ts";
import type {
  AnsweredResponse,
  MessageRewriter,
  Plan,
  Planner,
} from "./planner.ts";
import { type ForwardedHead, forwardedHead } from "../wire/forwarded_head.ts";
import { type Framing, HeadError, type RequestHead } from "../wire/http1.ts";
import {
  BodyInjectionError,
  bodyRefusal,
  type BodyStep,
  bodyStep,
} from "../request/body/body_injection.ts";
import {
  messageInjections,
  withCredential,
  withoutExtensions,
} from "../request/body/message_injection.ts";
import { injectionRefusal } from "../request/injection_refusal.ts";
import { inject } from "../request/injector.ts";
import {
  injectedSecrets,
  type InjectedValues,
} from "../request/response_head_scrub.ts";
import { placeholderRefusal } from "../request/policies/placeholder.ts";
import type { Refusal } from "../request/refusal.ts";
import type { RequestContext } from "../request/request_context.ts";
import type { RouteTable } from "../request/route.ts";
import { signRequest } from "../request/signing/signing.ts";
import {
  type Endpoint,
  formatAuthority,
  parseAbsoluteTarget,
} from "../wire/target.ts";

/** What the proxy works with. */
export interface ProxyContext extends RequestContext {
  /** What was injected so far. Default: it is not remembered, and may come back in heads. */
  injected?: InjectedValues;
  /** Takes where connections were passed through to. Default: it is not recorded. */
  passed?: Pick<PassedHosts, "note">;
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
  const planned = (head: RequestHead, table: RouteTable, anew?: Planner) => {
    const dial: Dial = (options) =>
      context.dial(authority, {
        tls: true,
        named: isPrivateHost(table, host, port),
        ...options,
      });
    return plan({ ...context, authority, dial, anew }, head, table);
  };
  const planner = (anew?: Planner): Planner => (head) => {
    const table = context.routes();
    return table instanceof Promise
      ? table.then((table) => planned(head, table, anew))
      : planned(head, table, anew);
  };
  const again = planner();
  return planner((head) => again(head));
}

/** A tunnel, with what plans a request that is sent a second time. */
type TunnelContext = Omit<ProxyContext, "dial"> & {
  authority: Endpoint;
  dial: Dial;
  anew: Planner | undefined;
};

function plan(
  context: TunnelContext,
  head: RequestHead,
  table: RouteTable,
): Plan | Promise<Plan> {
  const { authority, dial } = context;
  const audit = auditor(context, authority, head);
  const verdict = decide({ scheme: "https", authority, head }, table, {
    policy: context.policy,
    opened: true,
  });
  switch (verdict.kind) {
    case "refuse":
      return refused(verdict.refusal, audit);
    case "login": {
      const settle = (body?: Uint8Array): Plan => {
        const refusal = verdict.settle(body);
        if (refusal) return refused(refusal, audit);
        const forwarded = forwardedHead(head);
        withoutExpect(forwarded);
        return { ...forward(forwarded, "", dial), secrets: context.injected };
      };
      return head.framing.kind === "none"
        ? settle(new Uint8Array())
        : { kind: "hold", limit: verdict.limit, decide: settle };
    }
    case "forward":
      return { ...forward(verdict.head, "", dial), secrets: context.injected };
    case "inject": {
      const go = (body?: Uint8Array, detail?: string) =>
        injected(context, verdict, head, audit, { body, detail });
      return verdict.body
        ? afterBody(verdict, verdict.body, head.framing, {
          go,
          refuse: (refusal) => refused(refusal, audit),
        })
        : go(undefined, verdict.detail);
    }
  }
}

async function injected(
  context: TunnelContext,
  verdict: InjectVerdict,
  request: RequestHead,
  audit: Auditor,
  { body: held, detail }: { body?: Uint8Array; detail?: string },
): Promise<Plan> {
  const { framing, target, method } = request;
  const { route, head } = verdict;
  const { provider, connection } = route;
  const { authority, dial } = context;
  const account = `${provider}/${connection}`;
  const result = await context.credentials.fresh(provider, connection);
  if (!result.ok) {
    const { status, reason, message, hint } = result;
    return refused(
      { status, reason, message, hint, provider, connection },
      audit,
    );
  }
  const send = (body?: Uint8Array): Plan => {
    const misplaced = placeholderRefusal(
      head,
      `authsome inspect ${provider}`,
      route,
    );
    if (misplaced) {
      return refused({ ...misplaced, provider, connection }, audit);
    }
    const messages = messageRewriter(context, verdict, audit);
    let recorded = false;
    const record = (
      event: Pick<AuditEvent, "ok" | "reason" | "status" | "detail">,
      because?: Because,
    ) => {
      if (recorded) return;
      recorded = true;
      audit({
        event: "inject",
        provider,
        connection,
        ...defined({ detail }),
        ...event,
      }, because);
    };
    // What has a body is never sent twice: it is gone, or was never held.
    const isBare = isEmpty(framing) && !head.upgrade && !body;
    // Loaded there, since most runs have no such response.
    const consequence = async (
      status: number,
      { fields, unseen }: AnsweredResponse,
    ): Promise<Plan | undefined> => {
      const { answered } = await import("../request/answers/answered.ts");
      const { noted, advice, refused } = answered(
        context.credentials,
        {
          provider,
          connection,
          injected: result,
          method,
          authority,
          target,
        },
        status,
        fields,
      );
      record({ ok: true, status, ...noted }, advice);
      const anew = isBare && unseen ? context.anew : undefined;
      const another = await refused?.(anew !== undefined);
      return another ? anew?.(request) : undefined;
    };
    return {
      ...forward(head, account, dial),
      ...defined({ body, messages }),
      secrets: context.injected,
      answered(status, response = UNREAD) {
        if (verdict.learn?.({ status, fields: response.fields() })) {
          // The token itself is good.
          record({ ok: true, status });
          return isBare && response.unseen
            ? Promise.resolve(context.anew?.(request))
            : undefined;
        }
        if (status !== 401 && status !== 403 && result.doubted === undefined) {
          record({ ok: true, status });
          return undefined;
        }
        return consequence(status, response);
      },
      failed(reason) {
        record({ ok: false, ...defined({ reason }) });
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
  /** Goes on with the body, if it was to be read; `members` puts the credential into it. */
  const finish = async (
    members: BodyStep | undefined,
    body: Uint8Array | undefined,
  ): Promise<Plan> => {
    const changed = members?.inject(body, result) ?? body;
    const own = changed === body ? undefined : changed;
    if (own) setLength(head, own.length);
    const framed: Framing = own
      ? { kind: "length", length: own.length }
      : framing;
    const length = await signRequest(verdict, result, framed, changed);
    if (length === 0) return send(own);
    withoutExpect(head);
    return {
      kind: "hold",
      limit: length,
      decide: (body) =>
        attempt(() => {
          if (body) return finish(undefined, body);
          throw new HeadError(
            501,
            "its body must be read first, which requires HTTP/1.1",
          );
        }),
    };
  };
  return await attempt(async () => {
    context.injected?.restore(head, account, target);
    inject(head, route, result);
    for (const { secret, field } of injectedSecrets(route, result)) {
      context.injected?.add(secret, verdict.placeholder(field), account);
    }
    const members = bodyStep(route, { fields: head.fields, framing });
    if (!members || held) return await finish(members, held);
    withoutExpect(head);
    return {
      kind: "hold",
      limit: members.limit,
      decide: (body) => attempt(() => finish(members, body)),
    };
  });
}

function isEmpty(framing: Framing): boolean {
  return framing.kind === "none" ||
    framing.kind === "length" && framing.length === 0;
}

const UNREAD: AnsweredResponse = { fields: () => [], unseen: false };

/** Puts the credential into messages, if that is where the provider takes it. */
function messageRewriter(
  { credentials }: Pick<ProxyContext, "credentials">,
  { route, head }: InjectVerdict,
  audit: Auditor,
): MessageRewriter | undefined {
  const injections = messageInjections(route, head);
  if (injections.length === 0) return undefined;
  withoutExtensions(head);
  const { provider, connection } = route;
  const detail = "WebSocket message";
  const refused = (refusal: Refusal, why = refusal.message) => {
    audit({ ...denied({ ...refusal, provider, connection }), detail }, refusal);
    return `authsome: ${why}`;
  };
  const misplaced = (error: BodyInjectionError) =>
    refused(bodyRefusal(error, route), error.message);
  return {
    // Anew, since the connection may be hours old.
    async inject(text) {
      const fresh = await credentials.fresh(provider, connection);
      if (!fresh.ok) return { kind: "refuse", why: refused({ ...fresh }) };
      try {
        const changed = withCredential(text, injections, connection, fresh);
        audit({ event: "inject", ok: true, provider, connection, detail });
        return { kind: "send", text: changed };
      } catch (error) {
        if (error instanceof BodyInjectionError) {
          return { kind: "refuse", why: misplaced(error) };
        }
        const refusal = injectionRefusal(error, route);
        if (!refusal) throw error;
        return { kind: "refuse", why: refused(refusal) };
      }
    },
    refused: (why) => misplaced(new BodyInjectionError(why)),
  };
}

/** The body of `head` is `length` bytes long now. */
function setLength(head: ForwardedHead, length: number): void {
  head.fields = head.fields.filter(({ name }) =>
    !/^(?:content-length|transfer-encoding|trailer)$/i.test(name)
  );
  head.fields.push({ name: "Content-Length", value: String(length) });
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
        message: "This is a proxy: it accepts only CONNECT and http:// targets",
        hint: "Use the proxy through HTTPS_PROXY",
      }, audit);
    }
    const verdict = decide(
      {
        scheme: "http",
        authority: target,
        head: { ...head, target: target.path },
      },
      NO_ROUTES,
      { policy: context.policy, opened: true },
    );
    if (verdict.kind === "refuse" || verdict.kind === "login") {
      return refused(verdict.refusal, audit);
    }
    // Without keep-alive: another server may be named next.
    return {
      ...forward(
        verdict.head,
        `http ${formatAuthority(target)}`,
        () => context.dial(target, { tls: false }),
      ),
      answered() {
        context.passed?.note(target, head.method);
        return undefined;
      },
      failed(reason) {
        if (reason) audit({ event: "deny", ok: false, reason });
      },
    };
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
  audit(denied(refusal), refusal);
  return { kind: "refuse", refusal };
}
