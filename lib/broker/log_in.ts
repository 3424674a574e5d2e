/** Connects an account. @module */
import type { Connection } from "../connection/connection.ts";
import { AuthsomeError } from "../errors.ts";
import { deadline, loginReasons } from "../login/deadline.ts";
import { loginCommand } from "../login/login_command.ts";
import type { ReachOptions } from "../ports/conversation.ts";
import { type Given, givenFirst } from "../login/given.ts";
import { login, type LoginOptions } from "../login/perform_login.ts";
import type { Broker } from "./broker.ts";

/** What the person asked for, and how they are reached. */
export interface LogInRequest extends LoginOptions {
  reach: ReachOptions;
  /** What the caller gives instead of being asked for it. */
  given?: Given;
  /** Seconds that the person has. Default: 600, or 1800 if they must register an app first. */
  timeout?: number;
  /** Ends the login with `Interrupted`. */
  signal?: AbortSignal;
}

/**
 * Logs in, stores the connection and returns it.
 *
 * @throws {AuthsomeError} `OperationNotAllowed` if there is no way to ask the person; `Interrupted`; `InputCancelled`
 * when the time is up; what {@linkcode login} throws.
 */
export async function logIn(
  broker: Broker,
  { reach, given, timeout, signal: interrupted, ...asked }: LogInRequest,
): Promise<Connection> {
  const { provider, connection } = asked;
  const command = loginCommand(asked);
  const conversations = await broker.runtime.conversations?.(reach);
  if (!conversations) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      `Cannot log in to ${provider}: this build cannot ask the user`,
      `authsome login ${provider}`,
      { subject: { provider } },
    );
  }
  const limit = deadline(
    loginReasons(provider, connection, command),
    timeout,
    interrupted,
    broker.clock,
  );
  try {
    return await login(
      broker,
      {
        ...asked,
        givesClient: reach.stdin !== undefined ||
          given?.clientSecret !== undefined ||
          typeof given?.apiKey === "object",
        signal: limit.signal,
        deadline: limit,
      },
      given ? givenFirst(conversations, given) : conversations,
    );
  } finally {
    limit.release();
  }
}
