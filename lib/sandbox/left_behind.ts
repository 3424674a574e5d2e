/** What a sandboxed command leaves behind for other programs to obey: two looks at the same places, compared. Pure. @module */

/** What kind of thing was found. */
export type FoundKind =
  /** The folder of a repository, also a bare one. */
  | "git_repository"
  /** A `.git` that is a file or a link, and leads to such a folder. */
  | "git_link"
  /** Settings and hooks of a repository, and what they lead to. */
  | "git_setting"
  /** A link that git would write through. */
  | "git_path_link"
  /** Commands that an unfinished rebase goes on with. */
  | "git_unfinished"
  /** Read by an editor, an agent, a shell or a version manager. */
  | "startup"
  /** A folder that cannot be listed, so its contents are unknown. */
  | "unreadable";

/** One place at one time. */
export interface Found {
  kind: FoundKind;
  /** What is there, as far as it counts: two states that are equal are the same to the programs. */
  state: string;
  /** The repository that it is a part of: it is not reported by itself where that one is new. */
  owner?: string;
}

/** A place that is not as it was. */
export interface Change {
  path: string;
  kind: FoundKind;
  change: "appeared" | "changed";
}

/** What is reported after a run. */
export interface LeftBehind {
  changes: Change[];
  /** Whether every folder was looked at. */
  complete: boolean;
}

/** Takes back what was left behind, and returns what could not be taken back. */
export type Undo = () => Change[];

function parents(path: string): string[] {
  return path.split("/").map((_, at, parts) => parts.slice(0, at).join("/"));
}

/** Compares two looks, by path. A deleted file is not reported: no program obeys it. */
export function changes(
  before: ReadonlyMap<string, Found>,
  after: ReadonlyMap<string, Found>,
): Change[] {
  const found: Change[] = [];
  for (const [path, { kind, state, owner }] of after) {
    const old = before.get(path);
    if (old?.state === state) continue;
    if (isNew(owner)) continue;
    found.push({ path, kind, change: old ? "changed" : "appeared" });
  }
  const startup = new Set(
    found.filter(({ kind }) => kind === "startup").map(({ path }) => path),
  );
  return found.filter(({ path, kind }) =>
    kind !== "startup" || !parents(path).some((folder) => startup.has(folder))
  ).sort((a, b) => a.path < b.path ? -1 : 1);

  function isNew(owner: string | undefined): boolean {
    return owner !== undefined &&
      before.get(owner)?.state !== after.get(owner)?.state;
  }
}
