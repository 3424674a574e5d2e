/** Lays out the folders of files that are allowed alone, for one run. @module */
import { accessSync, constants } from "node:fs";
import {
  type AllowedFile,
  layOutFolders,
  type PrivateFolder,
} from "../../../sandbox/replaceable/private_folders.ts";
import { emptyText } from "../../../sandbox/agents/agent_state.ts";
import type { View } from "../../../sandbox/view.ts";
import { entries } from "../places/folder_entries.ts";
import { refused } from "../places/allowed_paths.ts";
import { lookAt } from "./file_marks.ts";
import { whileKept } from "./keeper.ts";
import { recoverFiles } from "./kept_list.ts";
import { removeIfThere } from "./replace_file.ts";
import { copyIn, type KeptFile, LARGEST } from "./write_back.ts";

/** What is laid out, and where. */
export interface LayOutRequest {
  files: readonly AllowedFile[];
  /** Folders in which the command may make other files, which end with the run. */
  scratch: readonly string[];
  /** Folders that begin empty and end with the run. */
  temporary: readonly string[];
  /** Files of a login, which are hidden. */
  logins: readonly string[];
  /** The authsome home. */
  home: string;
  /** The folder of the run. */
  folder: string;
  working: string;
  warn(message: string): void;
}

/** The view with the folders, and how a command is run in it. */
export interface KeptView {
  view: View;
  run(body: () => Promise<number>): Promise<number>;
}

/**
 * Lays them over `view`.
 *
 * @throws {AuthsomeError} `Usage` if a file that is not there cannot be made so.
 */
export async function layOutFiles(
  view: View,
  { files, scratch, temporary, logins, home, folder, working, warn }:
    LayOutRequest,
): Promise<KeptView> {
  await recoverFiles(home, warn);
  const linkable = canLink(folder);
  let count = 0;
  const laidOut = layOutFolders(view, unique(files), {
    scratch,
    temporary,
    logins,
  }, {
    home,
    sourceOf: () => `${folder}/private-${count++}`,
    problem: (file) =>
      linkable
        ? problem(file)
        : "the authsome home is on a file system without hard links",
    entries: entries,
  });
  for (const { file, reason } of laidOut.inPlace) {
    if (!file.there) {
      throw refused(
        `Cannot use --allow-write "${file.asked}": it does not exist, and cannot be made in the sandbox: ${reason}`,
      );
    }
    warn(`"${file.asked}" can be written in place only: ${reason}`);
  }
  const kept: KeptFile[] = [];
  for (const { path, source, files } of laidOut.folders) {
    Deno.mkdirSync(source, { mode: 0o700 });
    for (const login of logins) {
      if (login !== `${path}/${nameOf(login)}`) continue;
      Deno.writeTextFileSync(`${source}/${nameOf(login)}`, emptyText(login), {
        mode: 0o600,
      });
    }
    for (const { asked, path, target, guard } of files) {
      const copy = source + path.slice(path.lastIndexOf("/"));
      const file: KeptFile = {
        ...{ asked, copy, target, copyMark: "", targetMark: "" },
        ...guard ? { guard, working } : {},
      };
      await copyIn(file);
      kept.push(file);
    }
  }
  return {
    view: laidOut.view,
    async run(body) {
      const code = await whileKept(kept, { home, folder, warn }, body);
      tellDropped(laidOut.folders, laidOut.view, scratch, warn);
      return code;
    },
  };
}

/** Why a file cannot be a copy in a folder of the run. */
function problem({ path, target, there }: AllowedFile): string | undefined {
  if (path.lastIndexOf("/") === 0) return 'it lies in "/"';
  const folder = target.slice(0, target.lastIndexOf("/")) || "/";
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    return `you cannot write to "${folder}"`;
  }
  if (!there) return undefined;
  const { size, uid } = Deno.lstatSync(target);
  const own = Deno.uid();
  if (uid !== own && own !== 0) return "it belongs to another user";
  if (size > LARGEST) return "it is too large";
}

/** What was copied is told apart from what was replaced by hard links. */
function canLink(folder: string): boolean {
  const [from, to] = [`${folder}/link-from`, `${folder}/link-to`];
  try {
    Deno.writeTextFileSync(from, "");
    Deno.linkSync(from, to);
    return true;
  } catch {
    return false;
  } finally {
    removeIfThere(to);
    removeIfThere(from);
  }
}

/** Names that are told. */
const MOST_NAMES = 5;

/** Says what else the command made in such a folder: it could, and it is gone. */
function tellDropped(
  folders: readonly PrivateFolder[],
  { steps }: View,
  scratch: readonly string[],
  warn: (message: string) => void,
): void {
  for (const { path, source, files } of folders) {
    if (scratch.includes(path)) continue;
    const own = files.map((file) => nameOf(file.path).replace(/^\.+/, ""));
    const names = [...Deno.readDirSync(source)].map(({ name }) => name)
      .filter((name) =>
        !own.some((each) => name.includes(each)) &&
        !steps.some((step) =>
          step.path === `${path}/${name}` ||
          step.path.startsWith(`${path}/${name}/`)
        )
      ).sort();
    if (names.length === 0) continue;
    const shown = names.slice(0, MOST_NAMES).map((name) =>
      JSON.stringify(name)
    );
    const rest = names.length - shown.length;
    warn(
      `What else the command made in "${path}" is not kept: ${
        shown.join(", ")
      }${rest > 0 ? ` and ${rest} more` : ""}`,
    );
  }
}

function unique(files: readonly AllowedFile[]): AllowedFile[] {
  return [...new Map(files.map((file) => [file.target, file])).values()]
    .filter((file) => lookAt(file.target)?.isFile ?? !file.there);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
