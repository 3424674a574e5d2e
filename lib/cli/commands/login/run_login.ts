/** What `login` does with its flags. @module */
import { logIn } from "../../../broker/log_in.ts";
import {
  type Connection,
  type Credential,
  statusOf,
} from "../../../connection/connection.ts";
import { AuthsomeError } from "../../../errors.ts";
import { deadline, LOGIN_SECONDS } from "../../../login/deadline.ts";
import type { ReachOptions } from "../../../ports/conversation.ts";
import { scopeDifference } from "../../../oauth/scope.ts";
import type { LoginFlags } from "./login_flags.ts";
import type { CliContext } from "../../kit/command_context.ts";
import type { Terminal } from "../../../ports/command_line.ts";
import { BackgroundLogin, detach } from "./detached_login.ts";
import { rfc3339 } from "../../kit/time.ts";
import { defined } from "../../../object.ts";
import { counted } from "../../../text.ts";

/** Runs a login: the flags' meaning, the ways to reach the person, the last line. */
export async function runLogin(
  context: CliContext,
  provider: string | undefined,
  flags: LoginFlags,
  /** Whether the easier ways were offered already. */
  offered = false,
): Promise<void> {
  if (flags.cancel !== undefined) return await cancel(context, provider, flags);
  if (flags.resume !== undefined) return await resume(context, provider, flags);
  if (provider === undefined) return await runPicked(context, flags);
  if (flags.detach) return await detach(context, provider, flags);
  const { output, machine: { terminal } } = context;
  const broker = await context.broker();
  const background = await BackgroundLogin.open(
    context,
    broker,
    provider,
    flags.connection,
  );
  const interactive = terminal.stdinIsTTY && terminal.stderrIsTTY;
  if (interactive && !flags.stdin && !offered) {
    await sayEasierWays(context, provider, flags);
  }
  let warned = false;
  const reach: ReachOptions = {
    interactive,
    // Who gives a time knows that it waits, and a login in the background is followed.
    unattended: flags.timeout === undefined && !background,
    ...defined({ force: flags.force }),
    say: (message) => output.say(message),
    tell: (message) => output.ask(`${message}\n`),
    onUrl: ({ seconds = flags.timeout ?? LOGIN_SECONDS }) => {
      if (warned) return;
      warned = true;
      output.say(
        waiting(interactive || flags.stdin === true, waitsUntil(seconds)),
      );
    },
  };
  if (flags.noBrowser) reach.browser = false;
  if (flags.stdin) {
    reach.stdin = () => terminal.readLine();
    reach.pastedRedirect = nextLine(terminal);
  }
  if (background) {
    reach.onUrl = (shown) => background.shown(shown);
    reach.pastedRedirect = (signal) => background.pastedRedirect(signal);
  }
  let connection: Connection;
  try {
    connection = await logIn(broker, {
      ...flags,
      provider,
      scopes: scopeList(flags.scopes),
      signal: AbortSignal.any([
        context.machine.interrupted(),
        ...background ? [background.cancelled] : [],
      ]),
      reach,
      // With --stdin too, where the conversation is silent.
      onDoubt: (message) => output.say(message),
    });
  } catch (error) {
    await background?.end(error);
    throw error;
  }
  await background?.end(connection);
  report(context, connection, flags.stdin === true);
}

/** How long this login waits from now on, and until when. */
function waitsUntil(seconds: number) {
  return { seconds, time: rfc3339(Date.now() + seconds * 1000) };
}

function waiting(
  attended: boolean,
  { seconds, time }: { seconds: number; time: string },
): string {
  return attended
    ? `This login waits until ${time} (--timeout).`
    // A program may be the caller, for which this looks as if it hung.
    : `Waiting up to ${
      counted(seconds, "second")
    } (until ${time}) for the user (--timeout). --detach returns at once; --stdin reads the secret from a pipe.`;
}

