/** Whether a client goes through the proxy, found out by running it there. @module */
import type { AuditEvent } from "../../../audit/event.ts";
import { quoteWord } from "../../../connection/hint.ts";
import { AuthsomeError } from "../../../errors.ts";
import { defined } from "../../../object.ts";
import type { ClientReport } from "../../../ports/client_report.ts";
import type { SandboxProfile } from "../../../sandbox/sandbox_profile.ts";
import { absence } from "./absent_client.ts";
import { adviceFor, runtimeOf } from "./client_advice.ts";
import { type ClientFacts, type Trouble, troubleOf } from "./client_verdict.ts";
import { CANARY_HOST, type Check } from "./doctor_check.ts";
import { CANARY_ANSWER, CANARY_ROUTE } from "./checks.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { refuseSecrets } from "../../kit/secret_arguments.ts";

/** Runs `command` as `authsome run` does, in a sandbox if one is given, and judges what the proxy saw of it. */
export async function* checkClient(
  context: CliContext,
  command: readonly string[],
  sandbox?: SandboxProfile,
): AsyncGenerator<Check> {
  const broker = await context.broker();
  const warn = (message: string) => {
    // Nothing needs to be connected for the canary.
    if (!message.startsWith("Nothing is connected")) {
      context.output.warn(message);
    }
  };
  const [{ run }, runHost] = await Promise.all([
    import("../../../run/proxied_run.ts"),
    broker.runtime.runHost?.({ ...defined({ sandbox }), warn }),
  ]);
  if (!runHost) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      "Cannot check a client: this build has no proxy",
    );
  }
  let asked = 0;
  let rootsFile = "";
  let proxyPort = 0;
  let readRoots: boolean | undefined;
  let connected: string[] = [];
  const events: AuditEvent[] = [];
  const reports: ClientReport[] = [];
  const credentials = await broker.credentialSource();
  const code = await run({ command }, {
    profile: broker.profile,
    env: broker.env,
    registry: broker.registry,
    connections: broker.connections,
    preferences: broker.preferences,
    credentials: {
      rejected: async (sent) => await credentials.rejected?.(sent) ?? false,
      accepted: (sent) => credentials.accepted?.(sent),
      fresh: (provider, connection) =>
        provider === CANARY_ROUTE.provider
          ? Promise.resolve(CANARY_ANSWER)
          : credentials.fresh(provider, connection),
    },
    audit: {
      record(event) {
        events.push(event);
        if (event.host !== CANARY_HOST) broker.audit.record(event);
      },
      flush: () => broker.audit.flush(),
    },
    runHost: {
      ...runHost,
      writeCaBundle(certificates) {
        const bundle = runHost.writeCaBundle(certificates);
        rootsFile = bundle.caBundlePath;
        return bundle;
      },
      async runCommand(...started) {
        // A sandbox shows the file by a mount that keeps no times.
        const isRead = sandbox
          ? undefined
          : await runHost.noticeRead?.(rootsFile);
        const watched = sandbox
          ? undefined
          : await runHost.watchConnections?.(proxyPort);
        try {
          return await runHost.runCommand(...started);
        } finally {
          readRoots = isRead?.();
          connected = watched?.() ?? [];
        }
      },
      async startProxy(request) {
        const proxy = await runHost.startProxy({
          ...request,
          hosts: [...request.hosts, CANARY_ROUTE.host],
          observe: (report) => reports.push(report),
          // The proxy asks at each tunnel, so this shows whether there was one.
          async routes() {
            asked++;
            const table = await request.routes();
            return { ...table, routes: [...table.routes, CANARY_ROUTE] };
          },
        });
        proxyPort = Number(new URL(proxy.url).port);
        return proxy;
      },
    },
    warn,
  });
  const name = command[0]!;
  const isNode = reports.length === 0 && runtimeOf(name) === "node";
  const verdict = judge(name, asked, events, reports, {
    line: lineOf(command),
    sandboxed: sandbox !== undefined,
    readRoots,
    connected,
    ...isNode && {
      // What is called otherwise is a script, which takes the one on the path.
      version: await runHost.programVersion?.(
        /(?:^|[/\\])node(?:\.exe)?$/.test(name) ? name : "node",
      ),
    },
  });
  // A client may take the canary's answer for a failure.
  const ok = code === 0 || verdict.ok;
  yield {
    name: "command",
    ok,
    message: `${name} ended with exit code ${code}`,
    fix: "See what it said above",
    exitCode: 1,
  };
  yield verdict;
}

/** The command line once more, but for one that may hold a secret. */
function lineOf(command: readonly string[]): string {
  const line = command.map(quoteWord).join(" ");
  try {
    refuseSecrets(command);
    if (!/:\/\/[^/]*@/.test(line) && line.length < 200) return line;
  } catch { /* Shortened below. */ }
  return `${quoteWord(command[0]!)} …`;
}

