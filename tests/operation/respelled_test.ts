// Writes of the corpus in the spellings that some server obeys, and bytes at random: nothing is thrown, no write passes.
import { expect } from "expect";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { OperationsDefinition } from "../../lib/provider/operations/operations_definition.ts";
import { allRead, type Call, operationsOf } from "./judged_calls.ts";

const CORPUS = new URL("corpus/", import.meta.url);
const PROVIDERS = new URL("../../providers/", import.meta.url);
/** Respellings of each write. */
const TIMES = 4;
const SEED = 20261128;

type Recorded = Call & { provider: string; method: string; reads: boolean };
const read = (folder: URL, file: string) =>
  JSON.parse(readFileSync(new URL(file, folder), "utf8"));
const calls = readdirSync(CORPUS).filter((file) => file.endsWith(".json"))
  .flatMap((file) => read(CORPUS, file) as Recorded[]);
const definitions = new Map<string, OperationsDefinition | undefined>();
function definitionOf(provider: string): OperationsDefinition | undefined {
  if (!definitions.has(provider)) {
    definitions.set(provider, read(PROVIDERS, `${provider}.json`).operations);
  }
  return definitions.get(provider);
}

/** Numbers from 0 to 1, always the same (mulberry32). */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Next = () => number;
type Change = (call: Recorded, next: Next) => Recorded;

const pick = <T>(list: readonly T[], next: Next) =>
  list[Math.floor(next() * list.length)]!;
const inPath =
  (change: (path: string, next: Next) => string): Change => (call, next) => {
    const [, origin = "", path = "", query = ""] =
      /^(https?:\/\/[^/?]+)\/?([^?]*)(.*)$/.exec(call.url) ?? [];
    return { ...call, url: `${origin}/${change(path, next)}${query}` };
  };
const inBody =
  (change: (text: string, next: Next) => string): Change => (call, next) => {
    if (call.body === undefined) return call;
    const isText = typeof call.body === "string";
    const text = isText ? call.body as string : JSON.stringify(call.body);
    const typed = Object.keys(call.headers ?? {}).some((name) =>
      /^content-type$/i.test(name)
    );
    return {
      ...call,
      body: change(text, next),
      headers: isText || typed
        ? call.headers ?? {}
        : { ...call.headers, "Content-Type": "application/json" },
    };
  };
const withHeader = (name: string, value: string): Change => (call) => ({
  ...call,
  headers: { ...call.headers, [name]: value },
});
const withQuery = (text: string): Change => (call) => ({
  ...call,
  url: call.url + (call.url.includes("?") ? "&" : "?") + text,
});

const CHANGES: readonly Change[] = [
  inPath((path, next) =>
    path.replace(
      /[a-zA-Z]/g,
      (letter) =>
        next() < 0.2 ? `%${letter.charCodeAt(0).toString(16)}` : letter,
    )
  ),
  inPath((path, next) =>
    path.replace(
      /[a-zA-Z]/g,
      (letter) =>
        next() < 0.1 ? `%25${letter.charCodeAt(0).toString(16)}` : letter,
    )
  ),
  inPath((path, next) =>
    path.replace(
      /[a-z]/g,
      (letter) => next() < 0.3 ? letter.toUpperCase() : letter,
    )
  ),
  inPath((path) => path.replaceAll("/", "//")),
  inPath((path) => `${path}/`),
  inPath((path) => `${path};a=b`),
  inPath((path) => path.endsWith(".json") ? path : `${path}.json`),
  inPath((path) => path.replace(/\/(?=[^/]*$)/, "%2f")),
  inPath((path) => path.replace(/\/(?=[^/]*$)/, "/x/..%2f")),
  inPath((path) => path.replaceAll("/", "\\").replace("\\", "/")),
  inPath((path) => `${path}%3f`),
  inPath((path) => `${path}%00`),
  withHeader("x-http-method-override", "GET"),
  withHeader("x-method-override", "HEAD"),
  withHeader("Mcp-Method", "tools/list"),
  withHeader("x-amz-target", "DynamoDB_20120810.GetItem"),
  withHeader("content-type", "text/plain"),
  withHeader("Content-Encoding", "gzip"),
  withQuery("_method=GET"),
  withQuery("query=%7Ba%7D"),
  withQuery("Action=GetCallerIdentity"),
  withQuery("operationName=Read"),
  withQuery("x=1;y=2"),
  inBody((text) => text.replace(/^\{/, '{"query":"{a}",')),
  inBody((text) => text.replace(/^\{/, '{"method":"tools/list",')),
  inBody((text) => text.replace(/\}$/, ',"Query":"{a}","METHOD":"ping"}')),
  inBody((text) => text.replace(/^\{/, '{"id":"x","hash":"y",')),
  inBody((text) => text.replaceAll(":", " :\t").replaceAll(",", "\n,")),
  inBody((text) => `[${text}]`),
  inBody((text) => `${text}&Action=GetCallerIdentity`),
  inBody((text) => `Action=GetCallerIdentity&${text}`),
  inBody((text) => text.replace(/mutation/g, "#query{a}\\nmutation")),
  (call) => ({
    ...call,
    url: call.url.replace(/^https:\/\/([^/?]+)/, (all) =>
      all.toUpperCase()
        .replace("HTTPS", "https")),
  }),
];

test("no respelled write of the corpus passes as a read", () => {
  const next = random(SEED);
  const passed: string[] = [];
  const writes = calls.filter(({ reads }) => !reads);
  for (const call of writes) {
    for (let time = 0; time < TIMES; time++) {
      let respelled = call;
      for (let changes = 1 + next() * 2; changes > 0; changes--) {
        respelled = pick(CHANGES, next)(respelled, next);
      }
      const operations = operationsOf(definitionOf(call.provider), respelled);
      expect(operations.length).toBeGreaterThan(0);
      if (allRead(operations)) {
        passed.push(
          `${call.provider}: ${JSON.stringify(respelled)} → ${
            JSON.stringify(operations)
          }`,
        );
      }
    }
  }
  console.log(`${writes.length * TIMES} respelled writes`);
  expect(passed).toEqual([]);
});

test("bodies, paths and headers at random are judged without an error", () => {
  const next = random(SEED + 1);
  const byte = () => Math.floor(next() * 256);
  const text = () =>
    String.fromCharCode(
      ...Array.from({ length: next() * 40 }, () => 33 + (byte() % 94)),
    );
  for (let time = 0; time < 4000; time++) {
    const { provider, url, headers, body } = pick(calls, next);
    const given = typeof body === "string" ? body : JSON.stringify(body ?? "");
    const bytes = new TextEncoder().encode(given);
    for (let change = next() * 8; change > 0; change--) {
      bytes[Math.floor(next() * bytes.length)] = byte();
    }
    const cut = bytes.subarray(
      0,
      next() < 0.5 ? undefined : next() * bytes.length,
    );
    const operations = operationsOf(definitionOf(provider), {
      method: pick(["GET", "POST", "PUT", "DELETE", "PATCH", "QUERY"], next),
      url: next() < 0.5 ? url : url + text(),
      headers: { ...headers, [`X-${byte()}`]: text() },
      body: next() < 0.5
        ? cut
        : Uint8Array.from({ length: next() * 200 }, byte),
    });
    expect(operations.every(({ name }) => name.length > 0)).toBe(true);
    expect(operations.length).toBeGreaterThan(0);
  }
});
