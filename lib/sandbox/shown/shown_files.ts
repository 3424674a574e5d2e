/**
 * Configuration files that only a sandboxed command sees, laid over its view. Pure: an adapter says what is there.
 *
 * Invariant: nothing is made on disk. A file covers one that is there, or lies in a folder that begins empty; a folder of
 * the person that only may be read is laid out anew in memory with all that is in it, so that the file has a place.
 *
 * @module
 */
import { isWithin } from "../sandbox_profile.ts";
import { nearest, type View, type ViewStep } from "../view.ts";

/** Where a command looks for a file, and what is there. */
export interface HomePlace {
  /** As the command says it. */
  path: string;
  /** The same without links, as far as it is there. */
  real: string;
  /** What is at `real`. */
  there: "file" | "folder" | undefined;
  /** The innermost folder of `real` that is there. */
  folder: string;
  /** The folder of the client's own that it lies in, if it does. */
  client?: string;
  /** What is written in the file. */
  text: string;
  /** Whose file it is. */
  provider: string;
}

/** What is in a folder. */
export interface FolderEntry {
  path: string;
  /** Of a symbolic link: where it leads. */
  target?: string;
}

/** What the files depend on besides the view. */
export interface HomeFacts {
  /** The authsome home. */
  home: string;
  /** Folders below which one may be laid out anew: the person's own. */
  own: readonly string[];
  /** What the person allowed to read or write. */
  asked: readonly string[];
  /** What is in a folder, or `undefined` if it cannot be told or is too much. */
  entries(folder: string): readonly FolderEntry[] | undefined;
}

/** The view with the files, which of them are in it, and why others are not. */
export interface ShownFiles {
  view: View;
  shown: string[];
  skipped: { path: string; provider: string; reason: string }[];
}

/** Lays `places` over `view`. */
export function showFiles(
  view: View,
  places: readonly HomePlace[],
  facts: HomeFacts,
): ShownFiles {
  // The authsome home and the files of the run come last, and cover what is below.
  const end = view.steps.findIndex(({ path }) => path === facts.home);
  const [inner, last] = end < 0
    ? [view.steps, []]
    : [view.steps.slice(0, end), view.steps.slice(end)];
  const steps = new Map(inner.map((step) => [step.path, step]));
  const wanted = new Set(places.map(({ real }) => real));
  const links = view.steps.filter(({ kind }) => kind === "link")
    .map(({ path }) => path);
  const shown: string[] = [];
  const skipped: ShownFiles["skipped"] = [];
  for (const { path, provider, text, ...place } of places) {
    const reason = problem(place, steps, facts, links) ??
      layOut(place, steps, facts, wanted);
    if (reason === undefined) {
      if (place.client) openFolder(place.client, steps);
      steps.set(place.real, { kind: "text", path: place.real, text });
      shown.push(path);
    } else skipped.push({ path, provider, reason });
  }
  const sorted = [...steps.values()].sort((a, b) => a.path < b.path ? -1 : 1);
  return { view: { ...view, steps: [...sorted, ...last] }, shown, skipped };
}

type Steps = Map<string, ViewStep>;

/** Why there cannot be a file, whatever is done. */
function problem(
  { real, there }: Pick<HomePlace, "real" | "there">,
  steps: Steps,
  { home, asked }: HomeFacts,
  links: readonly string[],
): string | undefined {
  if (isWithin(real, home)) return "it lies in the authsome home";
  if (
    asked.includes(real) ||
    there === "file" && asked.includes(nearest(real, steps)?.path ?? "")
  ) {
    return "the file that is there is allowed";
  }
  if (there === "folder") return "a folder is there";
  if (links.some((link) => isWithin(real, link))) return "a link is there";
  if (steps.get(real)?.kind === "text") {
    return "another path leads to the same place";
  }
}

/** Makes a place for the file in memory where there is none; why that cannot be. */
function layOut(
  { there, folder }: Pick<HomePlace, "there" | "folder">,
  steps: Steps,
  { home, own, entries }: HomeFacts,
  wanted: ReadonlySet<string>,
): string | undefined {
  const around = nearest(folder, steps)?.kind;
  if (
    there === "file" || around === "empty-folder" || around === "own-folder"
  ) return undefined;
  if (around === "writable") {
    return `"${folder}" is writable, so the file would be left there`;
  }
  if (!own.some((each) => isWithin(folder, each))) {
    return `"${folder}" is not in your home folder`;
  }
  const found = entries(folder);
  if (!found) return `"${folder}" cannot be listed, or has too much in it`;
  steps.set(folder, { kind: "empty-folder", path: folder, writable: false });
  for (const { path, target } of found) {
    if (steps.has(path) || wanted.has(path) || path === home) continue;
    steps.set(
      path,
      target === undefined
        ? { kind: "read-only", path }
        : { kind: "link", path, target },
    );
  }
}

/** A client may write what else it wants to in its own folder, if that is in memory alone; it ends with the run. */
function openFolder(path: string, steps: Steps): void {
  if (nearest(path, steps)?.kind !== "empty-folder") return;
  steps.set(path, { kind: "empty-folder", path, writable: true });
}
