/**
 * Which environment variables a definition may claim. A variable that a program reads as a command, a path or an option
 * would let the author of a definition run code by way of `export`, so names are allowed by their shape.
 *
 * @module
 */

/** Variables of every session, which nearly every program needs as they are, and in which no person keeps a secret. */
export const SESSION_VARIABLES = [
  "PATH",
  "HOME",
  "SHELL",
  "USER",
  "LOGNAME",
  "TERM",
  "PWD",
  "OLDPWD",
  "LANG",
  "TMPDIR",
];

/** Variables of the system, the shell, the loader and runtimes, one by one: `NODE_AUTH_TOKEN` is a token. */
const SYSTEM = new Set([
  ...SESSION_VARIABLES,
  "IFS",
  "ENV",
  "BASH_ENV",
  // ld.so(8)
  "LD_ASSUME_KERNEL",
  "LD_AUDIT",
  "LD_BIND_NOT",
  "LD_BIND_NOW",
  "LD_DEBUG",
  "LD_DEBUG_OUTPUT",
  "LD_DYNAMIC_WEAK",
  "LD_HWCAP_MASK",
  "LD_LIBRARY_PATH",
  "LD_ORIGIN_PATH",
  "LD_POINTER_GUARD",
  "LD_PREFER_MAP_32BIT_EXEC",
  "LD_PRELOAD",
  "LD_PROFILE",
  "LD_PROFILE_OUTPUT",
  "LD_SHOW_AUXV",
  "LD_TRACE_LOADED_OBJECTS",
  "LD_USE_LOAD_BIAS",
  "LD_VERBOSE",
  "LD_WARN",
  // dyld(1)
  "DYLD_FALLBACK_FRAMEWORK_PATH",
  "DYLD_FALLBACK_LIBRARY_PATH",
  "DYLD_FORCE_FLAT_NAMESPACE",
  "DYLD_FRAMEWORK_PATH",
  "DYLD_IMAGE_SUFFIX",
  "DYLD_INSERT_LIBRARIES",
  "DYLD_LIBRARY_PATH",
  "DYLD_PRINT_LIBRARIES",
  "DYLD_PRINT_TO_FILE",
  "DYLD_ROOT_PATH",
  "DYLD_SHARED_REGION",
  "DYLD_VERSIONED_FRAMEWORK_PATH",
  "DYLD_VERSIONED_LIBRARY_PATH",
  // node(1), deno(1), python(1)
  "NODE_COMPILE_CACHE",
  "NODE_DEBUG",
  "NODE_DEBUG_NATIVE",
  "NODE_DISABLE_COLORS",
  "NODE_ENV",
  "NODE_EXTRA_CA_CERTS",
  "NODE_ICU_DATA",
  "NODE_NO_WARNINGS",
  "NODE_OPTIONS",
  "NODE_PATH",
  "NODE_PENDING_DEPRECATION",
  "NODE_PRESERVE_SYMLINKS",
  "NODE_REDIRECT_WARNINGS",
  "NODE_REPL_EXTERNAL_MODULE",
  "NODE_REPL_HISTORY",
  "NODE_SKIP_PLATFORM_CHECK",
  "NODE_TLS_REJECT_UNAUTHORIZED",
  "NODE_USE_ENV_PROXY",
  "NODE_USE_SYSTEM_CA",
  "NODE_V8_COVERAGE",
  "DENO_DIR",
  "PYTHONHOME",
  "PYTHONPATH",
  "PYTHONSTARTUP",
  // java(1)
  "JAVA_TOOL_OPTIONS",
  "JDK_JAVA_OPTIONS",
  "_JAVA_OPTIONS",
]);

/** Last words of names that hold a secret. */
const SECRET = new Set([
  "ACCESSTOKEN",
  "APIKEY",
  "APITOKEN",
  "AUTH",
  "AUTHTOKEN",
  "BEARER",
  "CREDENTIAL",
  "CREDENTIALS",
  "JWT",
  "KEY",
  "PASSPHRASE",
  "PASSWD",
  "PASSWORD",
  "PAT",
  "SECRET",
  "TOKEN",
]);

/** Last words of names that say whose it is, where the provider's own name comes first. */
const OWNER = new Set([
  "ACCOUNT",
  "CID",
  "EMAIL",
  "ID",
  "LOGIN",
  "SID",
  "USER",
  "USERNAME",
]);

/** Tools that put the place behind the word: `TF_TOKEN_app_terraform_io`. Their values are tokens. */
const FAMILIES = ["TF_TOKEN_", "POETRY_PYPI_TOKEN_", "AWS_BEARER_TOKEN_"];

/** A key of two parts, whose secret one is named after the pair: `MJ_APIKEY_PRIVATE` (Mailjet). */
const PRIVATE_PART = /_(?:API)?KEY_PRIVATE$/;

/** Names of that shape that tell a program what to read or who its user is. */
const STEERING =
  /^(?:NPM_CONFIG_.*|GIT_(?:PROXY_)?SSL_KEY|GIT_(?:AUTHOR|COMMITTER)_EMAIL|GOOGLE_APPLICATION_CREDENTIALS|SUDO_USER)$/;

/** Whether `name` steers the system, a shell, a loader, a runtime or authsome, so that no definition may claim it. */
export function isSystemVariable(name: string): boolean {
  const upper = name.toUpperCase();
  return SYSTEM.has(upper) || upper.startsWith("AUTHSOME_") ||
    upper.startsWith("LC_");
}

/**
 * Whether `variable` looks like a credential's: of two words or more, the last of which says what secret it is
 * (`ACME_TOKEN`); or the name of `provider`, or a word of it, with a word for whose it is (`ACME_ACCOUNT_ID`).
 */
export function isCredentialVariable(
  variable: string,
  provider: string,
): boolean {
  const upper = variable.toUpperCase();
  if (isSystemVariable(upper) || STEERING.test(upper)) return false;
  if (FAMILIES.some((family) => upper.startsWith(family))) return true;
  if (PRIVATE_PART.test(upper)) return true;
  const words = upper.split("_").filter((word) => word !== "");
  const last = words.at(-1);
  if (words.length < 2 || last === undefined) return false;
  if (SECRET.has(last)) return true;
  const own = provider.toUpperCase().split(/[-_]/).filter(Boolean);
  return OWNER.has(last) &&
    (own.includes(words[0]!) || upper.startsWith(`${own.join("")}_`));
}

/** A variable for a secret of a provider: `acme-notes`, `API_KEY` → `ACME_NOTES_API_KEY`. */
export function variableOf(provider: string, end: string): string {
  const start = provider.toUpperCase().replaceAll("-", "_");
  return `${/^[0-9]/.test(start) ? "_" : ""}${start}_${end}`;
}
