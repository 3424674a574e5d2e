/** Whether a client goes through the proxy, found out by running it there. @module */
import type { AuditEvent } from "../../../audit/event.ts";
import { quoteWord } from "../../../connection/hint.ts";
import { AuthsomeError } from "../../../errors.ts";
import { adviceFor } from "./client_advice.ts";
import {
  CANARY_ANSWER,
  CANARY_HOST,
  CANARY_ROUTE,
  type Check,
} from "./checks.ts";
import type { CliContext } from "../../kit/command_context.ts";

/** Runs `command` as `authsome run` does and judges what the proxy saw of it. */
export async function* checkClient(
  context: CliContext,
  command: readonly string[],
): AsyncGenerator<Check> {
  const broker = await context.broker();
  const [{ run }, runHost] = await Promise.all([
    import("../../../run/proxied_run.ts"),
    broker.runtime.runHost?.(),
  ]);
  if (!runHost) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      "Cannot check a client: this build has no proxy",
    );
  }
  let asked = 0;
  const events: AuditEvent[] = [];
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
      startProxy: (request) =>
        runHost.startProxy({
          ...request,
          hosts: [...request.hosts, CANARY_ROUTE.host],
          // The proxy asks at each tunnel, so this shows whether there was one.
          async routes() {
            asked++;
            const table = await request.routes();
            return { ...table, routes: [...table.routes, CANARY_ROUTE] };
          },
        }),
    },
    warn: (message) => {
      // Nothing needs to be connected for the canary.
      if (!message.startsWith("Nothing is connected")) {
        context.output.warn(message);
      }
    },
  });
  const name = command[0]!;
  const verdict = judge(name, asked, events);
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

/** The verdict: `asked` is how often the proxy looked at its routes. */
export function judge(
  name: string,
  asked: number,
  events: readonly AuditEvent[],
): Check {
  const failed = (message: string, fix: string): Check => ({
    name: "client",
    ok: false,
    message,
    fix,
    exitCode: 1,
  });
  const advice = adviceFor(name);
  const help = `${quoteWord(name)} --help`;
  if (
    events.some(({ host, reason }) =>
      host === CANARY_HOST && reason === CANARY_ANSWER.reason
    )
  ) {
    return {
      name: "client",
      ok: true,
      message: `${name} goes through the proxy and trusts the CA of the run`,
    };
  }
  const distrust = events.find(({ reason }) => reason === "handshake_failed");
  if (distrust) {
    return failed(
      `${name} came to the proxy for ${distrust.host}, and does not trust the CA of the run`,
      advice?.ca ??
        `Name the file in $SSL_CERT_FILE to it; look for a CA setting: ${help}`,
    );
  }
  const requests = events.filter(({ event }) =>
    event === "deny" || event === "inject"
  );
  const denied = requests.find(({ event }) => event === "deny");
  if (denied) {
    return failed(
      `${name} was refused ${denied.host ?? ""}${denied.path ?? ""} (${
        denied.reason ?? "unknown"
      })`,
      "authsome explain --last",
    );
  }
  const injected = requests.filter(({ event }) => event === "inject");
  if (injected.length > 0) {
    const broken = injected.find(({ ok }) => !ok);
    if (broken) {
      return failed(
        `${name} got through, but ${broken.host} did not answer (${
          broken.reason ?? "unknown"
        })`,
        "authsome explain --last",
      );
    }
    const { provider, connection, status } = injected.at(-1)!;
    return {
      name: "client",
      ok: true,
      message: `${injected.length} ${
        injected.length === 1 ? "request" : "requests"
      } from ${name} used ${provider}/${connection}, the last with status ${status}`,
    };
  }
  return asked === 0
    ? failed(
      `${name} did not come to the proxy: it ignores HTTPS_PROXY, or it asked nothing`,
      advice?.proxy ??
        `Name the proxy in $HTTPS_PROXY to it; look for a proxy setting: ${help}`,
    )
    : failed(
      `${name} reached the proxy but made no request that shows more`,
      `Have it request https://${CANARY_HOST}/, which the proxy answers itself`,
    );
}
