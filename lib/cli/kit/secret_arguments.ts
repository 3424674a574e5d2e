/** Secrets that were typed as arguments, where the shell's history and other programs read them. @module */
import { AuthsomeError } from "../../errors.ts";
import { isPlaceholder } from "../../placeholder.ts";
import { KEY_PREFIXES } from "../../provider/secret/key_prefixes.ts";

/** Flags that no command has; who types them means to give a secret. */
const SECRET_FLAG =
  /^(?:(?:[a-z0-9]+-)*(?:api-?key|(?:api|access|auth|refresh|bearer|personal-access)-?token|(?:secret|private|access|master)-?key|(?:client|app|api)-?secret)|(?!with-)[a-z0-9]+-token|key|token|secret|bearer|pass|password|passwd|passphrase|pat|credentials?)$/;
const SECRET_NAME =
  /(?:key|token|secret|password|passwd|passphrase|pat|credentials?|auth)$/i;
const HEADER =
  /^(?:(?:proxy-)?authorization|x-[a-z-]*(?:key|token)|api-?key)\s*:\s*\S|^(?:bearer|basic)\s+\S/i;
/** Their words are a command of the person's own from some word on. */
const RUNS_OTHERS = ["run", "doctor", "completions"];
/** These take names that people choose, and files. */
const TAKES_ANY_NAME = ["set-default", "profile", "register", "provider", "key"]
  .concat(
    "explain",
    "ssh-agent",
    "mcp",
    "policy",
    "agent",
    "team",
    ...RUNS_OTHERS,
  );
const DASHES = /^--?/;

/**
 * Refuses a secret among `words`, wherever it stands.
 *
 * @throws {AuthsomeError} `Usage`, which never repeats it.
 */
export function refuseSecrets(words: readonly string[]): void {
  const [command = ""] = words;
  for (const [index, word] of words.entries()) {
    if (word === "--") return;
    const before = index > 0 ? words[index - 1]! : "";
    const follows = DASHES.test(before) && !before.includes("=");
    const found = secretIn(word, words[index + 1], {
      follows,
      anyName: TAKES_ANY_NAME.includes(command),
      position: index + 1,
    });
    if (found) throw refusal(found, command, words[1]);
    const isTheirs = RUNS_OTHERS.includes(command) && index > 0 && !follows &&
      !DASHES.test(word);
    if (isTheirs) return;
  }
}

/** What the secret in `word` is called, if it is one. */
function secretIn(
  word: string,
  next: string | undefined,
  at: { follows: boolean; anyName: boolean; position: number },
): string | undefined {
  const here = `argument ${at.position}`;
  if (DASHES.test(word)) {
    const equals = word.indexOf("=");
    const typed = equals < 0 ? word : word.slice(0, equals);
    const inline = equals < 0 ? undefined : word.slice(equals + 1);
    const value = inline ?? next;
    const isSecret = SECRET_FLAG.test(kebab(typed.replace(DASHES, "")));
    if (isSecret && value && (inline !== undefined || !DASHES.test(value))) {
      return typed;
    }
    if (inline !== undefined && looksSecret(inline)) return typed;
    // The letter of a short flag with its value.
    return looksSecret(word) || looksSecret(word.slice(2)) ? here : undefined;
  }
  if (HEADER.test(word) || looksSecret(word)) return here;
  const [, name, value] = /^(?:export\s+)?([A-Za-z_]\w*)=(.+)$/s.exec(word) ??
    [];
  if (name && value && !isPlaceholder(value)) {
    const named = SECRET_NAME.test(name) &&
      (!at.follows || name === name.toUpperCase());
    if (named || looksSecret(value)) return `${name}=…`;
  }
  return !at.follows && !at.anyName && isRandom(word) ? here : undefined;
}

/** Whether `text` is a key by its beginning or its form. */
function looksSecret(text: string): boolean {
  const bare = text.replace(/^["'`]|["'`]$/g, "");
  if (isPlaceholder(bare)) return false;
  if (/^-----BEGIN|^eyJ[\w-]{10,}\.[\w-]{10,}/.test(bare)) return true;
  const prefix = Object.keys(KEY_PREFIXES).filter((each) =>
    bare.startsWith(each)
  ).reduce((a, b) => b.length > a.length ? b : a, "");
  const rest = bare.slice(prefix.length);
  if (prefix === "" || rest.length < 8 || /\s/.test(rest)) return false;
  if (prefix.length >= 6) return true;
  // Words and numbers with dashes between them may be somebody's name for a connection.
  return rest.split(/[^A-Za-z0-9_]+/).some((run) =>
    run.length >= 20 || (run.length >= 10 && /\d/.test(run))
  );
}

/** Whether `word` is letters and digits as no name has them. */
function isRandom(word: string): boolean {
  if (isPlaceholder(word)) return false;
  return /^[0-9a-f]{32,}$/i.test(word) ||
    (/^[\w+=-]{24,}$/.test(word) && /[a-z]/.test(word) &&
      /[A-Z]/.test(word) && /\d/.test(word));
}

function refusal(
  what: string,
  command: string,
  provider: string | undefined,
): AuthsomeError {
  const name = command === "login" && /^[a-z][a-z0-9-]{0,40}$/.test(
      provider ?? "",
    ) &&
      !looksSecret(provider!) && !isRandom(provider!)
    ? provider
    : "<provider>";
  return new AuthsomeError(
    "Usage",
    `Cannot take a secret as an argument (${what}); it is in your shell's history now: revoke it`,
    `Make a new one at the provider. authsome login ${name} asks for it, or reads it with --stdin`,
  );
}

/** `apiKey` and `api_key` as `api-key`. */
function kebab(name: string): string {
  return name.replaceAll("_", "-").replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase();
}
