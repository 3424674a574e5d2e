/** Hints of a login by URL, whose provider may not be there yet. @module */
import { quoteWord } from "../../connection/hint.ts";
import { AuthsomeError } from "../../errors.ts";
import { isUrl, type NamedProviders } from "../named_provider.ts";

const NAMING =
  /\bauthsome (login|inspect|get|logout|revoke|remove|override|export) ([a-z0-9][a-z0-9_-]*)(?=$|[\s,;.)])/;

/**
 * `error` with a hint that can be followed: one that names a provider which is not there names what `instead` says, a
 * command that was typed (`login`) or where the server is.
 *
 * @param isThere whether there is a provider of that name.
 */
export async function followable(
  error: unknown,
  isThere: (name: string) => Promise<boolean>,
  instead: { url: string; command: string },
): Promise<unknown> {
  if (!(error instanceof AuthsomeError)) return error;
  const [named, command, name = ""] = NAMING.exec(error.hint) ?? [];
  if (named === undefined || await isThere(name)) return error;
  const hint = command === "login"
    ? error.hint.replaceAll(named, instead.command)
    : `Tell who runs ${
      new URL(instead.url).host
    }; then again: ${instead.command}`;
  return Object.assign(error, { hint });
}

/** {@linkcode followable} for a login to `named`, if that is a URL. */
export async function followableLogin(
  error: unknown,
  named: string,
  registry: Pick<NamedProviders, "get">,
): Promise<unknown> {
  if (!isUrl(named) || !URL.canParse(named)) return error;
  return await followable(
    error,
    (name) => registry.get(name).then(() => true, () => false),
    { url: named, command: `authsome login ${quoteWord(named)}` },
  );
}
