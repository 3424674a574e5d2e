/** References to secrets that stay in their manager, as texts. @module */
import { AuthsomeError } from "../../errors.ts";
import { quoted } from "../../text.ts";
import { bitwarden, keychain, onePassword, pass } from "./desktop_managers.ts";
import { command, programOf, variable } from "./local_managers.ts";
import type { Manager, Reference } from "./manager.ts";
import {
  awsSecretsManager,
  azureKeyVault,
  doppler,
  googleSecretManager,
  infisical,
  vault,
} from "./server_managers.ts";

/** Every scheme with its manager. */
export const MANAGERS: Readonly<Record<string, Manager>> = {
  op: onePassword,
  bw: bitwarden,
  vault,
  "aws-sm": awsSecretsManager,
  "gcp-sm": googleSecretManager,
  "azure-kv": azureKeyVault,
  keychain,
  pass,
  infisical,
  doppler,
  env: variable,
  cmd: command,
};

/** Schemes that a file may name too. A file must not make authsome start a command, nor copy one variable to another. */
const IN_FILES = Object.keys(MANAGERS).filter((scheme) =>
  scheme !== "cmd" && scheme !== "env"
);

const MAX_LENGTH = 2000;
// deno-lint-ignore no-control-regex
const CONTROL = /[\0-\x1f\x7f-\x9f\u2028\u2029]/;

/**
 * Reads a reference.
 *
 * @throws {AuthsomeError} `Usage` if it is none.
 */
export function parseReference(text: string): Reference {
  const [, scheme = ""] = /^([a-z][a-z0-9-]*):/.exec(text) ?? [];
  const manager = managerOf(scheme);
  if (!manager) {
    throw wrong(
      // What is no reference at all may be the secret itself.
      !/^[a-z-]{1,12}$/.test(scheme)
        ? "Cannot read a reference: it begins with no scheme of this authsome"
        : `Cannot read a reference: ${
          quoted(scheme, 20)
        } is no scheme of this authsome`,
      `Write one of: ${
        Object.keys(MANAGERS).map((each) => `${each}:`).join(" ")
      }`,
    );
  }
  const rest = text.slice(scheme.length + 1);
  const at = manager.key ? rest.lastIndexOf("#") : -1;
  const place = at < 0 ? rest : rest.slice(0, at);
  const key = at < 0 ? undefined : rest.slice(at + 1);
  if (
    text.length > MAX_LENGTH || CONTROL.test(text) ||
    !manager.place.test(place) ||
    key !== undefined && !manager.key!.test(key) ||
    place.startsWith("-")
  ) {
    throw wrong(
      `Cannot read a reference to ${inSentence(manager.title)}`,
      `It looks like ${manager.form}`,
    );
  }
  return { scheme, text, place, ...key === undefined ? {} : { key } };
}

/** The manager of a scheme, or `undefined`. */
export function managerOf(scheme: string): Manager | undefined {
  return Object.hasOwn(MANAGERS, scheme) ? MANAGERS[scheme] : undefined;
}

/** The reference in the value of a variable of a file, or `undefined` if it is none that a file may name. */
export function referenceInFile(text: string): string | undefined {
  if (!IN_FILES.some((scheme) => text.startsWith(`${scheme}:`))) {
    return undefined;
  }
  try {
    return parseReference(text).text;
  } catch {
    return undefined;
  }
}

/** A reference as it is shown: of a command, only its program. */
export function shownReference(text: string): string {
  if (!text.startsWith("cmd:")) return printable(text);
  try {
    return `cmd:${printable(programOf(parseReference(text)))}`;
  } catch {
    return "cmd:";
  }
}

/** References by field, as they are shown. */
export function shownReferences(
  references: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(references).map(([field, text]) => [
      field,
      shownReference(text),
    ]),
  );
}

/** What a field is, and where it is: `api_key=op://…`, or the reference alone. */
export function parseFrom(text: string): { field?: string; text: string } {
  const [, field, rest] = /^([a-z][a-z0-9_]*)=(.*)$/s.exec(text) ?? [];
  return field === undefined ? { text } : { field, text: rest! };
}

/** A title within a sentence. */
export function inSentence(title: string): string {
  return title.replace(/^The /, "the ");
}

/** Of a record, where anything may stand. */
function printable(text: string): string {
  return text.replaceAll(new RegExp(CONTROL, "g"), "?").slice(0, 200);
}

function wrong(message: string, hint: string): AuthsomeError {
  return new AuthsomeError("Usage", message, hint, {
    subject: { field: "from" },
  });
}
