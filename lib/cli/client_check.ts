/** Whether a client goes through the proxy, found out by running it there. @module */
import type { AuditEvent } from "../audit/event.ts";
import { AuthsomeError } from "../errors.ts";
import type { Check } from "./commands/doctor.ts";
import type { CliContext } from "./context.ts";
import { quoteWord } from "./shell.ts";

/** Runs `command` as `authsome run` does and judges what the proxy saw of it. */
export async function* checkClient(
  context: CliContext,
  command: readonly string[],
): AsyncGenerator<Check> {
  const broker = await context.broker();
  const [{ run }, machine] = await Promise.all([
    import("../run.ts"),
    broker.runtime.runMachine?.(),
  ]);
  if (!machine) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      "Cannot check a client: this build has no proxy",
    );
  }
  let asked = 0;
  const events: AuditEvent[] = [];
  const code = await run({ command }, {
    profile: broker.profile,
    env: broker.env,
    registry: broker.registry,
    connections: broker.connections,
    preferences: broker.preferences,
    credentials: broker.credentialSource(),
    audit: {
      record(event) {
        events.push(event);
        broker.audit.record(event);
      },
      flush: () => broker.audit.flush(),
    },
    machine: {
      ...machine,
      startProxy: (request) =>
        machine.startProxy({
          ...request,
          // The proxy asks at each tunnel, so this tells whether anybody came.
          routes() {
            asked++;
            return request.routes();
          },
        }),
    },
    warn: (message) => context.output.warn(message),
  });
  const name = command[0]!;
  yield {
    name: "command",
    ok: code === 0,
    message: `${name} ended with exit code ${code}`,
    ...code === 0 ? {} : { fix: "See what it said above", exitCode: 1 },
  };
  yield judge(name, asked, events);
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
  const denied = events.find(({ event }) => event === "deny");
  if (denied) {
    return failed(
      `${name} was refused ${denied.host ?? ""}${denied.path ?? ""} (${
        denied.reason ?? "unknown"
      })`,
      "authsome explain --last",
    );
  }
  const injected = events.filter(({ event }) => event === "inject");
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
      message:
        `${injected.length} requests of ${name} went through with ${provider}/${connection}, the last with status ${status}`,
    };
  }
  return asked === 0
    ? failed(
      `${name} did not come to the proxy`,
      `Look for a proxy setting of its own: ${quoteWord(name)} --help`,
    )
    : failed(
      `${name} came to the proxy and made no request of a connected provider: either it asked another host, or it does not trust the CA of the run`,
      "authsome explain <url>",
    );
}
