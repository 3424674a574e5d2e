// Calls of the providers' documentation against the bundled definitions: no write passes as a read, reads are known.
import { expect } from "expect";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import { bundledProviders } from "../../providers/mod.ts";
import { allRead, type Call, operationsOf } from "../support/operations.ts";

/** One call of the corpus. */
interface Recorded extends Call {
  provider: string;
  method: string;
  reads: boolean;
  /** Of the operation, if it is checked. */
  name?: string;
  source: string;
}

const FOLDER = new URL("corpus/", import.meta.url);
const MIN_PROVIDERS = 80;
const MIN_CALLS = 1000;

const calls = readdirSync(FOLDER).filter((file) => file.endsWith(".json"))
  .sort().flatMap((file) =>
    JSON.parse(readFileSync(new URL(file, FOLDER), "utf8")) as Recorded[]
  );
const definitions = new Map(
  [...new Set(calls.map(({ provider }) => provider))].map((provider) => {
    const text = bundledProviders.text(provider);
    return [
      provider,
      text === undefined ? undefined : JSON.parse(text) as ProviderDefinition,
    ];
  }),
);
const judged = calls.map((call) => {
  const operations = operationsOf(
    definitions.get(call.provider)?.operations,
    call,
  );
  return {
    call,
    operations,
    reads: allRead(operations) === true,
    line: `${call.provider}: ${call.method} ${call.url} ${
      JSON.stringify(call.body ?? "").slice(0, 200)
    } → ${JSON.stringify(operations)}`,
  };
});
const reads = judged.filter(({ call }) => call.reads);
const writes = judged.filter(({ call }) => !call.reads);

test("every call of the corpus is complete and of a bundled provider", () => {
  const wrong = calls.filter(({ provider, method, url, reads, source }) =>
    !definitions.get(provider) || !/^[A-Z]{3,10}$/.test(method) ||
    !/^https:\/\//.test(url) || typeof reads !== "boolean" ||
    !/^https:\/\//.test(source)
  );
  expect(wrong).toEqual([]);
  const keys = calls.map(({ provider, method, url, headers, body }) =>
    JSON.stringify([provider, method, url, headers, body])
  );
  expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
});

test("no call that writes is taken for one that reads", () => {
  expect(writes.filter(({ reads }) => reads).map(({ line }) => line))
    .toEqual([]);
});

test("at least 99 of 100 calls that read are known to", () => {
  const missed = reads.filter((each) => !each.reads).map(({ line }) => line);
  console.log(
    `${calls.length} calls of ${definitions.size} providers: ${reads.length} read, ${missed.length} of them not known; ${writes.length} write`,
  );
  for (const line of missed) console.log(`  not known: ${line}`);
  expect(missed.length).toBeLessThanOrEqual(reads.length / 100);
});

test("operations have the names that the providers call them by", () => {
  const wrong = judged.filter(({ call, operations }) =>
    call.name !== undefined &&
    !operations.some(({ name }) => name === call.name)
  );
  expect(wrong.map(({ call, line }) => `${call.name} ≠ ${line}`)).toEqual([]);
});

test("the corpus has 1,000 calls of 80 providers", () => {
  expect(definitions.size).toBeGreaterThanOrEqual(MIN_PROVIDERS);
  expect(calls.length).toBeGreaterThanOrEqual(MIN_CALLS);
});