/**
 * The verdict: `asked` is how often the proxy looked at its routes, `reports` what became of each connection. Only what was
 * seen counts; the name is for the advice.
 */
export function judge(
  name: string,
  asked: number,
  events: readonly AuditEvent[],
  reports: readonly ClientReport[] = [],
  more: Partial<Omit<ClientFacts, "name">> = {},
): Check {
  const facts = { line: quoteWord(name), sandboxed: false, ...more, name };
  const passed = (message: string): Check => ({
    name: "client",
    ok: true,
    message: reports.some((report) => !report.admitted)
      ? `${message}; it asks without the password first and comes again with it`
      : message,
  });
  const failed = (trouble: Omit<Trouble, "reason"> & { reason?: string }) => ({
    name: "client",
    ok: false,
    ...trouble,
    exitCode: 1,
  });
  if (
    events.some(({ host, reason }) =>
      host === CANARY_HOST && reason === CANARY_ANSWER.reason
    )
  ) {
    return passed(
      `${name} goes through the proxy and trusts the CA of the run`,
    );
  }
  // A client may open more connections than it uses.
  const served = new Set(
    reports.filter(({ requests }) => requests > 0).map(({ host }) => host),
  );
  const trouble = troubleOf(
    reports.filter((report) =>
      !served.has(report.host) &&
      (served.size === 0 || report.tls === "failed")
    ),
    facts,
  );
  if (trouble && TLS_TROUBLES.has(trouble.reason)) return failed(trouble);
  const distrust = events.find(({ reason, host }) =>
    reason === "handshake_failed" && !served.has(host)
  );
  if (distrust) {
    return failed({
      reason: "untrusted",
      message:
        `${name} came to the proxy for ${distrust.host}, and does not trust the CA of the run`,
      fix: adviceFor(name)?.ca ??
        `Name the file in $SSL_CERT_FILE to it; look for a CA setting: ${
          quoteWord(name)
        } --help`,
    });
  }
  const requests = events.filter(({ event, reason }) =>
    (event === "deny" || event === "inject") && !ON_THE_WAY.has(reason ?? "")
  );
  const injected = requests.filter(({ event }) => event === "inject");
  const answered = new Set(
    injected.filter(({ ok }) => ok).map(({ host }) => host),
  );
  const unreached = requests.filter(({ host, ok, reason }) =>
    !ok && reason === "upstream_unreachable" && !answered.has(host)
  );
  const denied = requests.find((request) =>
    request.event === "deny" &&
    // That it asked without TLS matters more than where that led, and a request that got through shows how it asks.
    !(unreached.includes(request) &&
      (trouble?.reason === "plain_http" || answered.size > 0))
  );
  if (denied) {
    return failed({
      reason: denied.reason ?? "refused",
      message: `${name} was refused ${denied.host ?? ""}${denied.path ?? ""} (${
        denied.reason ?? "unknown"
      })`,
      fix: "authsome explain --last",
    });
  }
  if (injected.length > 0) {
    const broken = injected.find((request) =>
      !request.ok && !(answered.size > 0 &&
        // Without a reason, the client itself did not wait for the answer.
        (unreached.includes(request) || request.reason === undefined))
    );
    if (broken) {
      return failed({
        reason: broken.reason ?? "unanswered",
        message: `${name} got through, but ${broken.host} did not answer (${
          broken.reason ?? "unknown"
        })`,
        fix: "authsome explain --last",
      });
    }
    const through = injected.filter(({ ok }) => ok);
    const { provider, connection, status } = through.at(-1)!;
    return passed(
      `${through.length} ${
        through.length === 1 ? "request" : "requests"
      } from ${name} used ${provider}/${connection}, the last with status ${status}${
        unreached.length === 0
          ? ""
          : `; could not be reached: ${
            [...new Set(unreached.map(({ host }) => host))].join(", ")
          }`
      }`,
    );
  }
  if (trouble) return failed(trouble);
  return failed(
    asked === 0 ? absence(facts) : {
      reason: "nothing_shown",
      message: `${name} reached the proxy but made no request that shows more`,
      fix:
        `Have it request https://${CANARY_HOST}/, which the proxy answers itself`,
    },
  );
}

/** What stands above anything that was asked besides. */
const TLS_TROUBLES: ReadonlySet<string> = new Set<Trouble["reason"]>([
  ...["tls_failed", "pinned", "compiled_in", "own_store"] as const,
  ...["own_roots", "untrusted", "not_tls", "other_name"] as const,
]);

/** Reasons of connections that came to no request; the reports tell more of them. */
const ON_THE_WAY: ReadonlySet<string> = new Set([
  ...["proxy_authentication_required", "handshake_failed"],
]);
