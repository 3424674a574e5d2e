/** What `doctor` looks at. Nothing is changed. @module */
import type { Broker } from "../../../broker/broker.ts";
import { quoteWord } from "../../../connection/hint.ts";
import { decodePart } from "../../../connection/record.ts";
import { AuthsomeError } from "../../../errors.ts";
import { defined } from "../../../object.ts";
import type { Route } from "../../../request/route.ts";
import { counted } from "../../../text.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { CANARY_HOST, type Check, failure } from "./doctor_check.ts";
import { auditExports } from "./export_check.ts";
import { network } from "./network_check.ts";
import { references, type Referring } from "./reference_check.ts";

/** The route that makes the proxy answer for {@linkcode CANARY_HOST} itself: it has no credential. */
export const CANARY_ROUTE: Route = {
  provider: "doctor",
  connection: "canary",
  host: { kind: "exact", host: CANARY_HOST },
  port: 443,
  pathPrefix: "/",
  injections: [],
  defaultHeaders: {},
};

/** What the proxy answers there. */
export const CANARY_ANSWER = {
  ok: false,
  reason: "credential_missing",
  status: 401,
  message: "This is the authsome proxy: the request came through it",
  hint: "",
} as const;

/** Everything, in the order in which one thing rests on another. */
export async function* examine(context: CliContext): AsyncGenerator<Check> {
  const { home } = await context.runtime();
  const exists = context.machine.inspectPath(home) !== undefined;
  // Every command closes a home that others may read; what it refuses is told below.
  await context.broker().catch(() => {});
  if (exists) {
    yield* paths(context, home);
    yield* definitionModes(context);
  } else {
    yield {
      name: "home",
      ok: true,
      message: `${home} does not exist yet; the first login makes it`,
    };
  }
  let broker: Broker;
  try {
    broker = await context.broker();
    yield { name: "config", ok: true, message: `profile ${broker.profile}` };
  } catch (error) {
    yield failure("config", error);
    yield* port(context);
    return;
  }
  yield* definitions(broker);
  // Opening the vault would make one.
  if (exists && context.machine.inspectPath(`${home}/vault.db`)) {
    yield* records(broker);
    yield* keysLeft(broker);
  }
  yield* audit(broker);
  yield* auditExports(broker);
  yield* port(context);
  yield* proxy(broker);
  yield* network(context, broker);
}

function* paths(context: CliContext, home: string): Generator<Check> {
  const files = ["config.json", "master.key", "vault.db", "vault.db-wal"]
    .concat("vault.db-shm", "audit.log", "audit.log.last");
  const expected: [string, "folder" | "file", number][] = [
    [home, "folder", 0o700],
    ...files.map((name): [string, "file", number] => [
      `${home}/${name}`,
      "file",
      0o600,
    ]),
  ];
  for (const [path, kind, mode] of expected) {
    const info = context.machine.inspectPath(path);
    if (!info) continue;
    const wrong = info.kind !== kind
      ? { message: `it is a ${info.kind}, not a ${kind}`, fix: "ls -ld" }
      : !info.owned
      ? { message: "it belongs to another user", fix: "ls -ld" }
      : info.mode !== undefined && (info.mode & 0o077) !== 0
      ? {
        message: `its mode is ${info.mode.toString(8)}, so others may use it`,
        fix: `chmod ${mode.toString(8)}`,
      }
      : undefined;
    yield {
      name: "path",
      ok: !wrong,
      message: wrong ? `${path}: ${wrong.message}` : path,
      ...defined({ fix: wrong && `${wrong.fix} ${quoteWord(path)}` }),
      exitCode: 9,
    };
  }
}

/** Whoever may write a definition decides where credentials go. */
async function* definitionModes(
  context: CliContext,
): AsyncGenerator<Check> {
  const { definitionFiles } = await context.runtime();
  const names = await definitionFiles.names().catch(() => []);
  for (const path of names.map((name) => definitionFiles.path(name))) {
    const info = context.machine.inspectPath(path);
    if (!info) continue;
    const others = info.mode !== undefined && (info.mode & 0o022) !== 0;
    if (info.owned && !others) continue;
    yield {
      name: "path",
      ok: false,
      message: others
        ? `${path}: its mode is ${
          info.mode!.toString(8)
        }, so others can write to it`
        : `${path}: it belongs to another user`,
      fix: `${others ? "chmod 644" : "ls -ld"} ${quoteWord(path)}`,
      exitCode: 9,
    };
  }
}

