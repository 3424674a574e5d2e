/** What the proxy, the library's fetch and explain say of a request, without a network. @module */
import type { AuditEvent } from "../../../lib/audit/event.ts";
import { VaultCredentialSource } from "../../../lib/connection/credential_source.ts";
import {
  expired,
  hasExpired,
} from "../../../lib/connection/refresh/freshness.ts";
import { AuthsomeError } from "../../../lib/errors.ts";
import {
  type Circumstances,
  explain,
  type Explanation,
  type Participant,
} from "../../../lib/explanation.ts";
import { routedFetch } from "../../../lib/fetch/routed_fetch.ts";
import { ClientConnection } from "../../../lib/proxy/client_connection.ts";
import type { ClientContext } from "../../../lib/proxy/client_context.ts";
import { tunnelPlanner } from "../../../lib/proxy/plan.ts";
import { plainPlanner } from "../../../lib/proxy/plain/plain_planner.ts";
import { DialError, type Plan } from "../../../lib/proxy/planner.ts";
import { ruledBy } from "../../../lib/broker/policy/foresee.ts";
import { bareHead } from "../../../lib/request/control/bare_head.ts";
import type { Control, Ruling } from "../../../lib/request/control/control.ts";
import { type Refusal, unreadable } from "../../../lib/request/refusal.ts";
import type { ReasonCode } from "../../../lib/request/route.ts";
import { buildNamedRoutes } from "../../../lib/request/routes.ts";
import { routeInput } from "../../../lib/request/participants.ts";
import { latin1 } from "../../../lib/wire/byte_stream.ts";
import { type Field, parseRequestHead } from "../../../lib/wire/http1.ts";
import { type Asked, NOW } from "./generated_requests.ts";

/** What became of it. `sent` is without a credential, whether somebody read it or not. */
export interface Outcome {
  action: "inject" | "forward" | "tunnel" | "refuse";
  reason: ReasonCode;
  provider?: string | undefined;
  message?: string;
  hint?: string;
  /** What was sent, of an injected request. */
  sent?: { target: string; fields: Record<string, string>; body: string };
  audited: AuditEvent[];
}

/** What the proxy and fetch work with, and what they have told the audit log. */
function scene(world: Circumstances) {
  const { participants, named } = world;
  const known = [...participants, ...named];
  const find = (provider: string, name: string) =>
    known.find(({ connection }) =>
      connection.provider === provider && connection.name === name
    )!;
  const input = (
    { definition, connection, preferredOver, mayMint }: Participant,
  ) => ({
    ...routeInput(definition, connection, preferredOver),
    ...mayMint ? { mayMint } : {},
  });
  const table = buildNamedRoutes(participants.map(input), named.map(input));
  const audited: AuditEvent[] = [];
  const credentials = new VaultCredentialSource({
    connections: {
      version: () => 1,
      get: (provider: string, name: string) =>
        Promise.resolve(find(provider, name).connection),
      client: () => Promise.resolve(undefined),
    } as unknown as ConstructorParameters<
      typeof VaultCredentialSource
    >[0]["connections"],
    clock: { now: () => NOW } as ConstructorParameters<
      typeof VaultCredentialSource
    >[0]["clock"],
    refresh(connection) {
      if (!hasExpired(connection, NOW)) return Promise.resolve(connection);
      const { obstacle } = find(connection.provider, connection.name);
      return Promise.reject(obstacle ?? expired(connection));
    },
  });
  return {
    audited,
    context: {
      routes: () => table,
      credentials,
      audit: {
        record: (event: AuditEvent) => void audited.push(event),
        flush: () => Promise.resolve(),
      },
      profile: "default",
    },
  };
}

export async function byProxy(
  asked: Asked,
  world: Circumstances,
  control?: Control,
): Promise<Outcome> {
  const { audited, context: shared } = scene(world);
  let dialled = false;
  const context: ClientContext = {
    ...shared,
    policy: world.policy,
    ...control && { control },
    dial: () => {
      dialled = true;
      return Promise.reject(new DialError("upstream_unreachable", "test"));
    },
    authorization: "Basic test",
    refusedPorts: new Set(),
    serveHttp2: () => Promise.reject(new Error("no HTTP/2 in this test")),
    unread: { deny: () => {} },
  };
  const { scheme, host, port, method, target, body } = asked;
  const authority = { host, port };
  if (scheme === "https") {
    const answer = await connect(context, `${host}:${port}`);
    if (!answer.startsWith("HTTP/1.1 200")) {
      return dialled
        ? { action: "tunnel", reason: "no_route", audited }
        : { ...readAnswer(answer), action: "refuse", audited };
    }
  }
  const usual = port === (scheme === "https" ? 443 : 80);
  const named = asked.fields.some(({ name }) => name === "host");
  const fields = [
    ...named ? [] : [{ name: "host", value: usual ? host : `${host}:${port}` }],
    ...asked.fields,
    ...body === undefined
      ? []
      : [{ name: "content-length", value: String(body.length) }],
  ];
  const url = scheme === "http" ? `http://${host}:${port}${target}` : target;
  let plan: Plan;
  try {
    const head = parseRequestHead(latin1(
      [
        `${method} ${url} HTTP/1.1`,
        ...fields.map(({ name, value }) => `${name}: ${value}`),
        "\r\n",
      ].join("\r\n"),
    ));
    const planner = scheme === "https"
      ? tunnelPlanner(context, authority)
      : plainPlanner(context, () => undefined);
    plan = await planner(head);
    if (plan.kind === "hold") plan = await plan.decide(latin1(body!));
  } catch (error) {
    const { reason, message, hint } = unreadable(error);
    return { action: "refuse", reason, message, hint, audited };
  }
  if (plan.kind === "refuse") {
    return { ...plan.refusal, action: "refuse", audited };
  }
  if (plan.kind === "hold") throw new Error("held twice");
  if (scheme === "http") {
    return { action: "tunnel", reason: "plain_http", audited };
  }
  if (plan.key === "") {
    return { action: "forward", reason: "no_route", audited };
  }
  plan.answered?.(200);
  return {
    action: "inject",
    reason: "routed",
    provider: plan.key.split("/", 1)[0],
    sent: sent(plan.head, plan.body ?? body),
    audited,
  };
}

