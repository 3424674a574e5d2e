/** Runs a command behind the proxy. @module */
import { AuthsomeError } from "../errors.ts";
import type { RunHostRequest } from "../ports/run_host.ts";
import type { RunRequest } from "../run/proxied_run.ts";
import type { Broker } from "./broker.ts";

/**
 * Runs a command behind a proxy of its own, in the form that `form` says, and waits for its end.
 *
 * @returns the command's exit code, 128 + n if signal n ended it.
 * @throws {AuthsomeError} `OperationNotAllowed` where there is no proxy, and what {@linkcode run} of `run/proxied_run.ts` throws.
 */
export async function runCommand(
  broker: Broker,
  request: RunRequest,
  form: RunHostRequest,
): Promise<number> {
  const [{ run }, { recentVersion }, runHost] = await Promise.all([
    import("../run/proxied_run.ts"),
    import("../connection/recent_version.ts"),
    broker.runtime.runHost?.(form),
  ]);
  if (!runHost) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      "Cannot run a command: this build has no proxy",
    );
  }
  const { profile, env, registry, connections, preferences, audit } = broker;
  const version = recentVersion(() => connections.version(), broker.clock);
  return await run(request, {
    ...{ profile, env, registry, preferences, audit, runHost },
    connections: {
      names: () => connections.names(),
      get: (provider, name) => connections.get(provider, name),
      version,
    },
    credentials: await broker.credentialSource(version),
    warn: form.warn,
  });
}
