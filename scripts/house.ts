/**
 * The size and the shape of the code: `deno task house` prints them, `tests/architecture_test.ts` holds them.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, posix } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** Most files that one folder holds. */
export const MAX_FILES = 18;

/** From each file, or room, to those that it imports. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** The TypeScript files below `folder`, as paths from the root. */
export function filesBelow(folder: string): string[] {
  return readdirSync(ROOT + folder, { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".ts"))
    .sort();
}

/** What is published: the library, the command, and what they import. */
export function programFiles(): string[] {
  return [...filesBelow("lib"), "cli.ts", "mod.ts"];
}

/** The text of a file. */
export function textOf(file: string): string {
  return readFileSync(ROOT + file, "utf8");
}

/** Lines of a file. */
export function linesOf(file: string): number {
  return textOf(file).trimEnd().split("\n").length;
}

/** What `text` of `file` imports: paths from the root, or names of packages. Types and dynamic imports count. */
export function importsOf(file: string, text = textOf(file)): string[] {
  const found = text.matchAll(/\b(?:from|import)\s*\(?\s*["'`]([^"'`]+)["'`]/g);
  return [...found].map(([, name]) =>
    name!.startsWith(".")
      ? posix.normalize(posix.join(posix.dirname(file), name!))
      : name!
  );
}

/** Files that are a room by themselves. A port is one if its data are those of a room. */
const OWN_ROOMS = [
  "lib/explanation.ts",
  "lib/ports/conversation.ts",
  "lib/ports/run_host.ts",
  "lib/ports/runtime.ts",
];

/** The room of a file of the program: a folder of `lib/` or a file that is one by itself; `ground` for its other files. */
export function roomOf(file: string): string {
  const [top, room, inside] = file.split("/");
  if (top !== "lib") return top!;
  if (OWN_ROOMS.includes(file)) return file.slice("lib/".length, -".ts".length);
  return inside === undefined ? "ground" : room!;
}

/** Which file of the program imports which. */
export function fileGraph(): Graph {
  const files = new Set(programFiles());
  return new Map([...files].map((file) => [
    file,
    new Set(importsOf(file).filter((name) => files.has(name))),
  ]));
}

/** Which room imports which. */
export function roomGraph(files: Graph): Graph {
  const rooms = new Map<string, Set<string>>();
  for (const [file, imported] of files) {
    const room = roomOf(file);
    const others = rooms.get(room) ?? new Set();
    rooms.set(room, others);
    for (const other of imported) {
      if (roomOf(other) !== room) others.add(roomOf(other));
    }
  }
  return rooms;
}

/** The groups whose members all reach each other (Tarjan's strongly connected components), each in order. */
export function cycles(graph: Graph): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (node: string) => {
    order.set(node, order.size);
    lowest.set(node, order.get(node)!);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) visit(next);
      else if (!stack.includes(next)) continue;
      lowest.set(node, Math.min(lowest.get(node)!, lowest.get(next)!));
    }
    if (lowest.get(node) !== order.get(node)) return;
    const group = stack.splice(stack.indexOf(node));
    if (group.length > 1 || graph.get(node)?.has(node)) {
      found.push(group.sort());
    }
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return found;
}

/** The middle of `numbers`; of an even count, the upper of the two. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;
}

/** Folders with more than {@linkcode MAX_FILES} of `files` directly in them, and how many. */
export function flatFolders(files: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const file of files) {
    counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  }
  return new Map([...counts].filter(([, count]) => count > MAX_FILES));
}

function sizes(name: string, files: readonly string[]): string {
  const lines = files.map((file) => ({ file, lines: linesOf(file) }))
    .sort((a, b) => b.lines - a.lines);
  const largest = lines.slice(0, 3)
    .map((each) => `${each.file} ${each.lines}`).join(", ");
  const middle = median(lines.map((each) => each.lines));
  return `${name.padEnd(8)}${String(files.length).padStart(6)}${
    String(middle).padStart(8)
  }  ${largest}`;
}

function list(what: string, entries: readonly string[]): string {
  return `${what}: ${entries.length === 0 ? "none" : entries.join("; ")}`;
}

if (import.meta.main) {
  const groups: [string, string[]][] = [
    ["program", programFiles()],
    ["tests", filesBelow("tests")],
    ["scripts", filesBelow("scripts")],
  ];
  const graph = fileGraph();
  const flat = flatFolders(groups.flatMap(([, files]) => files));
  console.log([
    "          files  median  largest",
    ...groups.map(([name, files]) => sizes(name, files)),
    list(
      `folders above ${MAX_FILES} files`,
      [...flat].map(([folder, count]) => `${folder} ${count}`),
    ),
    list("cycles of files", cycles(graph).map((each) => each.join(" "))),
    list(
      "cycles of rooms",
      cycles(roomGraph(graph)).map((each) => each.join(" ")),
    ),
  ].join("\n"));
}
