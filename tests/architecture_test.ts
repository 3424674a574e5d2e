// Keeps true what docs say about the layout: the core does no I/O, and rooms depend in one direction.
import { expect } from "expect";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { test } from "node:test";

const ROOT = new URL("..", import.meta.url).pathname;

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));
}

function imports(file: string): string[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((
    match,
  ) =>
    match[1]!.startsWith(".")
      ? normalize(join(dirname(file), match[1]!))
      : match[1]!
  );
}

const core = sources("lib").filter((file) => !file.startsWith("lib/host/"));

test("the core imports no adapter and touches no Deno API", () => {
  const offenders = core.filter((file) =>
    // Only the command line wires adapters, and only where it starts.
    (file !== "lib/cli/main.ts" && file !== "lib/cli/kit/context.ts" &&
      imports(file).some((name) => name.startsWith("lib/host/"))) ||
    /\bDeno\.|\bprocess\./.test(
      readFileSync(join(ROOT, file), "utf8").replace(
        /"[^"\n]*"|\/\*[\s\S]*?\*\/|\/\/.*/g,
        "",
      ),
    )
  );
  expect(offenders).toEqual([]);
});

test("the core imports no module of Node that does I/O", () => {
  const forbidden =
    /^node:(fs|net|tls|http|https|http2|child_process|process|os|sqlite|dns|dgram|readline|tty)/;
  expect(
    core.filter((file) => imports(file).some((name) => forbidden.test(name))),
  ).toEqual([]);
});

test("the program uses nothing that came to JavaScript after the oldest Node that it runs on", () => {
  const late =
    /\.(?:toHex|setFromHex|setFromBase64)\(|\.toBase64\(|\bUint8Array\.from(?:Hex|Base64)\(|\bRegExp\.escape\(|\bPromise\.try\(|\bError\.isError\(|\bMath\.sumPrecise\(|\bIterator\.concat\(/;
  expect(
    [...sources("lib"), ...sources("providers"), "mod.ts", "cli.ts"].filter(
      (file) => late.test(readFileSync(join(ROOT, file), "utf8")),
    ),
  ).toEqual([]);
});

test("the inner rooms import no outer room", () => {
  const outer = /^lib\/(cli|broker\.ts|flow|proxy|connection|form)/;
  const inner = core.filter((file) =>
    /^lib\/(errors|secret|ports|vault|provider)/.test(file)
  );
  expect(
    inner.filter((file) => imports(file).some((name) => outer.test(name))),
  ).toEqual([]);
});

test("every import of the project is there", () => {
  const all = new Set([
    ...sources("lib"),
    ...sources("providers"),
    ...sources("scripts"),
    "mod.ts",
    "cli.ts",
  ]);
  for (const file of sources("lib")) {
    for (const name of imports(file)) {
      if (name.startsWith("lib/") && name.endsWith(".ts")) {
        expect(all).toContain(relative("", name));
      }
    }
  }
});
