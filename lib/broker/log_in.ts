/** Connects an account. @module */
import type { Connection } from "../connection/connection.ts";
import { AuthsomeError } from "../errors.ts";
import { deadline, loginReasons } from "../login/deadline.ts";
import { loginCommand } from "../login/login_command.ts";
import { defined } from "../object.ts";
import type { Conversations, ReachOptions } from "../ports/conversation.ts";
import { type Given, givenFirst } from "../login/given.ts";
import { login, type LoginOptions } from "../login/perform_login.ts";
import type { Broker } from "./broker.ts";

/** What the person asked for, and how they are reached. */
export interface LogInRequest extends LoginOptions {
  reach: ReachOptions;
  /** What the caller gives instead of being asked for it. */
  given?: Given;
  /** Where secrets are that stay in their manager: `op://vault/item/field`, or `<field>=<reference>`. */
  from?: readonly string[];
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
  { reach, given, from, timeout, signal: interrupted, ...asked }: LogInRequest,
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
    const referenced = from && await byReference(broker, asked, from, reach);
    return await login(
      broker,
      {
        ...asked,
        ...defined({
          references: referenced?.references,
          clientReferences: referenced?.clientReferences,
        }),
        givesClient: reach.stdin !== undefined ||
          given?.clientSecret !== undefined ||
          typeof given?.apiKey === "object",
        signal: limit.signal,
        deadline: limit,
      },
      referenced
        ? referenced.first(conversations)
        : given
        ? givenFirst(conversations, given)
        : conversations,
      referenced?.load,
    );
  } finally {
    limit.release();
  }
}

/** Reads what `from` refers to; loaded for such logins alone. */
async function byReference(
  broker: Broker,
  { provider: name, force, clientId, onDoubt }: LoginOptions,
  from: readonly string[],
  { say }: ReachOptions,
) {
  const [module, { definition }, reader] = await Promise.all([
    import("../login/referenced/referenced_login.ts"),
    broker.registry.get(name),
    broker.references(),
  ]);
  const referenced = await module.readReferenced(reader, definition, from);
  const warning = await module.unwritable(reader, referenced);
  if (warning) say(warning);
  const options = defined({ force, warn: onDoubt });
  const { references, clientReferences } = referenced;
  const named = defined({ clientId });
  return {
    references,
    ...Object.keys(clientReferences).length > 0 ? { clientReferences } : {},
    first: (conversations: Conversations) =>
      module.referencedFirst(conversations, referenced, options, named),
    load: module.givesTokens(definition, referenced)
      ? async () => {
        const { referencedTokens } = await import(
          "../login/referenced/referenced_tokens.ts"
        );
        return referencedTokens(
          referenced,
          (connection, issued) => reader.written(connection, issued),
        );
      }
      : undefined,
  };
}
