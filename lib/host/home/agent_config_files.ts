/** The {@linkcode AgentFiles} of Deno. @module */
import { AuthsomeError } from "../../errors.ts";
import type { AgentFiles } from "../../ports/agent_files.ts";
import type { Env } from "../../ports/system.ts";
import { findProgram } from "../run/programs.ts";
import { windowsPrograms } from "../run/windows_program.ts";
import { writeFileAtomic } from "./atomic_file.ts";
import { ensurePrivateFolder } from "./private_file.ts";

/** More than any agent keeps, in bytes. */
const LIMIT = 64 << 20;

/** The agents' files; copies go to the home. */
export function agentConfigFiles(home: string, env: Env): AgentFiles {
  const { os } = Deno.build;
  return {
    env,
    os: os === "windows" || os === "darwin" ? os : "linux",
    userFolder: (env.get("HOME") || env.get("USERPROFILE") || "")
      .replace(/[\\/]+$/, ""),
    workingFolder: Deno.cwd(),
    read,
    writeProgram(path, text) {
      try {
        Deno.mkdirSync(path.replace(/[\\/][^\\/]*$/, ""), {
          ...{ recursive: true, mode: 0o700 },
        });
        writeFileAtomic(path, text, 0o755);
        if (os !== "windows") Deno.chmodSync(path, 0o755);
      } catch (error) {
        throw unusable(path, "it cannot be written", error);
      }
    },
    remove(path) {
      try {
        Deno.removeSync(path);
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return;
        throw unusable(path, "it cannot be removed", error);
      }
    },
    names(folder) {
      try {
        return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
      } catch {
        return [];
      }
    },
    programs(name) {
      if (os === "windows") {
        return [...windowsPrograms(name, env.toObject(), isThere)];
      }
      return (env.get("PATH") ?? "").split(":").filter((folder) =>
        folder.startsWith("/")
      ).map((folder) => `${folder.replace(/\/+$/, "")}/${name}`)
        .filter(isExecutable);
    },
    hasProgram: (name) => findProgram(name, env) !== undefined,

    replace(path, before, text) {
      if (read(path) !== before) {
        throw new AuthsomeError(
          "RecordConflict",
          `Cannot write "${path}": it was changed in the meantime`,
          "Try again",
          { subject: { file: path } },
        );
      }
      const kept = before === undefined ? undefined : keep(home, path, before);
      try {
        const place = before === undefined ? path : Deno.realPathSync(path);
        if (before === undefined) {
          Deno.mkdirSync(path.replace(/[\\/][^\\/]*$/, ""), {
            recursive: true,
          });
        }
        const mode = before === undefined
          ? 0o600
          : (Deno.statSync(place).mode ?? 0o600) & 0o777;
        writeFileAtomic(place, text, mode);
        // The umask may have taken bits that the file had.
        if (Deno.build.os !== "windows") Deno.chmodSync(place, mode);
      } catch (error) {
        throw unusable(path, "it cannot be written", error);
      }
      return kept;
    },
  };
}

function read(path: string): string | undefined {
  try {
    const info = Deno.statSync(path);
    if (!info.isFile) throw unusable(path, "it is not a regular file");
    if (info.size > LIMIT) throw unusable(path, "it is too long");
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(Deno.readFileSync(path));
  } catch (error) {
    if (error instanceof AuthsomeError) throw error;
    if (
      error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory
    ) return undefined;
    throw unusable(
      path,
      error instanceof TypeError ? "it is not UTF-8 text" : "it cannot be read",
      error,
    );
  }
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function isExecutable(path: string): boolean {
  try {
    const { isFile, mode } = Deno.statSync(path);
    return isFile && ((mode ?? 0) & 0o111) !== 0;
  } catch {
    return false;
  }
}

function keep(home: string, path: string, text: string): string {
  ensurePrivateFolder(home);
  ensurePrivateFolder(`${home}/backups`);
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const name = path.replace(/^.*[\\/]\.?/, "");
  const kept = `${home}/backups/${time}-${
    crypto.randomUUID().slice(0, 8)
  }-${name}`;
  writeFileAtomic(kept, text, 0o600);
  return kept;
}

function unusable(path: string, why: string, cause?: unknown): AuthsomeError {
  return new AuthsomeError(
    "StoreUnavailable",
    `Cannot use "${path}": ${why}`,
    "Write it by hand: --dry-run prints it",
    { cause, subject: { file: path } },
  );
}
