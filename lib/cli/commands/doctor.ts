import { verifyAuditLog } from "../../audit/chain.ts";
import type { Broker } from "../../broker.ts";
import { AuthsomeError } from "../../errors.ts";
import { defineCommand, toggle } from "../command.ts";
import type { CliContext } from "../context.ts";
import { quoteWord } from "../shell.ts";
import { printable, shorten } from "../text.ts";

/** One thing that was looked at. */
export interface Check {
  name: string;
  ok: boolean;
  message: string;
  /** What mends it. */
  fix?: string;
  exitCode?: number;
}

/** `doctor`: looks at everything, and says how to mend what is wrong. Changes nothing. */
export default defineCommand<{ client?: boolean }, string[]>({
  description:
    "Changes nothing. Each failure comes with what mends it. With --client it runs a command behind the proxy and says whether its requests went through; use one that asks a connected provider.",
  usage: "[--client -- <command> [arguments]]",
  examples: [
    ["authsome doctor", "is everything in order?"],
    [
      "authsome doctor --client -- curl -sS https://api.github.com/user",
      "does curl go through the proxy?",
    ],
  ],
  parameters: {
    flags: { client: toggle("Check a command in place of everything else") },
    positional: {
      kind: "array",
      parameter: {
        brief: "Command and arguments, after --",
        placeholder: "command",
        parse: (text: string) => text,
      },
    },
  },

  async run(context, { client }, ...command) {
    const { output } = context;
    if (client !== command.length > 0 && (client || command.length > 0)) {
      throw new AuthsomeError(
        "Usage",
        client
          ? "Missing the command to check"
          : `Cannot take "${
            shorten(command[0]!)
          }": doctor runs a command only with --client`,
        "authsome doctor --client -- <command>",
      );
    }
    const checks: Check[] = [];
    const found = client
      ? (await import("../client_check.ts")).checkClient(context, command)
      : examine(context);
    for await (const check of found) {
      checks.push(check);
      if (output.asJson) continue;
      const mark = check.ok
        ? output.style("ok   ", "green")
        : output.style("FAIL ", "red");
      output.styled(`${mark} ${check.name}: ${printable(check.message)}`);
      if (check.fix) output.styled(`      fix: ${printable(check.fix)}`);
    }
    const failed = checks.filter((check) => !check.ok);
    if (output.asJson) {
      output.json({
        ok: failed.length === 0,
        checks: checks.map(({ name, ok, message, fix }) => ({
          name,
          ok,
          message,
          ...fix && { fix },
        })),
      });
    }
    context.exitCode = failed[0]?.exitCode ?? 0;
  },
});

async function* examine(context: CliContext): AsyncGenerator<Check> {
  const { home } = await context.runtime();
  const exists = context.machine.inspectPath(home) !== undefined;
  if (exists) yield* paths(context, home);
  else {
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
  }
  yield* audit(broker);
  yield* port(context);
  yield* proxy(broker);
}

function* paths(context: CliContext, home: string): Generator<Check> {
  const files = ["config.json", "master.key", "vault.db", "vault.db-wal"]
    .concat("vault.db-shm", "audit.log");
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
      ...wrong && { fix: `${wrong.fix} ${quoteWord(path)}`, exitCode: 9 },
    };
  }
}

async function* definitions(broker: Broker): AsyncGenerator<Check> {
  let good = 0;
  let bad = 0;
  for await (const found of broker.registry.each()) {
    if ("error" in found) {
      bad++;
      yield failure("provider", found.error);
    } else good++;
  }
  if (bad === 0) {
    yield { name: "providers", ok: true, message: `${good} definitions` };
  }
}

async function* records(broker: Broker): AsyncGenerator<Check> {
  try {
    await broker.vault();
    yield { name: "key", ok: true, message: "opens the vault" };
  } catch (error) {
    yield failure("key", error);
    return;
  }
  let opened = 0;
  let failed = 0;
  const attempt = async (body: () => Promise<unknown>) => {
    try {
      if (await body() !== undefined) opened++;
    } catch (error) {
      failed++;
      return failure("record", error);
    }
  };
  try {
    for (const { provider, name } of await broker.connections.names()) {
      const bad = await attempt(() => broker.connections.find(provider, name));
      if (bad) yield bad;
    }
    for (const name of await broker.registry.names()) {
      const bad = await attempt(() => broker.connections.client(name));
      if (bad) yield bad;
    }
  } catch (error) {
    yield failure("records", error);
    return;
  }
  if (failed === 0) {
    yield { name: "records", ok: true, message: `${opened} open` };
  }
}

async function* audit(broker: Broker): AsyncGenerator<Check> {
  try {
    const verdict = await verifyAuditLog(broker.runtime.auditFile.lines());
    yield verdict.ok
      ? {
        name: "audit log",
        ok: true,
        message: `${verdict.entries} entries, unchanged`,
      }
      : {
        name: "audit log",
        ok: false,
        message: `line ${verdict.line} was changed`,
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
    const free = await context.machine.isPortFree(number);
    yield {
      name: "port",
      ok: free,
      message: free
        ? `127.0.0.1:${number} is free for a login`
        : `127.0.0.1:${number} is taken, so a login cannot listen`,
      ...!free && {
        fix: `See by whom: lsof -nP -iTCP:${number} -sTCP:LISTEN`,
        exitCode: 9,
      },
    };
  } catch (error) {
    yield failure("port", error);
  }
}

/** Starts the proxy of a run that leads nowhere: roots, certificates and a port are what it needs. */
async function* proxy(broker: Broker): AsyncGenerator<Check> {
  try {
    const machine = await broker.runtime.runMachine?.();
    if (!machine) return;
    const trustedRoots = await machine.trustedRoots();
    const proxy = await machine.startProxy({
      routes: () => ({ routes: [], forbidden: [] }),
      hosts: [{ kind: "exact", host: "doctor.invalid" }],
      credentials: broker.credentialSource(),
      audit: broker.audit,
      profile: broker.profile,
      policy: "deny",
      trustedRoots,
    });
    await proxy.close();
    yield {
      name: "proxy",
      ok: true,
      message: `starts, and trusts ${trustedRoots.length} roots`,
    };
  } catch (error) {
    yield failure("proxy", error);
  }
}

function failure(name: string, error: unknown): Check {
  if (!(error instanceof AuthsomeError)) {
    return {
      name,
      ok: false,
      message: `it cannot be examined (${
        error instanceof Error ? error.name : "unknown"
      })`,
      fix: "authsome doctor --verbose",
      exitCode: 1,
    };
  }
  return {
    name,
    ok: false,
    message: error.message,
    ...error.hint && { fix: error.hint },
    exitCode: error.exitCode,
  };
}
