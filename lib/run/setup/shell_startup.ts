/** The lines by which a shell looks for programs in a folder first. Pure. @module */
import { AuthsomeError } from "../../errors.ts";

/** The machine, as far as paths depend on it. */
export interface ShellPlaces {
  /** The text of a file, or `undefined` if there is none. */
  read(path: string): string | undefined;
  env: { get(name: string): string | undefined };
  os: "linux" | "darwin" | "windows";
  userFolder: string;
}

const [BEGIN, END] = ["# >>> authsome setup >>>", "# <<< authsome setup <<<"];
/** The same where the line before had no end, which {@linkcode withoutPath} gives back. */
const BEGIN_UNENDED = `${BEGIN} (the line above had no end)`;

/** Of these, bash reads the first that is there, and only that (bash(1), INVOCATION). */
const BASH_LOGIN = [".bash_profile", ".bash_login", ".profile"];

/** Startup files of the shells that are known, by their name. */
const FILES: Readonly<Record<string, (places: ShellPlaces) => string>> = {
  bash: ({ os, userFolder, read }) => {
    if (os !== "darwin") return `${userFolder}/.bashrc`;
    // A terminal of macOS starts a login shell.
    const files = BASH_LOGIN.map((name) => `${userFolder}/${name}`);
    return files.find((path) => read(path) !== undefined) ?? files[0]!;
  },
  zsh: ({ env, userFolder }) => `${env.get("ZDOTDIR") || userFolder}/.zshrc`,
  // Read last, after what is in conf.d.
  fish: (places) => `${fishFolder(places)}/config.fish`,
};

/** The startup file of a shell, or `undefined` if the shell is not known. */
export function startupFile(
  shell: string,
  places: ShellPlaces,
): string | undefined {
  const name = nameOf(shell);
  return Object.hasOwn(FILES, name) ? FILES[name]!(places) : undefined;
}

/** Every file that may have the lines. */
export function startupFiles(places: ShellPlaces): string[] {
  const { os, userFolder } = places;
  return [
    ...new Set([
      ...Object.values(FILES).map((file) => file(places)),
      ...os === "darwin"
        ? BASH_LOGIN.map((name) => `${userFolder}/${name}`)
        : [],
    ]),
  ];
}

/** Every file in which an alias or a function of that name is usual. */
export function aliasFiles(places: ShellPlaces, program: string): string[] {
  const { userFolder } = places;
  return [
    ...new Set([
      ...startupFiles(places),
      ...[".bashrc", ".bash_aliases", ".aliases", ...BASH_LOGIN]
        .map((name) => `${userFolder}/${name}`),
      `${fishFolder(places)}/functions/${program}.fish`,
    ]),
  ];
}

function fishFolder({ env, userFolder }: ShellPlaces): string {
  return `${env.get("XDG_CONFIG_HOME") || `${userFolder}/.config`}/fish`;
}

/** The line alone, for a person to write down. */
export function pathLine(shell: string, folder: string): string {
  return nameOf(shell) === "fish"
    ? `fish_add_path --global --move --path ${quote(folder)}`
    : `case "$PATH" in ${quote(folder)}:*) ;; *) export PATH=${
      quote(folder)
    }":$PATH" ;; esac`;
}

/**
 * The text with the lines at its end, or where they are.
 *
 * @throws {AuthsomeError} `OperationNotAllowed` if only a part of earlier lines is there.
 */
export function withPath(
  text: string,
  shell: string,
  folder: string,
  path: string,
): string {
  const block = (begin: string) =>
    `${begin}\n${pathLine(shell, folder)}\n${END}\n`;
  const at = blockIn(text, path);
  if (at) {
    return text.slice(0, at.start) + block(at.begin) + text.slice(at.end);
  }
  return text === "" || text.endsWith("\n")
    ? text + block(BEGIN)
    : `${text}\n${block(BEGIN_UNENDED)}`;
}

/** The text with the lines at its end, also if they are elsewhere now, where a later line may come before them. */
export function withPathLast(
  text: string,
  shell: string,
  folder: string,
  path: string,
): string {
  return withPath(withoutPath(text, path), shell, folder, path);
}

/**
 * The text without them.
 *
 * @throws {AuthsomeError} as {@linkcode withPath}.
 */
export function withoutPath(text: string, path: string): string {
  const at = blockIn(text, path);
  if (!at) return text;
  const [before, behind] = [text.slice(0, at.start), text.slice(at.end)];
  return at.begin === BEGIN_UNENDED && behind === ""
    ? before.slice(0, -1)
    : before + behind;
}

/** Whether an alias or a function of that name comes before any program. */
export function hasAlias(text: string, program: string): boolean {
  const name = `["']?${program}["']?`;
  const forms = [
    `(alias|abbr)\\s+(-\\S*\\s+)*${name}[\\s=]`,
    // After others in the same command.
    `alias\\s[^;#\\n]*\\s${name}=`,
    `function\\s+${program}(?![\\w-])`,
    `${program}\\s*\\(\\)`,
  ];
  return new RegExp(`^([^#\\n]*[\\s;&|({])?(${forms.join("|")})`, "m")
    .test(text);
}

function blockIn(
  text: string,
  path: string,
): { start: number; end: number; begin: string } | undefined {
  const lines = text.split("\n");
  const count = (mark: string) => lines.filter((line) => line === mark).length;
  const begin = count(BEGIN_UNENDED) > 0 ? BEGIN_UNENDED : BEGIN;
  const begins = count(BEGIN) + count(BEGIN_UNENDED);
  if (begins === 0 && count(END) === 0) return undefined;
  const [first, last] = [lines.indexOf(begin), lines.indexOf(END)];
  if (begins !== 1 || count(END) !== 1 || last < first) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      `Cannot change "${path}": the lines of authsome setup in it are not whole`,
      `Remove what is left of them by hand: "${BEGIN}" and "${END}"`,
      { subject: { file: path } },
    );
  }
  const start = lines.slice(0, first).join("\n").length + (first > 0 ? 1 : 0);
  const end = lines.slice(0, last + 1).join("\n").length;
  return { start, end: Math.min(text.length, end + 1), begin };
}

function nameOf(shell: string): string {
  return shell.slice(shell.lastIndexOf("/") + 1);
}

/** For sh, zsh and fish alike. */
function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
