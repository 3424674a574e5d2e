/** What `login` does with its flags. @module */
import {
  type Connection,
  type Credential,
  DEFAULT_CONNECTION,
  statusOf,
} from "../connection/connection.ts";
import { AuthsomeError } from "../errors.ts";
import { login } from "../flow/login.ts";
import { scopeDifference } from "../oauth/scope.ts";
import type { LoginFlags } from "./commands/login.ts";
import type { CliContext } from "./context.ts";
import { rfc3339 } from "./time.ts";

/** Seconds that a person has to log in: 10 minutes. */
const TIMEOUT = 600;
/** Set in the process that `--detach` starts: the id of its login. */
const BACKGROUND = "AUTHSOME_LOGIN_ID";

/** Runs a login: the flags' meaning, the ways to reach the person, the last line. */
export async function runLogin(
  context: CliContext,
  provider: string,
  flags: LoginFlags,
): Promise<void> {
  const { output, machine } = context;
  const { terminal } = machine;
  const broker = await context.broker();
  if (flags.detach) return await detach(context, provider, flags);
  const background = machine.env.get(BACKGROUND);
  const conversations = await broker.runtime.conversations?.({
    interactive: terminal.stdinIsTTY && terminal.stderrIsTTY,
    ...(flags.noBrowser ? { browser: false } : {}),
    ...(flags.stdin ? { stdin: () => terminal.readLine() } : {}),
    say: (message) => output.say(message),
    tell: (message) => output.ask(`${message}\n`),
    // The empty line tells the process that waits that this is all it gets.
    ...(background
      ? {
        onUrl: (url) => {
          output.json({
            provider,
            connection_name: flags.connection ?? DEFAULT_CONNECTION,
            status: "pending",
            url,
            login_id: background,
          });
          output.raw("\n");
        },
      }
      : {}),
  });
  if (!conversations) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      `Cannot log in to ${provider}: this build has no way to ask you`,
      "",
      { subject: { provider } },
    );
  }
  const { signal, release } = deadline(context, provider, flags.timeout);
  let connection: Connection;
  try {
    connection = await login(broker, {
      provider,
      connection: flags.connection,
      flow: flags.flow,
      scopes: scopeList(flags.scopes),
      baseUrl: flags.baseUrl,
      clientId: flags.clientId,
      resetClient: flags.resetClient,
      force: flags.force,
      signal,
    }, conversations);
  } finally {
    release();
  }
  report(context, connection, flags.stdin === true);
}

/**
 * Starts the same login in the background, prints the address that the person must open as JSON, and returns. What
 * fails before there is an address fails here.
 */
async function detach(
  context: CliContext,
  provider: string,
  flags: LoginFlags,
): Promise<void> {
  const { output } = context;
  if (flags.stdin) {
    throw new AuthsomeError(
      "Usage",
      "Cannot use --detach with --stdin: a login with a secret at hand needs nobody to wait for",
      `authsome login ${provider} --stdin`,
    );
  }
  const { runtime, profile } = await context.broker();
  if (!runtime.startInBackground) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      "Cannot detach: this build cannot start a process in the background",
      `authsome login ${provider}`,
    );
  }
  const values = {
    "--profile": profile,
    "--connection": flags.connection,
    "--flow": flags.flow,
    "--scopes": flags.scopes,
    "--base-url": flags.baseUrl,
    "--client-id": flags.clientId,
    "--timeout": flags.timeout?.toString(),
  };
  const switches = {
    "--reset-client": flags.resetClient,
    "--force": flags.force,
    "--no-browser": flags.noBrowser,
  };
  const { text, exitCode } = await runtime.startInBackground([
    "login",
    provider,
    "--json",
    ...Object.entries(values).flatMap(([name, value]) =>
      value === undefined ? [] : [name, value]
    ),
    ...Object.entries(switches).flatMap(([name, on]) => on ? [name] : []),
  ], { [BACKGROUND]: crypto.randomUUID() });
  output.raw(`${text.trim()}\n`);
  context.exitCode = exitCode ?? 0;
}

/** Aborts at Ctrl-C and when the time is up, with the error that says which. */
function deadline(
  context: CliContext,
  provider: string,
  seconds: number = TIMEOUT,
): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const interrupted = context.machine.interrupted();
  const stop = () =>
    controller.abort(
      new AuthsomeError(
        "Interrupted",
        `Login to ${provider} was interrupted; nothing was changed`,
      ),
    );
  interrupted.addEventListener("abort", stop, { once: true });
  if (interrupted.aborted) stop();
  const timer = setTimeout(
    () =>
      controller.abort(
        new AuthsomeError(
          "InputCancelled",
          `Cannot log in to ${provider}: nobody answered within ${seconds} seconds`,
          `authsome login ${provider} --timeout ${
            Math.min(seconds * 3, 86_400)
          }`,
          { subject: { provider } },
        ),
      ),
    seconds * 1000,
  );
  return {
    signal: controller.signal,
    release() {
      clearTimeout(timer);
      interrupted.removeEventListener("abort", stop);
    },
  };
}

/** Scopes as typed: by comma or space. */
function scopeList(text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  const scopes = text.split(/[\s,]+/).filter(Boolean);
  if (scopes.length > 0) return scopes;
  throw new AuthsomeError(
    "Usage",
    "--scopes names no scope",
    "Write --scopes read,write",
    { subject: { field: "scopes" } },
  );
}

function report(
  context: CliContext,
  connection: Connection,
  silent: boolean,
): void {
  const { output } = context;
  const { credential } = connection;
  const missing = notGranted(credential);
  if (output.asJson) {
    output.json({
      provider: connection.provider,
      connection_name: connection.name,
      auth_type: credential.type,
      status: statusOf(connection, Date.now()),
      scopes: credential.type === "oauth2" ? credential.scopes : [],
      ...(missing.length > 0 ? { scopes_not_granted: missing } : {}),
      expires_at:
        credential.type === "oauth2" && credential.expiresAt !== undefined
          ? rfc3339(credential.expiresAt)
          : null,
    });
  } else if (!silent) {
    output.data(`Connected ${connection.provider}/${connection.name}`);
  }
}

/** The flow has said so on stderr; programs read it here. */
function notGranted(credential: Credential): string[] {
  return credential.type === "oauth2"
    ? scopeDifference(credential.requestedScopes, credential.scopes).missing
    : [];
}