async function* definitions(broker: Broker): AsyncGenerator<Check> {
  let good = 0;
  let bad = 0;
  for (const found of await broker.registry.each()) {
    if ("error" in found) {
      bad++;
      const path = quoteWord(broker.runtime.definitionFiles.path(found.name));
      yield {
        ...failure("provider", found.error),
        fix:
          `Fix the file (authsome inspect github shows a complete one), or: rm ${path}`,
      };
    } else good++;
  }
  if (bad === 0) {
    yield { name: "providers", ok: true, message: counted(good, "definition") };
  }
}

async function* records(broker: Broker): AsyncGenerator<Check> {
  try {
    await broker.vault();
    const { mode } = broker.encryption;
    yield { name: "key", ok: true, message: `opens the vault, mode ${mode}` };
  } catch (error) {
    yield failure("key", error);
    return;
  }
  try {
    await broker.connections.names();
  } catch (error) {
    yield failure("profile", error);
  }
  let opened = 0;
  let failed = 0;
  const referring: Referring[] = [];
  const note = (what: string, found?: Partial<Referring>) => {
    const { references } = found ?? {};
    if (references) referring.push({ what, references });
  };
  const attempt = async (body: () => Promise<unknown>) => {
    try {
      if (await body() !== undefined) opened++;
    } catch (error) {
      failed++;
      return failure("record", error);
    }
  };
  try {
    const vault = await broker.vault();
    const { keys, nameless } = await vault.contents();
    for (const name of nameless) {
      failed++;
      yield failure("record", namelessRecord(name));
    }
    for (const key of keys) {
      const [kind, profile, part, provider, name] = key.split("/").map(
        decodePart,
      );
      const own = kind === "profile" && profile === broker.profile;
      const bad = own && part === "connection"
        ? await attempt(async () => {
          const found = await broker.connections.find(provider!, name);
          note(`${provider}/${name}`, found);
          return found;
        })
        : own && part === "client"
        ? await attempt(async () => {
          const found = await broker.connections.client(provider!);
          note(`the OAuth client of ${provider}`, found);
          return found;
        })
        : await attempt(async () => {
          try {
            return await vault.get(key);
          } catch (error) {
            throw damaged(key, error);
          }
        });
      if (bad) yield bad;
    }
  } catch (error) {
    yield failure("records", error);
    return;
  }
  if (failed === 0) {
    yield { name: "records", ok: true, message: `${opened} open` };
  }
  for (const each of referring) yield* references(broker, each);
}

/** What is left of the modes that the key was in before. */
async function* keysLeft(broker: Broker): AsyncGenerator<Check> {
  try {
    const { leftoverKeys } = await import(
      "../../../broker/keys/leftover_keys.ts"
    );
    const store = await broker.store().catch(() => undefined);
    for (const { message, fix } of await leftoverKeys(broker, store)) {
      yield { name: "key", ok: false, message, fix, exitCode: 9 };
    }
  } catch (error) {
    yield failure("key", error);
  }
}

function namelessRecord(name: string): AuthsomeError {
  return new AuthsomeError(
    "RecordCorrupt",
    `Record "${name}" of the vault is damaged, and so is its name`,
    "Restore vault.db from a backup",
  );
}

/** A record that no connection of the profile in use is read from. */
function damaged(key: string, cause: unknown): unknown {
  if (!(cause instanceof AuthsomeError) || cause.code !== "RecordCorrupt") {
    return cause;
  }
  const [kind, profile, part, provider, name] = key.split("/").map(
    decodePart,
  );
  const of = `--profile ${quoteWord(profile ?? "")}`;
  const fix = kind !== "profile"
    ? `authsome profile delete ${quoteWord(profile ?? "")}`
    : part === "connection"
    ? `authsome logout ${provider} --connection ${quoteWord(name!)} ${of}`
    : part === "client"
    ? `authsome login ${provider} --reset-client ${of}`
    : part === "registered-client"
    ? `authsome login <provider> --force --reset-client ${of}`
    : part === "default"
    ? `authsome set-default ${provider} <connection> ${of}`
    : `authsome profile delete ${quoteWord(profile!)}`;
  return new AuthsomeError(
    "RecordCorrupt",
    `Record "${key}" is damaged`,
    fix,
    { cause },
  );
}

