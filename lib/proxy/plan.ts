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
import { isPrivateHost } from "../request/decide_route.ts";
import { afterBody, withoutExpect } from "./after_body.ts";
import {
  judge,
  type Judged,
  judgedAuditor,
  type Judging,
} from "./control/judged.ts";
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
  longestRead,
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
import type { Asker } from "../request/control/control.ts";
import type { Route, RouteTable } from "../request/route.ts";
import { signRequest } from "../request/signing/signing.ts";
import type { Endpoint } from "../wire/target.ts";

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
  const planned = (
    head: RequestHead,
    table: RouteTable,
    more: Pick<TunnelContext, "anew" | "asker" | "judged">,
  ) => {
    const dial: Dial = (options) =>
      context.dial(authority, {
        tls: true,
        named: isPrivateHost(table, host, port),
        ...options,
      });
    return plan({ ...context, authority, dial, ...more }, head, table);
  };
  const planner = (
    head: RequestHead,
    more: Parameters<typeof planned>[2],
  ) => {
    const table = context.routes();
    return table instanceof Promise
      ? table.then((table) => planned(head, table, more))
      : planned(head, table, more);
  };
  const anew: TunnelContext["anew"] = (head, judged) =>
    planner(head, { judged });
  return (head, asker) => planner(head, { anew, asker });
}

/** A tunnel, with what plans a request that is sent a second time. */
type TunnelContext = Omit<ProxyContext, "dial"> & {
  authority: Endpoint;
  dial: Dial;
  /** Plans a request that the rules have let through once more. */
  anew?:
    | ((head: RequestHead, judged: Judged) => Plan | Promise<Plan>)
    | undefined;
  asker?: Asker | undefined;
  /** What the rules said already. */
  judged?: Judged | undefined;
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
      const settle = (body?: Uint8Array) => {
        const refusal = verdict.settle(body);
        if (refusal) return refused(refusal, audit);
        const forwarded = forwardedHead(head);
        withoutExpect(forwarded);
        return sent(forwarded);
      };
      return head.framing.kind === "none"
        ? settle(new Uint8Array())
        : { kind: "hold", limit: verdict.limit, decide: settle };
    }
    case "forward":
      return sent(verdict.head);
    case "inject": {
      const { route, body: step } = verdict;
      const go = (judged: Judged, held?: { body?: Uint8Array }) => {
        const own = judgedAuditor(audit, judged);
        const go = (body?: Uint8Array, detail?: string) =>
          injected(context, verdict, head, own, { body, detail, judged });
        return step
          ? afterBody(verdict, step, head.framing, {
            go,
            refuse: (refusal) => refused(refusal, own),
          }, held)
          : go(held?.body, verdict.detail);
      };
      return ruled(context, head, go, {
        audit,
        owner: route,
        sent: verdict.head,
        reads: Math.max(step?.limit ?? 0, longestRead(route)),
      });
    }
  }

  /** Without a credential. */
  function sent(forwarded: ForwardedHead): Plan | Promise<Plan> {
    const go = ({ passing }: Judged): Plan => ({
      ...forward(forwarded, "", dial),
      ...defined({ passing }),
      secrets: context.injected,
    });
    return ruled(context, head, go, { audit, sent: forwarded });
  }
}

/** Asks the rules about a request to the server of a tunnel, unless they have let it through already. */
function ruled(
  { control, judged, asker, authority }: TunnelContext,
  head: RequestHead,
  go: Judging["go"],
  { audit, owner, sent, reads = 0 }: {
    audit: Auditor;
    /** Whose credential it gets. */
    owner?: Pick<Route, "provider" | "connection" | "paths">;
    /** The head that is sent on. */
    sent: ForwardedHead;
    reads?: number;
  },
): Plan | Promise<Plan> {
  if (!control || judged) return go(judged ?? NOT_JUDGED);
  const { provider, connection, paths } = owner ?? {};
  return judge(
    control,
    {
      ...{ scheme: "https", authority, head },
      ...defined({ provider, connection, paths, asker }),
    },
    {
      reads,
      holds: () => withoutExpect(sent),
      go,
      refuse: (refusal) => refused(refusal, audit),
    },
  );
}

const NOT_JUDGED: Judged = {};

async function injected(
  context: TunnelContext,
  verdict: InjectVerdict,
  request: RequestHead,
  audit: Auditor,
  { body: held, detail, judged }: {
    body?: Uint8Array | undefined;
    detail?: string | undefined;
    judged: Judged;
  },
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
      return another ? anew?.(request, judged) : undefined;
    };
    return {
      ...forward(head, account, dial),
      ...defined({ body, messages, passing: judged.passing }),
      secrets: context.injected,
      answered(status, response = UNREAD) {
        if (verdict.learn?.({ status, fields: response.fields() })) {
          // The token itself is good.
          record({ ok: true, status });
          return isBare && response.unseen
            ? Promise.resolve(context.anew?.(request, judged))
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
            `its body must be read first, and is longer than ${length} bytes`,
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

/** The plan that sends `head`. */
export function forward(
  head: ForwardedHead,
  key: string,
  dial: Dial,
): Extract<Plan, { kind: "forward" }> {
  return { kind: "forward", head, key, dial };
}

/** The plan that sends nothing. */
export function refused(refusal: Refusal, audit: Auditor): Plan {
  audit(denied(refusal), refusal);
  return { kind: "refuse", refusal };
}
