/** Runs a command behind the proxy. @module */
import { AuthsomeError } from "../errors.ts";
import { hex } from "../bytes.ts";
import { defined } from "../object.ts";
import type { RunHostRequest } from "../ports/run_host.ts";
import type {
  PersonFiles,
  PersonSettings,
} from "../run/overrides/person_files.ts";
import type { DryRun } from "../run/dry_run.ts";
import type { RunContext, RunRequest } from "../run/proxied_run.ts";
import type { Broker } from "./broker.ts";
import type { RunRules } from "./policy/live_rules.ts";
import { runControl } from "./policy/run_control.ts";

/**
 * Runs a command behind a proxy of its own, in the form that `form` says, and waits for its end.
 *
 * @returns the command's exit code, 128 + n if signal n ended it.
 * @throws {AuthsomeError} `OperationNotAllowed` where there is no proxy, and what {@linkcode run} of `run/proxied_run.ts` throws.
 */
export async function runCommand(
  broker: Broker,
  request: RunRequest & RunRules,
  form: RunHostRequest,
  troubles?: RunContext["troubles"],
): Promise<number> {
  const [{ run }, { recentVersion }, runHost, runs] = await Promise.all([
    import("../run/proxied_run.ts"),
    import("../connection/recent_version.ts"),
    broker.runtime.runHost?.(form),
    broker.runtime.runs?.(),
  ]);
  if (!runHost) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      "Cannot run a command: this build has no proxy",
    );
  }
  const { profile, env, registry, connections, preferences } = broker;
  const version = recentVersion(() => connections.version(), broker.clock);
  const id = randomHex();
  const before = broker.audit.run;
  broker.audit.run = id;
  try {
    return await run(request, {
      ...{ profile, env, registry, preferences, runHost },
      // A program may have several runs at once.
      audit: {
        record: (event) => broker.audit.record({ ...event, run: id }),
        flush: () => broker.audit.flush(),
      },
      control: (plan) => runControl(broker, { id, request, form, plan }),
      connections: {
        names: () => connections.names(),
        providers: () => connections.providers(),
        sketches: () => connections.sketches(),
        get: (provider, name) => connections.get(provider, name),
        client: (provider, id) => connections.client(provider, id),
        version,
      },
      credentials: await broker.credentialSource(version),
      warn: form.warn,
      begin: (program, providers) =>
        runs?.add({
          ...{ id, program, profile, providers: [...providers] },
          folder: broker.runtime.workingFolder?.() ?? "",
          since: broker.clock.now(),
          sandbox: form.sandbox !== undefined,
          readOnly: request.readOnly ?? false,
        }) ?? (() => {}),
      ...defined({
        troubles,
        person: personFiles(broker),
        agentLogins: agentLogins(broker, form.warn),
      }),
    });
  } finally {
    broker.audit.run = before;
  }
}

/** 64 random bits. */
function randomHex(): string {
  return hex(crypto.getRandomValues(new Uint8Array(8)));
}

/** What keeps agents' own logins in step, loaded where a run has one. */
function agentLogins(
  { runtime, connections, clock }: Broker,
  warn: (message: string) => void,
): RunContext["agentLogins"] {
  if (!runtime.loginFiles) return undefined;
  return {
    async inStep(provider, connection) {
      const [{ runKeeper }, files] = await Promise.all([
        import("../connection/agents/run_keeper.ts"),
        runtime.loginFiles!(),
      ]);
      const keeper = runKeeper({ connections, files, clock, warn });
      return await keeper.inStep(provider, connection);
    },
  };
}

/**
 * Says what would take part if {@linkcode runCommand} ran; nothing is started.
 *
 * @throws {AuthsomeError} as a run does before its command starts.
 */
export async function dryRunCommand(
  broker: Broker,
  request: RunRequest,
  warn: (message: string) => void,
  sandboxed = false,
): Promise<DryRun> {
  const { dryRun } = await import("../run/dry_run.ts");
  const { profile, env, registry, connections, preferences } = broker;
  return await dryRun(request, {
    ...{ profile, env, registry, connections, preferences, warn },
    ...defined({ person: personFiles(broker) }),
  }, sandboxed);
}

/** The person's own settings that a run overrides, for a person to read. */
export async function overriddenSettings(
  broker: Broker,
): Promise<PersonSettings[]> {
  const person = personFiles(broker);
  if (!person) return [];
  const { personSettings } = await import(
    "../run/overrides/person_settings.ts"
  );
  return personSettings(broker.env.toObject(), person, true);
}

function personFiles({ runtime }: Broker): PersonFiles | undefined {
  const { personFile: read, workingFolder } = runtime;
  return read && workingFolder ? { working: workingFolder(), read } : undefined;
}