async function* audit(broker: Broker): AsyncGenerator<Check> {
  try {
    const { verifyLog } = await import(
      "../../../broker/custody/verify_log.ts"
    );
    const verdict = await verifyLog(broker);
    const entries = counted(verdict.entries, "entry", "entries");
    yield verdict.ok && verdict.obstacle?.code === "RecordCorrupt"
      ? {
        ...failure("audit log", verdict.obstacle),
        fix: "authsome log --verify --accept",
      }
      : verdict.ok
      ? {
        name: "audit log",
        ok: true,
        message: verdict.obstacle
          ? `${entries}, in order; only the vault knows whether all are there`
          : `${entries}, unchanged`,
      }
      : {
        name: "audit log",
        ok: false,
        message: verdict.problem === "cut_off"
          ? `entries from ${verdict.first + verdict.entries} on were cut off`
          : verdict.problem === "start_missing"
          ? "entries at its beginning were removed"
          : "line" in verdict && verdict.problem !== "rewritten"
          ? `line ${verdict.line} was changed`
          : "it is not the one that the vault knows",
        fix: "authsome log --verify",
        exitCode: 9,
      };
  } catch (error) {
    yield failure("audit log", error);
  }
}

async function* port(context: CliContext): AsyncGenerator<Check> {
  const text = context.machine.env.get("AUTHSOME_PORT") || "7998";
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > 65_535) {
    yield {
      name: "port",
      ok: false,
      message: `AUTHSOME_PORT "${text}" is not a port`,
      fix: "unset AUTHSOME_PORT",
      exitCode: 2,
    };
    return;
  }
  try {
    const { machine } = context;
    const free = await machine.isPortFree(number);
    const login = free ? undefined : await machine.loginAt(number);
    const ok = free || login !== undefined;
    yield {
      name: "port",
      ok,
      message: free
        ? `127.0.0.1:${number} is free for a login`
        : login
        ? `127.0.0.1:${number} is used by a login (${login}), and another would wait for it`
        : `127.0.0.1:${number} is taken, so a login cannot listen`,
      fix: `See by whom: lsof -nP -iTCP:${number} -sTCP:LISTEN`,
      exitCode: 9,
    };
  } catch (error) {
    yield failure("port", error);
  }
}

/** Starts the proxy of a run that leads nowhere, and asks it as a command and as a stranger would. */
async function* proxy(broker: Broker): AsyncGenerator<Check> {
  try {
    const runHost = await broker.runtime.runHost?.();
    if (!runHost) return;
    const trustedRoots = await runHost.trustedRoots();
    const proxy = await runHost.startProxy({
      routes: () => ({ routes: [CANARY_ROUTE], forbidden: [] }),
      hosts: [CANARY_ROUTE.host],
      credentials: { fresh: () => Promise.resolve(CANARY_ANSWER) },
      // What is asked here is no request of anybody.
      audit: { record() {}, flush: () => Promise.resolve() },
      profile: broker.profile,
      policy: "deny",
      trustedRoots,
    });
    try {
      const { command, stranger } = await runHost.probe(proxy, CANARY_HOST);
      const served = command.status === CANARY_ANSWER.status &&
        command.reason === CANARY_ANSWER.reason;
      const closed = stranger.status === 407;
      yield {
        name: "proxy",
        ok: served && closed,
        message: !served
          ? `answered its own command with ${command.status} ${command.reason}`
          : !closed
          ? `answered a stranger with ${stranger.status} ${stranger.reason}`
          : `answers its command through TLS and no stranger; trusts ${
            counted(trustedRoots.length, "root")
          }`,
        fix: "authsome doctor --verbose",
        exitCode: 1,
      };
    } finally {
      await proxy.close();
    }
  } catch (error) {
    yield failure("proxy", error);
  }
}
