/**
 * What editors, agents, shells, version managers and git's hook managers run or obey by themselves in a folder. The
 * line is drawn at what a person asks for: files that count only once a person builds, tests or starts the project
 * (`package.json`, `Makefile`, `.npmrc`, `.cargo/config.toml`) are not here, and neither are texts that an agent only
 * reads. Pure.
 *
 * @module
 */

/** Names in any folder; of a path with "/" each part is looked at. */
const NAMES: readonly string[] = [
  // Editors: tasks, interpreters and language servers that are started when the folder is opened
  ".vscode",
  ".idea",
  ".fleet",
  ".zed",
  ".vs",
  ".nova",
  ".theia",
  ".helix",
  ".vim",
  ".vimrc",
  ".gvimrc",
  ".exrc",
  ".nvimrc",
  ".nvim.lua",
  ".lazy.lua",
  ".lvimrc",
  ".neoconf.json",
  ".dir-locals.el",
  ".dir-locals-2.el",
  ".ycm_extra_conf.py",
  ".devcontainer",
  ".devcontainer.json",
  "rust-analyzer.toml",
  ".rust-analyzer.toml",
  ".bsp",
  // Agents: hooks, and servers that they start
  ".mcp.json",
  ".claude",
  ".cursor",
  ".windsurf",
  ".codex",
  ".gemini",
  ".qwen",
  ".opencode",
  "opencode.json",
  "opencode.jsonc",
  ".crush.json",
  "crush.json",
  ".continue",
  ".continuerc.json",
  ".aider.conf.yml",
  ".clinerules",
  ".cline",
  ".roo",
  ".kilocode",
  ".kiro",
  ".amazonq",
  ".augment",
  ".factory",
  ".junie",
  ".trae",
  ".qoder",
  ".agents",
  ".github/hooks",
  // Shells and version managers
  ".autoenv",
  ".autoenv.zsh",
  ".autoenv_leave.zsh",
  ".tool-versions",
  ".mise",
  "mise/config.toml",
  ".rtx.toml",
  ".config/mise",
  ".config/mise.toml",
  // Version control
  ".gitmodules",
  ".husky",
  ".lefthook",
  ".lefthook-local",
  ".pre-commit-config.yaml",
  ".pre-commit-config.yml",
  ".overcommit.yml",
  ".hg/hgrc",
  ".hg/hgrc-not-shared",
  ".hg/sharedpath",
  ".jj/repo/config.toml",
  // Interpreters and debuggers that read a file where they are started
  ".gdbinit",
  ".lldbinit",
  ".pdbrc",
  ".perldb",
  ".Rprofile",
  ".Renviron",
  ".octaverc",
  ".irbrc",
  ".pryrc",
  ".rdbgrc",
  ".byebugrc",
  ".psysh.php",
  ".ocamlinit",
  ".ghci",
  ".iex.exs",
];

/** The same with a part that varies; regular expressions of POSIX (ERE) as well. */
const PATTERNS: readonly RegExp[] = [
  /^\.envrc(\..+)?$/,
  /^\.?mise(\.[^/]+)?\.toml$/,
  /^\.?lefthook(-local)?\.(ya?ml|toml|jsonc?)$/,
  /\.code-workspace$/,
  /\.sublime-project$/,
];

/** Folders that only mean something when they are new: what is in them is worked with. */
const NEW_FOLDERS: ReadonlySet<string> = new Set([".hg", ".jj"]);

/**
 * Folders of packages and caches: no editor is opened and no agent started in them, and thousands of such files come
 * with the packages.
 */
const PACKAGE_FOLDERS: ReadonlySet<string> = new Set([
  "node_modules",
  "bower_components",
  "site-packages",
  ".cache",
  ".npm",
  ".pnpm-store",
  ".cargo",
  ".gradle",
  ".m2",
  "pkg/mod",
]);

const SINGLE = new Set(NAMES.filter((name) => !name.includes("/")));
const LONGER = new Map<string, string[]>();
for (const name of NAMES) {
  const at = name.indexOf("/");
  if (at < 0) continue;
  const first = name.slice(0, at);
  LONGER.set(first, [...LONGER.get(first) ?? [], name.slice(at + 1)]);
}

/** A regular expression of POSIX (ERE) for each name in a folder that is asked for by the functions below, as a whole. */
export const STARTUP_NAMES: string = [
  ...new Set([
    ...[...SINGLE, ...LONGER.keys(), ...NEW_FOLDERS]
      .map((name) => name.replaceAll(".", "\\.")),
    ...PATTERNS.map(({ source }) =>
      `${source.startsWith("^") ? "" : "[^/]*"}${
        source.replace(/^\^|\$$/g, "")
      }`
    ),
  ]),
].join("|");

/** Whether something of this name is such a place, in any folder. */
export function isStartupPlace(name: string): boolean {
  return SINGLE.has(name) || PATTERNS.some((pattern) => pattern.test(name));
}

/** Paths of such places within a folder of this name. */
export function startupPlacesWithin(name: string): readonly string[] {
  return LONGER.get(name) ?? [];
}

/** Whether a folder of this name is reported where there was none. */
export function isReportedWhenNew(name: string): boolean {
  return NEW_FOLDERS.has(name);
}

/** Whether the folder `name`, in one named `parent`, holds packages or a cache. */
export function isPackageFolder(name: string, parent: string): boolean {
  return PACKAGE_FOLDERS.has(name) || PACKAGE_FOLDERS.has(`${parent}/${name}`);
}
