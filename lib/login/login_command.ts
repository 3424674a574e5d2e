/** The command that starts a login once more. @module */
import { connectionOption, quoteWord } from "../connection/hint.ts";
import { DEFAULT_CONNECTION } from "../names.ts";

/** What was asked for, as in `LoginOptions`. */
export interface AskedLogin {
  provider: string;
  connection?: string;
  flow?: string;
  scopes?: readonly string[];
  baseUrl?: string;
  clientId?: string;
  resetClient?: boolean;
  force?: boolean;
}

/** `authsome login …` with the flags that `asked` stands for, as it can be typed in a POSIX shell. */
export function loginCommand(asked: AskedLogin): string {
  const options = Object.entries({
    flow: asked.flow,
    scopes: asked.scopes?.join(","),
    "base-url": asked.baseUrl,
    "client-id": asked.clientId,
  }).map(([name, value]) =>
    value === undefined ? "" : ` --${name} ${quoteWord(value)}`
  );
  return [
    `authsome login ${quoteWord(asked.provider)}`,
    connectionOption(asked.connection ?? DEFAULT_CONNECTION),
    ...options,
    asked.resetClient ? " --reset-client" : "",
    asked.force ? " --force" : "",
  ].join("");
}
