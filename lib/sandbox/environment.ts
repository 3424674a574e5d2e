/** The environment of a sandboxed command: what is known to be harmless, what authsome sets, what was asked for. @module */
import { isPlaceholder } from "../placeholder.ts";
import { CA_VARIABLES } from "./ca_variables.ts";
import type { ViewStep } from "./view.ts";

/** Names, or beginnings of names that end in `*`. */
const HARMLESS: readonly string[] = [
  // The person and the terminal
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "PATH",
  "PWD",
  "LANG",
  "LANGUAGE",
  "LC_*",
  "TZ",
  "TERM",
  "TERMINFO",
  "TERM_PROGRAM",
  "TERM_PROGRAM_VERSION",
  "COLORTERM",
  "COLORFGBG",
  "COLUMNS",
  "LINES",
  "NO_COLOR",
  "FORCE_COLOR",
  "CLICOLOR",
  "CLICOLOR_FORCE",
  "LS_COLORS",
  "EDITOR",
  "VISUAL",
  "PAGER",
  "LESS",
  "MANPATH",
  "INFOPATH",
  "CI",
  "DEBIAN_FRONTEND",
  "XDG_CONFIG_HOME",
  "XDG_DATA_HOME",
  "XDG_CACHE_HOME",
  "XDG_STATE_HOME",
  "XDG_DATA_DIRS",
  "XDG_CONFIG_DIRS",
  // Tool chains
  "LD_LIBRARY_PATH",
  "PKG_CONFIG_PATH",
  "CC",
  "CXX",
  "CFLAGS",
  "CXXFLAGS",
  "CPPFLAGS",
  "LDFLAGS",
  "MAKEFLAGS",
  "JAVA_HOME",
  "JDK_HOME",
  "GRADLE_USER_HOME",
  "MAVEN_HOME",
  "ANDROID_HOME",
  "GOPATH",
  "GOROOT",
  "GOBIN",
  "GOFLAGS",
  "GOTOOLCHAIN",
  "GOPRIVATE",
  "GONOPROXY",
  "GONOSUMDB",
  "CARGO_HOME",
  "RUSTUP_HOME",
  "RUSTUP_TOOLCHAIN",
  "NVM_DIR",
  "NVM_BIN",
  "NVM_INC",
  "FNM_*",
  "VOLTA_HOME",
  "NODE_ENV",
  "NODE_PATH",
  "PNPM_HOME",
  "BUN_INSTALL",
  "DENO_DIR",
  "DENO_INSTALL",
  "PYENV_ROOT",
  "PYENV_VERSION",
  "PYTHONPATH",
  "PYTHONUNBUFFERED",
  "PYTHONDONTWRITEBYTECODE",
  "VIRTUAL_ENV",
  "CONDA_PREFIX",
  "CONDA_DEFAULT_ENV",
  "CONDA_EXE",
  "RBENV_ROOT",
  "GEM_HOME",
  "GEM_PATH",
  "DOTNET_ROOT",
  "SDKMAN_DIR",
  "ASDF_DIR",
  "MISE_DATA_DIR",
  "HOMEBREW_PREFIX",
  "NIX_PATH",
  "NIX_PROFILES",
  "LOCALE_ARCHIVE",
  "GIT_AUTHOR_NAME",
  "GIT_AUTHOR_EMAIL",
  "GIT_COMMITTER_NAME",
  "GIT_COMMITTER_EMAIL",
];

/** Set by authsome itself. */
const OWN = new Set<string>([
  ...CA_VARIABLES,
  "HTTPS_PROXY",
  "https_proxy",
  "HTTP_PROXY",
  "http_proxy",
  "NO_PROXY",
  "no_proxy",
  "grpc_proxy",
  "no_grpc_proxy",
  "NODE_USE_ENV_PROXY",
  "AUTHSOME_PROXY_MODE",
  "SYSTEM_WGETRC",
  "GIT_HTTP_PROXY_AUTHMETHOD",
]);

/**
 * What of `env`, an environment made by `childEnvironment`, a sandboxed command gets.
 *
 * @param allowed further names.
 * @param writable whether the person's own cache folder is, and npm's; otherwise caches go to `/tmp` and end with the
 * run.
 */
export function sandboxEnvironment(
  env: Readonly<Record<string, string>>,
  allowed: readonly string[],
  writable: { general: boolean; npm: boolean } = { general: false, npm: false },
): Record<string, string> {
  const names = new Set([...HARMLESS, ...allowed]);
  const beginnings = HARMLESS.filter((name) => name.endsWith("*"))
    .map((name) => name.slice(0, -1));
  const git = names.has("GIT_CONFIG_COUNT");
  const kept = Object.fromEntries(
    Object.entries(env).filter(([name, value]) =>
      names.has(name) || git && /^GIT_CONFIG_(KEY|VALUE)_\d+$/.test(name) ||
      OWN.has(name) || isPlaceholder(value) ||
      beginnings.some((beginning) => name.startsWith(beginning))
    ),
  );
  kept.TMPDIR = "/tmp";
  if (!writable.general) kept.XDG_CACHE_HOME = CACHE;
  const npm = writable.npm ? env.npm_config_cache : `${CACHE}/npm`;
  if (npm) kept.npm_config_cache = npm;
  return { ...withGitSettings(kept), AUTHSOME_SANDBOX: "true" };
}

/**
 * The settings of a repository are read-only, so git must not want to write there which branch a new one follows:
 * `git checkout` of a branch of the server would complain. `GIT_CONFIG_COUNT` adds to what is there, git-config(1).
 */
function withGitSettings(
  env: Record<string, string>,
): Record<string, string> {
  let count = Number(env.GIT_CONFIG_COUNT ?? 0);
  if (!Number.isInteger(count) || count < 0) return env;
  // Those of the run come first, and without the count where the person's are not let in.
  while (`GIT_CONFIG_KEY_${count}` in env) count++;
  return {
    ...env,
    GIT_CONFIG_COUNT: String(count + 1),
    [`GIT_CONFIG_KEY_${count}`]: "branch.autoSetupMerge",
    [`GIT_CONFIG_VALUE_${count}`]: "false",
  };
}

/** Where caches lie in a sandbox. */
const CACHE = "/tmp/.cache";

/** What of the person's own cache folder is writable, found where caches lie in a sandbox. Paths are real. */
export function cacheLinks(
  allowWrite: readonly string[],
  cache: string,
): ViewStep[] {
  return allowWrite.filter((path) => path.startsWith(`${cache}/`))
    .map((path) => ({
      kind: "link",
      target: path,
      path: CACHE + path.slice(cache.length),
    }));
}
