/** The {@linkcode DefinitionEditor} of Deno: the program that `VISUAL` or `EDITOR` names, an argument list, never a shell. @module */
import { AuthsomeError } from "../../errors.ts";
import type { DefinitionEditor } from "../../ports/definition_editor.ts";
import type { Env } from "../../ports/system.ts";
import { writeFileAtomic } from "../home/atomic_file.ts";
import { sweepDrafts } from "../home/drafts.ts";
import { ensurePrivateFolder, unusable } from "../home/private_file.ts";
import { runCommand } from "./child_process.ts";
import { wordsOf as splitWords } from "../../words.ts";
import { findProgram, programEnvironment } from "./programs.ts";

/** Longest draft that is read, in bytes; longer ones are no definitions. */
const LIMIT = 1 << 20;

/** Edits drafts in `<home>/drafts`. */
export function definitionEditor(home: string, env: Env): DefinitionEditor {
  const folder = `${home}/drafts`;
  const path = (name: string) => `${folder}/${name}.json`;
  const { command, problem } = editorCommand(env);
  return {
    program: command?.[0],
    problem,
    path,
    draft: (name) => readDraft(path(name)),
    async edit(name, text) {
      ensurePrivateFolder(folder);
      sweepDrafts(folder);
      writeFileAtomic(path(name), text, 0o600);
      const code = await runCommand(
        [...command ?? [], path(name)],
        editorEnvironment(env),
      );
      const left = readDraft(path(name));
      if (code === 0 && left !== undefined) return left;
      throw new AuthsomeError(
        "InputCancelled",
        code === 0
          ? `The editor left no "${path(name)}"; nothing was installed`
          : `The editor ended with exit code ${code}; nothing was installed`,
        `authsome override ${name}`,
        { subject: { provider: name, file: path(name) } },
      );
    },
    discard(name) {
      try {
        Deno.removeSync(path(name));
        // Left alone if the editor keeps something there.
        Deno.removeSync(folder);
      } catch { /* There is none. */ }
    },
  };
}

/** The first of `VISUAL` and `EDITOR` whose program may be started, by its path, with its arguments. */
export function editorCommand(
  env: Env,
): { command?: string[]; problem: string | undefined } {
  let problem: string | undefined;
  for (const variable of ["VISUAL", "EDITOR"]) {
    const value = env.get(variable)?.trim();
    if (!value) continue;
    const [name = "", ...args] = isFile(value) ? [value] : wordsOf(value);
    const program = findProgram(fromHome(name, env), env);
    if (program !== undefined) return { command: [program, ...args], problem };
    problem ??=
      `${variable} names "${name}", which is not installed or lies in a folder of this project or of others. Name it by its absolute path`;
  }
  return { problem };
}

/** The words of a command, as the system writes paths. */
export function wordsOf(command: string): string[] {
  return splitWords(command, Deno.build.os !== "windows");
}

function fromHome(name: string, env: Env): string {
  return name.startsWith("~/") ? `${env.get("HOME")}${name.slice(1)}` : name;
}

/** The editor needs neither the passphrase nor other secrets. */
function editorEnvironment(env: Env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(programEnvironment(env)).filter(([name]) =>
      !name.startsWith("AUTHSOME_")
    ),
  );
}

function readDraft(path: string): string | undefined {
  try {
    const { isFile, size } = Deno.lstatSync(path);
    if (!isFile) throw unusable(path, "it is not a regular file");
    if (size > LIMIT) throw unusable(path, `it has ${size} bytes`);
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
