/** `login --detach`: the process that returns at once, and the one in the background that finishes. @module */
import type { Broker } from "../../../broker/broker.ts";
import type { Connection } from "../../../connection/connection.ts";
import { quoteWord } from "../../../connection/hint.ts";
import { DEFAULT_CONNECTION } from "../../../names.ts";
import { AuthsomeError } from "../../../errors.ts";
import type { ShownAddress } from "../../../ports/conversation.ts";
import {
  type PendingLogin,
  type PendingLogins,
  SIGN_OF_LIFE_MS,
} from "../../../login/pending_login.ts";
import type { LoginFlags } from "./login_flags.ts";
import { defined, isObject } from "../../../object.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { ClosedOutput } from "../../../ports/command_line.ts";
import { kebab } from "../../kit/define_command.ts";

/** Set in the process that `--detach` starts: the id of its login. */
const BACKGROUND = "AUTHSOME_LOGIN_ID";
/** How long the address is waited for, in milliseconds. */
const ADDRESS_TIMEOUT_MS = 8000;
/** Time between two looks for a pasted redirect, in milliseconds. */
const POLL_MS = 1000;

/**
 * Starts the same login in the background, prints the address that the person must open as JSON, and returns. What
 * fails before there is an address fails here.
 */
export async function detach(
  context: CliContext,
  provider: string,
  flags: LoginFlags,
): Promise<void> {
  const { output } = context;
  if (flags.stdin) {
    throw new AuthsomeError(
      "Usage",
      "Cannot use --detach with --stdin: a login that reads its secret from stdin does not wait for anyone",
      `authsome login ${quoteWord(provider)} --stdin`,
    );
  }
  const broker = await context.broker();
  const { runtime, profile } = broker;
  if (!runtime.startInBackground) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      "Cannot detach: this build cannot start a process in the background",
      `authsome login ${quoteWord(provider)}`,
    );
  }
  await (await broker.pendingLogins()).forgetOld();
  const id = crypto.randomUUID();
  const started = runtime.startInBackground([
    "login",
    provider,
    "--json",
    "--profile",
    profile,
    ...asTyped({ ...flags, detach: undefined }),
  ], { [BACKGROUND]: id });
  const answer = await Promise.race([
    started,
    context.machine.sleep(ADDRESS_TIMEOUT_MS).then(() => undefined),
  ]);
  if (answer) {
    output.raw(`${answer.text.trim()}\n`);
    context.exitCode = answer.exitCode ?? 0;
    return;
  }
  // It waits for a slow server, or for another login to leave the port.
  output.json({
    provider,
    connection_name: flags.connection ?? DEFAULT_CONNECTION,
    status: "pending",
    url: null,
    login_id: id,
    hint: `authsome login --resume ${id}`,
  });
}

/** The words that give `flags`. */
function asTyped(flags: LoginFlags): string[] {
  return Object.entries(flags).flatMap(([name, value]) => {
    if (value === undefined || value === false) return [];
    const flag = `--${kebab(name)}`;
    return value === true
      ? [flag]
      : [value].flat().flatMap((each) => [flag, String(each)]);
  });
}

/** What the process in the background reports: to the one that started it, and to those that resume it. */
export class BackgroundLogin {
  readonly #context: CliContext;
  readonly #logins: PendingLogins;
  #login: Omit<PendingLogin, "updatedAt">;
  #announced = false;
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  readonly #cancelled = new AbortController();
  /** Records are written in turn. */
  #written: Promise<void>;

  private constructor(
    context: CliContext,
    logins: PendingLogins,
    login: Omit<PendingLogin, "updatedAt">,
  ) {
    this.#context = context;
    this.#logins = logins;
    this.#login = login;
    this.#written = logins.put(login);
  }

  /** The login of this process, or `undefined` if it was not started in the background. */
  static async open(
    context: CliContext,
    broker: Broker,
    provider: string,
    connection: string = DEFAULT_CONNECTION,
  ): Promise<BackgroundLogin | undefined> {
    const id = context.machine.env.get(BACKGROUND);
    if (!id) return undefined;
    const background = new BackgroundLogin(
      context,
      await broker.pendingLogins(),
      { id, provider, connection, status: "pending" },
    );
    // Whoever is given the id must find the record.
    await background.#written;
    background.#timers.push(
      setInterval(() => background.#write({}), SIGN_OF_LIFE_MS),
      setInterval(() => void background.#look(), POLL_MS),
    );
    return background;
  }

  /** Aborts when the person cancels the login from elsewhere. */
  get cancelled(): AbortSignal {
    return this.#cancelled.signal;
  }

  async #look(): Promise<void> {
    try {
      if (await this.#logins.isCancelled(this.#login.id)) {
        this.#cancelled.abort();
      }
    } catch { /* The next look may succeed. */ }
  }

  /** Tells where the person has to go. */
  shown({ url, userCode, provider, connection }: ShownAddress): void {
    this.#write({
      url,
      ...defined({ userCode }),
    });
    // Nobody reads the output any more after the first.
    if (this.#announced) return;
    this.#announced = true;
    const { id } = this.#login;
    const { output } = this.#context;
    try {
      output.json({
        provider,
        connection_name: connection,
        status: "pending",
        url,
        ...defined({ user_code: userCode }),
        login_id: id,
        hint: `authsome login --resume ${id}`,
      });
      // The empty line ends the output for the process that waits.
      output.raw("\n");
    } catch (error) {
      // It did not wait so long; --resume reads the record.
      if (!(error instanceof ClosedOutput)) throw error;
    }
  }

  /** The next answer that the person left with `login --resume`. */
  async pastedRedirect(signal: AbortSignal): Promise<string | undefined> {
    while (!signal.aborted) {
      const text = await this.#logins.take(this.#login.id);
      if (text !== undefined) return text;
      await this.#context.machine.sleep(POLL_MS, signal);
    }
    return undefined;
  }

  /** Tells how it ended. */
  async end(outcome: Connection | unknown): Promise<void> {
    this.#timers.forEach((timer) => clearInterval(timer));
    if (isConnection(outcome)) {
      const { provider, name } = outcome;
      this.#write({ provider, connection: name, status: "connected" });
    } else {
      const { code, message, hint } = this.#cancelled.signal.aborted
        ? new AuthsomeError(
          "InputCancelled",
          `The login to ${this.#login.provider} was cancelled`,
        )
        : outcome instanceof AuthsomeError
        ? outcome
        : new AuthsomeError("Unexpected", "The login failed unexpectedly");
      this.#write({ status: "failed", error: { code, message, hint } });
    }
    await this.#written;
  }

  #write(change: Partial<PendingLogin>): void {
    const login = this.#login = { ...this.#login, ...change };
    this.#written = this.#written.then(() => this.#logins.put(login));
    // A record that cannot be written is said at the end.
    this.#written.catch(() => {});
  }
}

function isConnection(outcome: unknown): outcome is Connection {
  return isObject(outcome) && "credential" in outcome;
}
