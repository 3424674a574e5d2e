/** `login --resume <id>`: follows a login in the background to its end, and carries an answer to it. @module */
import type { Connection } from "../../../connection/connection.ts";
import { AuthsomeError } from "../../../errors.ts";
import { readPastedCallback } from "../../../login/pasted_callback.ts";
import type {
  PendingLogin,
  PendingLogins,
} from "../../../login/pending_login.ts";
import { quoted } from "../../../text.ts";
import type { CliContext } from "../../kit/command_context.ts";

/** Time between two looks at the login, in milliseconds. */
const LOOK_MS = 500;

/**
 * Waits until the login has ended. Lines that are typed, or come by `--stdin`, are taken for the address that the
 * person's browser ended at.
 *
 * @param signal ends the waiting with its reason; the login goes on.
 * @returns the connection that it made.
 * @throws {AuthsomeError} `Usage` if there is no such login; the error that the login ended with.
 */
export async function resumeLogin(
  context: CliContext,
  id: string,
  options: { stdin: boolean; signal: AbortSignal },
): Promise<Connection> {
  const { machine, output } = context;
  const broker = await context.broker();
  const logins = await broker.pendingLogins();
  const { stdinIsTTY, stderrIsTTY } = machine.terminal;
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  let reading = false;
  let shown = "";
  for (;;) {
    const login = await logins.get(id);
    if (!login) throw unknown(id);
    if (login.status === "connected") {
      return await broker.connections.get(login.provider, login.connection);
    }
    if (login.status === "failed") {
      const { code, message, hint } = login.error!;
      throw new AuthsomeError(code, message, hint);
    }
    const place = whereTo(login);
    if (place !== shown) output.ask(`${shown = place}\n`);
    if (!reading && (options.stdin || (stdinIsTTY && stderrIsTTY))) {
      reading = true;
      if (!options.stdin) {
        output.say(
          "If the browser ends on a page that cannot be reached, paste the address of that page here.",
        );
      }
      carry(context, logins, id).then((over) => {
        // A pipe ends with its last line; a person at a terminal stops waiting with Ctrl-D.
        if (over && !options.stdin) ended.abort(stopped(id));
      });
    }
    await machine.sleep(LOOK_MS, signal);
    signal.throwIfAborted();
  }
}

/** Carries lines to the login; whether the input has ended. */
async function carry(
  { machine, output }: CliContext,
  logins: PendingLogins,
  id: string,
): Promise<boolean> {
  try {
    for await (const line of machine.terminal.lines()) {
      if (line.trim() === "") continue;
      const url = (await logins.get(id))?.url;
      // The login in the background reports a wrong one where nobody looks.
      if (url && !belongs(line, new URL(url))) {
        output.ask("That is not the address of this login. Paste it whole.\n");
      } else await logins.bring(id, line.trim());
    }
    return true;
  } catch {
    // What is no text brings nothing; the login is followed all the same.
    return false;
  }
}

function belongs(line: string, url: URL): boolean {
  const callback = readPastedCallback(line, url);
  const state = url.searchParams.get("state");
  return callback !== undefined &&
    (state === null || callback.get("state") === state);
}

function stopped(id: string): AuthsomeError {
  return new AuthsomeError(
    "InputCancelled",
    "Stopped waiting; the login continues in the background",
    `authsome login --resume ${id}`,
  );
}

function whereTo({ provider, url, userCode }: PendingLogin): string {
  if (!url) return `Waiting for the login to ${provider}.`;
  return userCode
    ? `Visit ${url} and enter the code ${userCode} to log in to ${provider}`
    : `Open this page to log in to ${provider}:\n  ${url}`;
}

function unknown(id: string): AuthsomeError {
  return new AuthsomeError(
    "Usage",
    `There is no login ${quoted(id, 40)} in this profile`,
    "Start one: authsome login <provider> --detach",
    { subject: { field: "resume" } },
  );
}
