/** Commands as hints, ready to be typed in a POSIX shell. @module */
import { DEFAULT_CONNECTION } from "../names.ts";
import type { Connection } from "./connection.ts";

/** ` --connection <name>`, or nothing for the connection that a command means anyway. */
export function connectionOption(name: string): string {
  return name === DEFAULT_CONNECTION ? "" : ` --connection ${quoteWord(name)}`;
}

/** A word as it can be typed in a POSIX shell. */
export function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word)
    ? word
    : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The logins that only the agent itself may make, by provider: what its person types. */
export const OWN_LOGIN_COMMANDS: Readonly<Record<string, string>> = {
  claude: "claude /login",
  codex: "codex login",
  copilot: "copilot login",
  gemini: "gemini, and choose Login with Google",
};

/** The login that puts another credential in the place of `connection`. */
export function loginAgain(
  { provider, name, credential: { type }, state }: Pick<
    Connection,
    "provider" | "name" | "credential" | "state"
  >,
  { resetClient = false }: { resetClient?: boolean } = {},
): string {
  return type === "oauth2" && ownLoginAgain(provider, name, state) ||
    `authsome login ${provider}${connectionOption(name)}${
      resetClient ? " --reset-client" : ""
    } --force`;
}

/** The same where the login is an agent's own; `undefined` if no agent is called `provider`. */
export function ownLoginAgain(
  provider: string,
  name: string,
  state: Connection["state"] = "connected",
): string | undefined {
  if (!Object.hasOwn(OWN_LOGIN_COMMANDS, provider)) return undefined;
  return `Log in with: ${
    OWN_LOGIN_COMMANDS[provider]
  }, outside of a run. Then: authsome import ${provider}${
    connectionOption(name)
  }${state === "connected" ? " --force" : ""}`;
}