/** Asks what to log in to, and does it. */
async function runPicked(
  context: CliContext,
  flags: LoginFlags,
): Promise<void> {
  const { pickLogin } = await import("./pick_login.ts");
  const picked = await pickLogin(context, flags);
  if ("provider" in picked) {
    const chosen = { ...flags, ...picked.flags };
    return await runLogin(context, picked.provider, chosen, true);
  }
  const { runImport } = await import("../import/run_import.ts");
  await runImport(context, {}, picked.source);
}

/** Names what a person can do who has no OAuth app yet. */
async function sayEasierWays(
  context: CliContext,
  provider: string,
  flags: LoginFlags,
): Promise<void> {
  const broker = await context.broker();
  if ((await broker.connections.names(provider)).length > 0) return;
  const { easierLogins } = await import("./easier_logins.ts");
  const commands = (await easierLogins(broker, provider, flags))
    .map(({ command }) => `authsome ${command}`);
  if (commands.length === 0) return;
  context.output.say(
    `${provider} needs an OAuth app of yours. Easier: ${commands.join(", ")}`,
  );
}

/** The lines of stdin that are left, one at a call. */
function nextLine(terminal: Terminal): () => Promise<string | undefined> {
  let lines: AsyncIterator<string> | undefined;
  return async () => {
    lines ??= terminal.lines();
    const { done, value } = await lines.next();
    return done ? undefined : value;
  };
}

/** Ends logins that `--detach` started. */
async function cancel(
  context: CliContext,
  provider: string | undefined,
  { cancel: wanted = "", connection, ...others }: LoginFlags,
): Promise<void> {
  if (provider !== undefined || Object.values(others).some(Boolean)) {
    throw new AuthsomeError(
      "Usage",
      "Cannot use --cancel with a provider behind it or with other flags than --connection",
      "authsome login --cancel <provider>",
    );
  }
  const { cancelLogins } = await import("./cancel_login.ts");
  await cancelLogins(context, wanted, connection);
}

/** Follows a login that `--detach` started. */
async function resume(
  context: CliContext,
  provider: string | undefined,
  flags: LoginFlags,
): Promise<void> {
  const { resume: id = "", timeout, stdin = false, ...others } = flags;
  const other = Object.entries(others).find(([, value]) =>
    value !== undefined && value !== false
  );
  if (provider !== undefined || other) {
    throw new AuthsomeError(
      "Usage",
      "Cannot use --resume with a provider or with other flags than --timeout and --stdin: that login has already started",
      `authsome login --resume ${id}`,
    );
  }
  const { signal, release } = deadline(
    {
      interrupted: new AuthsomeError(
        "Interrupted",
        "Stopped waiting; the login continues in the background",
        `authsome login --resume ${id}`,
      ),
      late: (seconds) =>
        new AuthsomeError(
          "InputCancelled",
          `The login did not end within ${
            counted(seconds, "second")
          }; it continues in the background`,
          `authsome login --resume ${id}`,
        ),
    },
    timeout,
    context.machine.interrupted(),
  );
  try {
    const { resumeLogin } = await import("./resume_login.ts");
    const connection = await resumeLogin(context, id, { stdin, signal });
    report(context, connection, stdin);
  } finally {
    release();
  }
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
      account: connection.account,
      status: statusOf(connection, Date.now()),
      scopes: credential.type === "oauth2" ? credential.scopes : [],
      scopes_not_granted: missing.length > 0 ? missing : undefined,
      expires_at:
        credential.type === "oauth2" && credential.expiresAt !== undefined
          ? rfc3339(credential.expiresAt)
          : null,
      verified_at: connection.verifiedAt === undefined
        ? undefined
        : rfc3339(connection.verifiedAt),
    });
  } else if (!silent) {
    const { account, verifiedAt } = connection;
    output.data(
      `Connected ${connection.provider}/${connection.name}` +
        (account === undefined ? "" : ` as ${account}`),
    );
    // Where the provider names an account, that says as much.
    if (verifiedAt !== undefined && account === undefined) {
      output.say("The provider accepts this key.");
    }
  }
}

/** The flow has said so on stderr; programs read it here. */
function notGranted(credential: Credential): string[] {
  return credential.type === "oauth2"
    ? scopeDifference(credential.requestedScopes, credential.scopes).missing
    : [];
}
