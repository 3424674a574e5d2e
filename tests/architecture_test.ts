// Holds what docs/architecture.md says: which room may import which, no cycles, no I/O in the core, and how large things get.
import { expect } from "expect";
import { existsSync, readdirSync } from "node:fs";
import { test } from "node:test";
import {
  cycles,
  fileGraph,
  filesBelow,
  flatFolders,
  importsOf,
  linesOf,
  MAX_FILES,
  median,
  programFiles,
  roomGraph,
  roomOf,
  textOf,
} from "../scripts/house.ts";

const BASE = ["ports", "ground", "wire"];
const STORED = ["provider", "vault", "audit", ...BASE];
const MINTED = ["oauth", ...STORED];
const CONNECTED = ["connection", "mint", ...MINTED];
const DECIDED = ["request", ...CONNECTED];
const ASKED = ["ports/conversation", ...DECIDED];
const RULED = ["policy", "operation", "spend", ...DECIDED];
const USED = [
  "approval",
  "policy",
  "operation",
  "spend",
  "login",
  "import",
  "proxy",
  "sandbox",
  "run",
  "fetch",
  "mcp",
  "explanation",
  "ssh",
];
const PORTS = ["ports/runtime", "ports/run_host", ...ASKED];
const BROKER = ["broker", "page", ...USED, ...PORTS];

/** The doors: what the files of a room may import from other rooms. Types count, and so do dynamic imports. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  ports: [],
  ground: ["ports"],
  wire: ["ports", "ground"],
  provider: BASE,
  vault: BASE,
  audit: BASE,
  oauth: STORED,
  mint: MINTED,
  connection: ["mint", ...MINTED],
  request: CONNECTED,
  operation: ["provider", ...BASE],
  spend: BASE,
  policy: RULED.slice(1),
  approval: RULED,
  // The page of a person.
  page: ["approval", "form", "login", ...RULED],
  "ports/conversation": ["provider", ...BASE],
  login: ASKED,
  form: ["login", ...ASKED],
  import: DECIDED,
  proxy: DECIDED,
  sandbox: DECIDED,
  "ports/run_host": ["sandbox", ...DECIDED],
  run: ["sandbox", "ports/run_host", ...DECIDED],
  fetch: DECIDED,
  mcp: ["ports", "ground"],
  ssh: CONNECTED,
  explanation: DECIDED,
  // Everything that a process answers, in one object.
  "ports/runtime": PORTS.slice(1),
  broker: ["page", ...USED, ...PORTS],
  cli: BROKER,
  host: ["form", ...BROKER],
  "cli.ts": ["cli", "host", ...BROKER],
  "mod.ts": ["host", ...BROKER],
};

/** Where a program starts: only there the command line meets the machine. */
const NODE_START = "lib/host/node/node_command_line.ts";

const MAX_LINES = 450;
const MAX_MEDIAN = 95;

const graph = fileGraph();
const core = filesBelow("lib").filter((file) => !file.startsWith("lib/host/"));

test("every room has its doors in the table", () => {
  expect([...new Set(programFiles().map(roomOf))].sort())
    .toEqual(Object.keys(DOORS).sort());
});

test("rooms import through their doors only", () => {
  const broken = [...graph].flatMap(([file, imported]) =>
    [...imported].filter((other) => {
      const [from, to] = [roomOf(file), roomOf(other)];
      if (from === to) return false;
      if (file === NODE_START && to === "cli") return false;
      return !DOORS[from]!.includes(to);
    }).map((other) => `${file} imports ${other}`)
  );
  expect(broken).toEqual([]);
});

test("files import each other in no circle, and neither do rooms", () => {
  expect(cycles(graph)).toEqual([]);
  expect(cycles(roomGraph(graph))).toEqual([]);
});