/** What the proxy writes at first to a client that asks for a tunnel. */
async function connect(context: ClientContext, to: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let data: (bytes: Uint8Array) => void;
  new ClientConnection(
    {
      own: (owner) => data = owner.data,
      write: (bytes) => {
        resolve(new TextDecoder().decode(bytes));
        return true;
      },
      pause() {},
      resume() {},
      end() {},
      finish() {},
      destroy() {},
      moved: 0,
      queued: 0,
      secure: () => Promise.reject(new Error("no TLS in this test")),
    },
    context,
    { admitted: () => true, closed() {} },
  );
  data!(latin1(
    `CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\nProxy-Authorization: Basic test\r\n\r\n`,
  ));
  return await promise;
}

function readAnswer(
  answer: string,
): Pick<Outcome, "reason" | "message" | "hint"> {
  const { reason, message, hint } = JSON.parse(answer.split("\r\n\r\n")[1]!);
  return { reason, message, hint };
}

export async function byFetch(
  asked: Asked,
  world: Circumstances,
  control?: Control,
): Promise<Outcome> {
  const { audited, context } = scene(world);
  const { method, fields, body } = asked;
  let went: { url: URL; init: RequestInit } | undefined;
  try {
    await routedFetch(
      {
        ...context,
        ...control && { control },
        fetch: (url, init) => {
          went = { url: new URL(String(url)), init: init! };
          return Promise.resolve(new Response("sent"));
        },
      },
      addressOf(asked),
      {
        method,
        headers: fields.map((
          { name, value },
        ): [string, string] => [name, value]),
        ...body === undefined ? {} : { body: new TextEncoder().encode(body) },
      },
    );
  } catch (error) {
    if (!(error instanceof AuthsomeError)) throw error;
    const denied = audited.at(-1)!;
    return {
      action: "refuse",
      reason: denied.reason as ReasonCode,
      provider: denied.provider,
      message: error.message.replace(/^Cannot send the request: /, ""),
      hint: error.hint,
      audited,
    };
  }
  const [event] = audited;
  if (!event) return { action: "forward", reason: "no_route", audited };
  const { url, init } = went!;
  const headers = init.headers as [string, string][];
  return {
    action: "inject",
    reason: "routed",
    provider: event.provider,
    sent: sent({
      target: url.pathname + url.search,
      fields: headers.map(([name, value]) => ({ name, value })),
    }, init.body as Uint8Array | undefined),
    audited,
  };
}

export function byExplain(asked: Asked, world: Circumstances): Explanation {
  const { scheme, host, port, method, target } = asked;
  const [path, query] = target.split(/(?=\?)/, 2);
  return explain({
    scheme,
    host,
    port,
    method,
    path: path!,
    ...query === undefined ? {} : { query },
  }, world);
}

/** What explain says, with what `control` says of what would be sent. */
export async function byRuledExplain(
  asked: Asked,
  world: Circumstances,
  control: Control,
): Promise<Explanation> {
  const answer = byExplain(asked, world);
  const { scheme, host, port, method, target } = asked;
  const authority = { host, port };
  const { provider, connection } = answer.route ? answer : {};
  const ruling: Ruling = answer.action === "tunnel" && scheme === "https"
    ? rulingOf(await control.tunnel(authority))
    : await control.request({
      ...{ scheme, authority },
      head: bareHead(method, authority, target),
      ...provider === undefined ? {} : { provider, connection: connection! },
    });
  if (ruling.kind === "body") throw new Error("there is no body");
  return ruledBy(answer, {
    ...{ limits: [], wantsBody: false },
    ...ruling.kind === "allow" ? { decision: "allow" } : {
      decision: "deny",
      rule: ruling.refusal.rule!,
      refusal: ruling.refusal,
    },
  });
}

function rulingOf(refusal: Refusal | undefined): Ruling {
  return refusal ? { kind: "refuse", refusal } : { kind: "allow" };
}

export function addressOf({ scheme, host, port, target }: Asked): string {
  return `${scheme}://${host}:${port}${target}`;
}

/** Target, fields and body, as far as they do not depend on the connection, the client or the second. */
function sent(
  { target, fields }: { target: string; fields: Field[] },
  body: Uint8Array | string = "",
) {
  const left = /^(?:host|connection|content-length|x-amz-date)$/i;
  return {
    target,
    body: typeof body === "string" ? body : new TextDecoder().decode(body),
    fields: Object.fromEntries(
      fields.filter(({ name }) => !left.test(name)).map(({ name, value }) => [
        name.toLowerCase(),
        value.replace(/Signature=\w+/, ""),
      ]).sort(),
    ),
  };
}
