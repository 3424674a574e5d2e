/** Whether providers are reached from here, and whether their clock is ours. No data is sent. @module */
import type { Broker } from "../../../broker/broker.ts";
import { AuthsomeError } from "../../../errors.ts";
import type { ProviderDefinition } from "../../../provider/definition.ts";
import { buildRoutes, type RouteInput } from "../../../request/routes.ts";
import { defined } from "../../../object.ts";
import {
  type FailureReason,
  hintOf,
  reasonIn,
  sentenceOf,
} from "../../../wire/request_failure.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { frames } from "../../frames.ts";
import { CANARY_HOST, type Check, failure } from "./doctor_check.ts";

const CLOCK_TOLERANCE_MS = 60_000;
const NETWORK_TIMEOUT_MS = 5_000;
/** Most hosts that are asked. */
const MAX_HOSTS = 5;

/** The network, and the clock by the first host that tells the time. */
export async function* network(
  context: CliContext,
  broker: Broker,
): AsyncGenerator<Check> {
  const hosts = await hostsToAsk(context, broker);
  const answers = await Promise.all(hosts.map((host) => ask(broker, host)));
  if (hosts.length === 0) {
    const check = await proxyAlone(broker);
    if (check) yield check;
  }
  for (const { check } of answers) yield check;
  yield clock(answers);
}

interface Asked {
  host: string;
  check: Check;
  /** Why it was not reached. */
  reason?: FailureReason;
  /** Epoch milliseconds: the server's, and ours in the middle of the request. */
  theirs: number;
  ours: number;
}

/** @param called what the host is called in messages. */
async function ask(
  broker: Broker,
  host: string,
  called = host,
): Promise<Asked> {
  const before = broker.clock.now();
  let date: string | null = null;
  let reason: FailureReason | undefined;
  let check: Check = {
    name: "network",
    ok: true,
    message: `${host} answers`,
  };
  try {
    const response = await broker.fetch(`https://${host}/`, {
      method: "HEAD",
      redirect: "manual",
      signal: AbortSignal.timeout(NETWORK_TIMEOUT_MS),
    });
    date = response.headers.get("date");
    await response.body?.cancel();
  } catch (error) {
    if (!(error instanceof AuthsomeError)) reason = reasonIn(error);
    check = reason
      ? unreached(called, reason, error)
      : failure("network", error);
  }
  return {
    host,
    check,
    ...defined({ reason }),
    theirs: date === null ? NaN : Date.parse(date),
    ours: (before + broker.clock.now()) / 2,
  };
}

function unreached(
  host: string,
  reason: FailureReason,
  error: unknown,
): Check {
  return {
    name: "network",
    ok: false,
    message: `cannot reach ${host}: ${sentenceOf(reason)}`,
    fix: hintOf(reason, host),
    exitCode: 8,
    trace: frames(error),
  };
}

/** Where no host is known to ask for, a proxy still says whether it is there and whom it serves. */
async function proxyAlone(broker: Broker): Promise<Check | undefined> {
  const { env } = broker;
  if (!env.get("https_proxy") && !env.get("HTTPS_PROXY")) return undefined;
  const { check, reason } = await ask(broker, CANARY_HOST, "<host>");
  if (check.ok || !reason) return check;
  const { kind, status } = reason;
  // Nobody has that host, and most proxies say so.
  return kind === "status" && status !== 407
    ? { name: "network", ok: true, message: "the proxy answers" }
    : check;
}

/** Tokens expire by the clock. */
function clock(answers: readonly Asked[]): Check {
  const [first] = answers;
  const told = answers.find(({ theirs }) => !Number.isNaN(theirs));
  if (!told) {
    return {
      name: "clock",
      ok: true,
      message: `not compared: ${
        first
          ? `${first.host} did not tell the time`
          : "no provider is connected that can be asked"
      }`,
    };
  }
  const { host, ours, theirs } = told;
  const seconds = Math.round((ours - theirs) / 1000);
  const ok = Math.abs(ours - theirs) <= CLOCK_TOLERANCE_MS;
  return {
    name: "clock",
    ok,
    message: ok
      ? `agrees with ${host}`
      : `is ${Math.abs(seconds)} s ${
        seconds > 0 ? "ahead of" : "behind"
      } ${host}`,
    fix:
      "sudo timedatectl set-ntp true (Linux), sudo sntp -sS time.apple.com (macOS), w32tm /resync (Windows)",
    exitCode: 1,
  };
}

/** An API that is connected, and the token endpoints of what is connected or has a client; else those of own definitions. */
async function hostsToAsk(
  context: CliContext,
  broker: Broker,
): Promise<string[]> {
  const inputs: RouteInput[] = [];
  const used = new Map<string, ProviderDefinition>();
  try {
    // Opening the vault would make one.
    const exists = context.machine.inspectPath(`${broker.home}/vault.db`);
    const names = exists ? await broker.connections.names() : [];
    const clients = exists ? await broker.connections.clientProviders() : [];
    for (const { provider, name } of names) {
      const found = await broker.registry.find(provider);
      if (!found) continue;
      const { definition } = found;
      inputs.push({ definition, connection: name });
      used.set(provider, definition);
    }
    for (const provider of clients) {
      const found = await broker.registry.find(provider);
      if (found) used.set(provider, found.definition);
    }
  } catch (error) {
    // It was said above.
    if (!(error instanceof AuthsomeError)) throw error;
  }
  const [api] = buildRoutes(inputs).routes.flatMap(({ host, port }) =>
    host.kind === "exact" && port === 443 ? [host.host] : []
  );
  const own = used.size > 0 ? [] : (await broker.registry.each())
    .flatMap((found) => "provider" in found ? [found.provider] : [])
    .filter(({ source }) => source === "custom")
    .map(({ definition }) => definition);
  return [
    ...new Set([
      ...api === undefined ? [] : [api],
      ...[...used.values(), ...own].flatMap(tokenHost),
    ]),
  ].slice(0, MAX_HOSTS);
}

function tokenHost({ oauth }: ProviderDefinition): string[] {
  const url = oauth?.token_url ?? oauth?.issuer ?? "";
  // An address of each customer is known to connections only.
  if (!URL.canParse(url)) return [];
  const { protocol, host } = new URL(url);
  return protocol === "https:" ? [host] : [];
}