test("no import hides from the table", () => {
  // A name that is computed, or written in another way.
  const hidden = /\bimport\s*\(\s*[^\s"]|\bfrom\s*'|\brequire\s*\(/;
  // The helpers of a run are text there, of other languages.
  const offenders = programFiles().filter((file) =>
    file !== "lib/run/shims/shim_sources.ts" &&
    hidden.test(withoutComments(textOf(file)))
  );
  expect(offenders).toEqual([]);
});

test("cycles and imports are found in whatever form", () => {
  const graphOf = (edges: Record<string, string[]>) =>
    new Map(Object.entries(edges).map(([from, to]) => [from, new Set(to)]));
  expect(cycles(graphOf({ a: ["b"], b: ["c"], c: [] }))).toEqual([]);
  expect(cycles(graphOf({ a: ["b", "d"], b: ["c"], c: ["a"], d: ["b"] })))
    .toEqual([["a", "b", "c", "d"]]);
  expect(cycles(graphOf({ a: ["b"], b: ["b"], c: ["d"], d: ["c"] })))
    .toEqual([["b"], ["c", "d"]]);
  const text = `import type { A } from "../a/a.ts";
export {
  type B,
} from "./b.ts";
import "../c.ts";
const d = await import(
  "./d.ts"
);
type E = import("../../mod.ts").E;`;
  expect(importsOf("lib/room/file.ts", text)).toEqual([
    "lib/a/a.ts",
    "lib/room/b.ts",
    "lib/c.ts",
    "lib/room/d.ts",
    "mod.ts",
  ]);
});

test("a name means one file", () => {
  // A policy is named for what it judges, which others deal with too.
  const names = Map.groupBy(
    programFiles().filter((file) => !file.startsWith("lib/request/policies/")),
    (file) => file.replace(/^.*\//, ""),
  );
  expect([...names.values()].filter((files) => files.length > 1)).toEqual([]);
});

test("folders and files stay small", () => {
  const flat = flatFolders([
    ...programFiles(),
    ...filesBelow("tests"),
    ...filesBelow("scripts"),
  ]);
  expect([MAX_FILES, [...flat.keys()]]).toEqual([18, []]);
  const lines = new Map(programFiles().map((file) => [file, linesOf(file)]));
  expect([...lines].filter(([, count]) => count > MAX_LINES)).toEqual([]);
  expect(median([...lines.values()])).toBeLessThanOrEqual(MAX_MEDIAN);
});

const MAP = "docs/architecture.md";

/** The paths that a page names in code; a name to fill in (`<name>`) or a star stands for any file of its folder. */
function pathsIn(page: string): string[] {
  const path =
    /^(?:(?:lib|tests|providers|scripts|docs|\.ci|\.github)\/[^\s]*|(?:cli|mod)\.ts|\w+\.json)$/;
  return [...textOf(page).matchAll(/`([^`\n]+)`/g)]
    .map(([, code]) => code!)
    .filter((code) => path.test(code))
    .map((code) => code.replace(/[^/]*[<*].*$/, ""));
}

test("the paths that the map, the README and CONTRIBUTING name are there", () => {
  for (const page of [MAP, "README.md", "docs/CONTRIBUTING.md"]) {
    const paths = pathsIn(page);
    expect(paths.length).toBeGreaterThan(2);
    const missing = paths.filter((path) =>
      !existsSync(new URL(`../${path}`, import.meta.url))
    );
    expect([page, missing]).toEqual([page, []]);
  }
});

test("the README says where each folder of the project is", () => {
  const [, section] = textOf("README.md").split("## Where things are\n");
  const ignored = textOf(".gitignore").replaceAll("/", "").split("\n");
  const folders = readdirSync(new URL("..", import.meta.url), {
    withFileTypes: true,
  }).filter((entry) => entry.isDirectory()).map(({ name }) => name)
    .filter((name) => !name.startsWith(".") && !ignored.includes(name));
  expect(folders.length).toBeGreaterThan(3);
  expect(folders.filter((name) => !section!.includes(`\`${name}/`)))
    .toEqual([]);
});

test("the map has every room of lib/", () => {
  const named = new Set(pathsIn(MAP).map(roomOf));
  const rooms = Object.keys(DOORS).filter((room) => !room.endsWith(".ts"));
  expect(rooms.filter((room) => !named.has(room))).toEqual([]);
});

function withoutComments(text: string): string {
  return text.replace(
    /"[^"\n]*"|\/\*[\s\S]*?\*\/|\/\/.*/g,
    (match) => match.startsWith('"') ? match : "",
  );
}

test("commands and the library reveal no secret and note nothing: the broker does", () => {
  const skins = [...filesBelow("lib/cli"), "mod.ts"];
  expect(
    skins.filter((file) =>
      /\.reveal\(|\baudit\.record\(|\bnoteDisclosure\b|\bregistry\.(?:register|remove)\(/
        .test(withoutComments(textOf(file)))
    ),
    // Passes on what a real client did with its proxy.
  ).toEqual(["lib/cli/commands/doctor/client_check.ts"]);
});

test("the core touches no Deno API", () => {
  const offenders = core.filter((file) =>
    /\bDeno\.|\bprocess\./.test(
      textOf(file).replace(/"[^"\n]*"|\/\*[\s\S]*?\*\/|\/\/.*/g, ""),
    )
  );
  expect(offenders).toEqual([]);
});

test("the core imports no module of Node that does I/O", () => {
  const forbidden =
    /^node:(fs|net|tls|http|https|http2|child_process|process|os|sqlite|dns|dgram|readline|tty)/;
  expect(
    core.filter((file) => importsOf(file).some((name) => forbidden.test(name))),
  ).toEqual([]);
});

test("the program uses nothing that came to JavaScript after the oldest Node that it runs on", () => {
  const late =
    /\.(?:toHex|setFromHex|setFromBase64)\(|\.toBase64\(|\bUint8Array\.from(?:Hex|Base64)\(|\bRegExp\.escape\(|\bPromise\.try\(|\bError\.isError\(|\bMath\.sumPrecise\(|\bIterator\.concat\(/;
  expect(
    [...programFiles(), ...filesBelow("providers")].filter(
      (file) => late.test(textOf(file)),
    ),
  ).toEqual([]);
});

test("every import of the project is there", () => {
  const all = new Set([...programFiles(), ...filesBelow("providers")]);
  const missing = programFiles().flatMap((file) =>
    importsOf(file).filter((name) => name.endsWith(".ts") && !all.has(name))
  );
  expect(missing).toEqual([]);
});
