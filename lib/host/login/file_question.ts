/** Asks on the terminal for a secret that is a file: by its path, since many lines cannot be pasted into one. @module */
import type { ProviderDefinition } from "../../provider/definition.ts";
import { displayName } from "../../provider/display_name.ts";
import {
  fieldLabel,
  isOptional,
  readSecret,
} from "../../provider/secret_input.ts";
import type { Secret } from "../../secret.ts";
import type * as Prompt from "./prompt.ts";

/** Longest file that is read, in bytes: no secret is longer. */
const MAX_BYTES = 65_536;

/** The text of the file that the person names; `undefined` if there is none and none is needed. */
export async function askFile(
  { askLine }: Pick<typeof Prompt, "askLine">,
  definition: ProviderDefinition,
  field: string,
  signal: AbortSignal,
): Promise<Secret | undefined> {
  const optional = isOptional(definition, field);
  let read: Secret | undefined;
  await askLine({
    message: `Path of the file with the ${fieldLabel(field)} of ${
      displayName(definition)
    }${optional ? " (press Enter if there is none)" : ""}`,
    check(answer) {
      read = undefined;
      const path = answer.trim().replace(/^(["'])(.*)\1$/, "$2");
      if (path === "") return optional ? undefined : "Give the path of a file";
      const text = textOf(path);
      if (text === undefined) return "There is no such file that can be read";
      const input = readSecret(definition, field, text);
      if ("problem" in input) return input.problem;
      read = input.secret;
    },
    signal,
  });
  return read;
}

function textOf(path: string): string | undefined {
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE") ?? "~";
  try {
    const whole = path.replace(/^~(?=[\\/])/, home);
    const { isFile, size } = Deno.statSync(whole);
    return isFile && size <= MAX_BYTES
      ? Deno.readTextFileSync(whole)
      : undefined;
  } catch {
    return undefined;
  }
}
