// Node is smaller in the single executable than by itself, and the same program.
import { expect } from "expect";
import { test } from "node:test";
import { NODE_VERSION } from "../../scripts/build/node_binary.ts";
import { stripped } from "../../scripts/build/strip.ts";
import { missing, spawn } from "../support/scenario.ts";
import { withHome } from "../support/home.ts";

const NODE = new URL(
  `../../build/node/${NODE_VERSION}-linux-x64/node`,
  import.meta.url,
).pathname;
const SINGLE = new URL("../../build/authsome", import.meta.url).pathname;
const linux = Deno.build.os === "linux" && Deno.build.arch === "x86_64";
const isFile = (path: string) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
};

test("stripped() takes what debuggers read out of Node, which runs as before", {
  skip: !linux ? "another system" : !isFile(NODE) && `there is no ${NODE}`,
}, () =>
  withHome(async (folder) => {
    const before = await Deno.readFile(NODE);
    const after = stripped(before);
    expect(after.length).toBeLessThan(before.length * 0.8);
    const path = `${folder}/node`;
    await Deno.writeFile(path, after, { mode: 0o755 });
    const env = { PATH: Deno.env.get("PATH")! };
    const script =
      "new (require('node:sqlite').DatabaseSync)(':memory:'); console.log(process.version)";
    const said = await spawn([path, "-e", script], env);
    expect(said).toEqual({ code: 0, stdout: `v${NODE_VERSION}\n`, stderr: "" });
    // Nothing is left to take.
    expect(stripped(after)).toBe(after);
    if (await missing("readelf")) return;
    const { stdout, stderr } = await spawn(["readelf", "-SW", path], env);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/ \.text /);
    expect(stdout).not.toMatch(/\.symtab|\.strtab|\.debug_/);
  }));

test("build/authsome is made of a Node that was stripped", {
  skip: !linux ? "another system" : !isFile(SINGLE) && `there is no ${SINGLE}`,
}, async () => {
  const file = await Deno.readFile(SINGLE);
  expect(stripped(file)).toBe(file);
  expect(file.length).toBeLessThan(125e6);
  expect(Deno.statSync(SINGLE).mode! & 0o111).toBe(0o111);
});

test("stripped() leaves alone what it does not know", () => {
  const texts = ["", "\x7fELF", "MZ".repeat(100), "\x7fELF\x01\x01".padEnd(99)];
  for (const text of texts) {
    const bytes = new TextEncoder().encode(text);
    expect(stripped(bytes)).toBe(bytes);
  }
});
