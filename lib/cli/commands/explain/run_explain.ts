/** What `explain` does with its flags. @module */
import { type AuditEntry, parseEntry } from "../../../audit/chain.ts";
import type { Broker } from "../../../broker/broker.ts";
import { overriddenSettings } from "../../../broker/run_command.ts";
import { statusOf } from "../../../connection/connection.ts";
import { quoteWord } from "../../../connection/hint.ts";
import { AuthsomeError } from "../../../errors.ts";
import {
  addressOf,
  type Circumstances,
  explain,
  type ExplainedRequest,
  type Explanation,
  type Participant,
  readRequest,
} from "../../../explanation.ts";
import { hasExpired } from "../../../connection/refresh/freshness.ts";
import { defined } from "../../../object.ts";
import type { ProviderDefinition } from "../../../provider/definition.ts";
import { placeText } from "../../../provider/place_text.ts";
import { otherInputs, participants } from "../../../request/participants.ts";
import { mintingRefusal } from "../../../request/minting/minting.ts";
import { UNTRUSTED_CA } from "../../../request/refusal.ts";
import type { RouteInput } from "../../../request/routes.ts";
import type { PersonSettings } from "../../../run/overrides/person_files.ts";
import {
  chosenConnections,
  type ConnectionFlags,
} from "../../kit/connection_flags.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { injectionLine } from "../../../provider/injection.ts";
import { keyValueLines } from "../../kit/table.ts";
import { overriddenLines } from "../run/overridden_lines.ts";
import { foreseenRules, withRules } from "../../../broker/policy/foresee.ts";
import { type RuleFlags, rulesOf } from "../../kit/rule_flags.ts";
import { describeRules, ruleLines } from "./rule_lines.ts";

/** What was done, by the event. */
const DONE: Readonly<Record<string, string>> = {
  inject: "injected",
  tunnel: "passed through",
};
/** More would hide the answer. */
const SHOWN_HOSTS = 5;

/** The flags of `explain`. */
export interface ExplainFlags extends ConnectionFlags, RuleFlags {
  last?: boolean;
  method?: string;
  agent?: string;
  policy?: "open" | "deny";
}

