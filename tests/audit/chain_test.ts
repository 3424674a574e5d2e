import { expect } from "expect";
import { test } from "node:test";
import {
  chainEntries,
  chainHead,
  GENESIS,
  verifyAuditLog,
} from "../../lib/audit/chain.ts";

async function log(entries: number): Promise<string[]> {
  return await chainEntries(
    { seq: 0, hash: GENESIS },
    Array.from({ length: entries }, (_, at) => ({
      at,
      event: {
        event: "inject" as const,
        profile: "default",
        ok: true,
        path: `/${at}`,
      },
    })),
  );
}

test("verifyAuditLog() finds every edit of a character", async () => {
  const lines = await log(3);
  expect(await verifyAuditLog(lines)).toEqual({ ok: true, entries: 3 });
  expect(await verifyAuditLog([])).toEqual({ ok: true, entries: 0 });
  for (let at = 0; at < lines[1]!.length; at++) {
    for (const character of ["", "0", " ", "}", lines[1]![at]! + " "]) {
      const edited = lines[1]!.slice(0, at) + character +
        lines[1]!.slice(at + 1);
      if (edited === lines[1]) continue;
      expect(await verifyAuditLog([lines[0]!, edited, lines[2]!]))
        .toMatchObject({ ok: false, line: 2 });
    }
  }
});

test("verifyAuditLog() finds entries that were removed, moved, doubled or put in", async () => {
  const [a, b, c, d] = await log(4) as [string, string, string, string];
  const [foreign] = await chainEntries({ seq: 1, hash: GENESIS }, [{
    at: 0,
    event: { event: "inject", profile: "default", ok: true },
  }]);
  const cases: [number, string[]][] = [
    [1, [b, c, d]],
    [2, [a, c, d]],
    [2, [a, c, b, d]],
    [2, [a, a, b, c]],
    [3, [a, b, "", c]],
    [2, [a, foreign!, c, d]],
  ];
  for (const [line, lines] of cases) {
    expect(await verifyAuditLog(lines)).toMatchObject({
      ok: false,
      line,
      entries: line - 1,
    });
  }
});

test("verifyAuditLog() finds a chain that starts again behind a damaged entry", async () => {
  const [a] = await log(1) as [string];
  const damaged = a.replace('"ok":true', '"ok":tru');
  const [next] = await chainEntries(chainHead(damaged), [{
    at: 0,
    event: { event: "deny", profile: "default", ok: false },
  }]);
  expect(await verifyAuditLog([damaged, next!])).toMatchObject({
    ok: false,
    line: 1,
  });
});

const NEXT = {
  at: 9,
  event: { event: "get" as const, profile: "default", ok: true },
};

test("verifyAuditLog() misses what was cut off at the end, and goes on missing it", async () => {
  const lines = await log(3);
  const witness = lines.at(-1)!;
  expect(await verifyAuditLog(lines, witness)).toMatchObject({ ok: true });
  for (const kept of [0, 1, 2]) {
    expect(await verifyAuditLog(lines.slice(0, kept), witness)).toEqual({
      ok: false,
      entries: kept,
      line: kept + 1,
      problem: "cut_off",
    });
    // The next entry goes on behind what is missing.
    const cut = lines.slice(0, kept);
    const next = await chainEntries(chainHead(cut.at(-1), witness), [NEXT]);
    expect(JSON.parse(next[0]!).seq).toBe(4);
    expect(await verifyAuditLog([...cut, ...next], next[0])).toMatchObject({
      ok: false,
      line: kept + 1,
      problem: "out_of_order",
    });
  }
  // A witness that is older, torn or not there proves nothing.
  for (const old of [lines[0], witness.slice(0, 40), "", undefined]) {
    expect(await verifyAuditLog(lines, old)).toMatchObject({ ok: true });
  }
  // A chain made again from the start has another hash at the witness's place.
  const again = await chainEntries(chainHead(undefined), [
    NEXT,
    NEXT,
    NEXT,
  ]);
  expect(await verifyAuditLog(again, witness)).toMatchObject({
    ok: false,
    line: 3,
    problem: "edited",
  });
});

test("chainEntries() lets other work go on between the entries of a large batch", async () => {
  // What a first large batch loads is not what is asked about.
  await log(200);
  let turns = 0;
  setTimeout(() => turns++);
  const lines = await log(200);
  expect(turns).toBe(1);
  expect(await verifyAuditLog(lines)).toEqual({ ok: true, entries: 200 });
});
