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