/** Explains a request that was named, or the last one that was audited. */
export async function runExplain(
  context: CliContext,
  flags: ExplainFlags,
  url: string | undefined,
): Promise<void> {
  if ((url === undefined) === !flags.last) {
    throw new AuthsomeError(
      "Usage",
      url === undefined
        ? "Missing the request to explain"
        : "Cannot explain a URL and --last at once",
      "authsome explain <url>, or authsome explain --last",
    );
  }
  const method = flags.method ?? "GET";
  if (!/^[A-Za-z!#$%&'*+.^_`|~0-9-]{1,64}$/.test(method)) {
    throw new AuthsomeError(
      "Usage",
      "Cannot use --method: it is not the name of a method",
      "Write --method POST",
    );
  }
  const { output } = context;
  // Read before anything is opened: a typing error makes no home.
  const named = url === undefined ? undefined : readRequest(url, method);
  const broker = await context.broker();
  const { entry, passed = [] } = named ? {} : await lastEntry(broker);
  const verdict = entry &&
    (entry.reason === "insufficient_scope"
      ? await missingScope(broker, entry)
      : verdictOf(entry, flags.allowMinting));
  const overridden = await overriddenSettings(broker);
  if (entry && !entry.host) {
    warnUnused(context, entry, verdict!, overridden);
    return;
  }
  const request = named ?? requestOf(entry!);
  const circumstances = await look(context, broker, flags);
  const answer: Explanation = verdict
    ? { action: entry.event === "inject" ? "inject" : "refuse", ...verdict }
    : await withRules(
      await foreseenRules(broker, rulesOf(flags)),
      request,
      explain(request, circumstances),
    );
  const last = entry && {
    at: entry.ts,
    event: entry.event,
    ok: entry.ok,
    status: entry.status ?? null,
    reason: entry.reason ?? (entry.ok ? "routed" : null),
    provider: entry.provider ?? null,
    connection_name: entry.connection ?? null,
    rule: entry.rule ?? null,
    operation: entry.operation ?? null,
  };
  if (output.asJson) {
    output.json({
      ...defined({ last }),
      ...passed.length > 0 ? { passed_since: passed } : {},
      ...describe(request, answer, circumstances.policy),
      overridden,
    });
    return;
  }
  const lines: [string, string][] = [
    ["request", `${request.method} ${addressOf(request)}`],
  ];
  if (entry) {
    const done = DONE[entry.event] ?? "refused";
    lines.push([
      "then",
      [
        `${entry.ts} ${done}`,
        entry.status === undefined ? "" : `status ${entry.status}`,
        entry.reason ?? "",
        entry.provider ? `${entry.provider}/${entry.connection ?? "-"}` : "",
        entry.operation ?? "",
        entry.rule ? `rule ${entry.rule}` : "",
      ].filter(Boolean).join(", "),
    ]);
  }
  if (!verdict) {
    const { action, reason } = answer;
    lines.push([entry ? "now" : "action", `${action} (${reason})`]);
  }
  if (answer.connection !== undefined) {
    lines.push(["connection", `${answer.provider}/${answer.connection}`]);
  }
  if (answer.route) {
    const { host, port, pathPrefix, paths } = answer.route;
    lines.push([
      "route",
      `${host}${port === 443 ? "" : `:${port}`}${pathPrefix}${
        paths ? ` (${paths})` : ""
      }`,
    ]);
  }
  for (const injection of answer.injections ?? []) {
    lines.push(injectionLine(injection));
  }
  for (const place of answer.accepts ?? []) {
    lines.push(["also taken", placeText(place)]);
  }
  for (const [name, value] of Object.entries(answer.defaultHeaders ?? {})) {
    lines.push(["default", `${name}: ${value}`]);
  }
  lines.push(...ruleLines(answer.rules), ["because", answer.message]);
  if (answer.hint) lines.push(["do", answer.hint]);
  if (passed.length > 0) {
    const more = passed.length - SHOWN_HOSTS;
    lines.push([
      "since",
      `passed through unread: ${passed.slice(0, SHOWN_HOSTS).join(", ")}${
        more > 0 ? ` and ${more} more: authsome log` : ""
      }`,
    ]);
  }
  lines.push(...overriddenLines(overridden));
  output.data(keyValueLines(lines, context.width));
}

/** The last thing in the log is a command that made no request. */
function warnUnused(
  { output, width }: CliContext,
  { ts, event, ok, reason }: AuditEntry,
  { message, hint }: Pick<Explanation, "message" | "hint">,
  overridden: readonly PersonSettings[],
): void {
  if (output.asJson) {
    output.json({
      last: { at: ts, event, ok, reason: reason ?? null },
      action: "none",
      reason: reason ?? null,
      message,
      hint,
      overridden,
    });
  } else {
    output.data(
      keyValueLines([
        ["then", `${ts} no request`],
        ["because", message],
        ["do", hint],
        ...overriddenLines(overridden),
      ], width),
    );
  }
}

function describe(
  request: ExplainedRequest,
  answer: Explanation,
  policy: string,
): Record<string, unknown> {
  return {
    method: request.method,
    url: addressOf(request),
    policy,
    action: answer.action,
    reason: answer.reason,
    provider: answer.provider ?? null,
    connection_name: answer.connection ?? null,
    route: answer.route
      ? {
        host: answer.route.host,
        port: answer.route.port,
        path_prefix: answer.route.pathPrefix,
        paths: answer.route.paths ?? null,
      }
      : null,
    inject: answer.injections ?? [],
    accepts: answer.accepts ?? [],
    default_headers: answer.defaultHeaders ?? {},
    rules: describeRules(answer.rules),
    message: answer.message,
    hint: answer.hint,
  };
}

/** The last request that something was decided about, and the hosts that were passed through since: telemetry, updates. */
async function lastEntry(
  broker: Broker,
): Promise<{ entry: AuditEntry; passed: string[] }> {
  let last: AuditEntry | undefined;
  let tunnel: AuditEntry | undefined;
  let passed = new Set<string>();
  for await (const line of broker.runtime.auditFile.lines()) {
    const entry = parseEntry(line);
    if (entry?.profile !== broker.profile) continue;
    if (entry.event === "tunnel" && entry.host) {
      tunnel = entry;
      const { host, port } = entry;
      passed.add(port === undefined ? host : `${host}:${port}`);
    } else if (
      entry.event === "run" ||
      entry.host && (entry.event === "inject" || entry.event === "deny")
    ) {
      last = entry;
      passed = new Set();
    }
  }
  if (last) return { entry: last, passed: [...passed] };
  if (tunnel) return { entry: tunnel, passed: [] };
  throw new AuthsomeError(
    "OperationNotAllowed",
    "Cannot explain the last request: the audit log has none of this profile",
    "authsome run -- <command>",
  );
}

/** The request of an entry. */
function requestOf(
  { host, port = 443, path, method = "GET" }: AuditEntry,
): ExplainedRequest {
  const scheme = port === 80 ? "http" : "https";
  return { scheme, host: host!, port, path: path || "/", method };
}

/** What an entry itself says, where asking again would say something else. */
function verdictOf(
  { event, reason, detail, provider, connection }: AuditEntry,
  allowed: readonly string[] = [],
): Pick<Explanation, "message" | "hint" | "reason"> | undefined {
  if (event === "run") {
    return {
      reason: "proxy_unused",
      message:
        `${detail} came to its end without the proxy: it made no https request, or it ignores the proxy`,
      hint: `authsome doctor --client -- ${quoteWord(detail ?? "<command>")}`,
    };
  }
  if (reason === "handshake_failed") {
    return { reason, ...UNTRUSTED_CA };
  }
  // Its query and body, which may have decided, are not in the log.
  if (
    reason === "minting_refused" && provider && detail &&
    !allowed.includes(provider)
  ) {
    const { message, hint } = mintingRefusal(
      { provider, connection: connection ?? "" },
      detail,
    );
    return { reason, message, hint };
  }
}

/** The login that asks for the scopes that a provider required, beside those that the connection has by now. */
async function missingScope(
  broker: Broker,
  { ts, provider = "", connection = "", detail }: AuditEntry,
): Promise<Pick<Explanation, "message" | "hint" | "reason">> {
  const reason = "insufficient_scope";
  const { stepUpAdvice } = await import("../../../request/answers/step_up.ts");
  const found = await broker.connections.find(provider, connection);
  const wanted = detail?.split(" ") ?? [];
  const held = found?.credential.type === "oauth2"
    ? found.credential.scopes
    : [];
  if (
    found && found.updatedAt > Date.parse(ts) && wanted.length > 0 &&
    wanted.every((scope) => held.includes(scope))
  ) {
    return {
      reason,
      message: `${provider} required ${
        wanted.join(", ")
      }, and ${provider}/${connection} has it now`,
      hint: "",
    };
  }
  const advice = stepUpAdvice({
    provider,
    connection,
    ...defined({ credential: found?.credential }),
    works: found !== undefined &&
      statusOf(found, broker.clock.now()) === "connected",
  }, wanted);
  return { reason, ...advice };
}

/** What `run` would work with. */
export async function look(
  context: CliContext,
  broker: Broker,
  flags: ExplainFlags,
  warn = (message: string) => context.output.warn(message),
): Promise<Circumstances> {
  const { clock, connections, preferences, registry } = broker;
  const chosen = chosenConnections(flags);
  const reading = {
    ...{ registry, preferences, warn },
    // Each is read below; one that does not open is left out here.
    connections: {
      names: () => connections.names(),
      get: (provider: string, name?: string) => connections.get(provider, name),
    },
  };
  const inputs = await participants(chosen, reading);
  const others = await otherInputs(chosen, reading, inputs);
  const connected = new Set(
    (await connections.names()).map(({ provider }) => provider),
  );
  const read = async (
    { definition, connection: name, preferredOver, mayMint }: RouteInput,
  ): Promise<Participant> => {
    const connection = await connections.get(definition.name, name);
    const obstacle = hasExpired(connection, clock.now())
      ? await broker.refreshObstacle(connection)
      : undefined;
    return {
      definition,
      connection,
      ...defined({ preferredOver, mayMint, obstacle }),
    };
  };
  const circumstances = {
    participants: await Promise.all([...inputs.values()].map(read)),
    named: await Promise.all(others.map(read)),
    others: [] as ProviderDefinition[],
    leftOut: [] as ProviderDefinition[],
    policy: flags.policy ?? "open",
    now: clock.now(),
  };
  for (const each of await registry.each()) {
    if (inputs.has(each.name)) continue;
    if (!connected.has(each.name)) {
      if ("error" in each) {
        warn(`${each.name} is left out: ${each.error.message}`);
      } else circumstances.others.push(each.provider.definition);
    } else if (chosen.only && !("error" in each)) {
      circumstances.leftOut.push(each.provider.definition);
    }
  }
  return circumstances;
}
