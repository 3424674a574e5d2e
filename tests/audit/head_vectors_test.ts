// The head and the chain as docs/reference/audit-log.md has them: made by node:crypto alone.
import { expect } from "expect";
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { verifyAuditLog } from "../../lib/audit/chain.ts";
import { decodeHead, encodeHead, HEAD_KEY } from "../../lib/audit/log_head.ts";
import { importDataKey, opaqueName } from "../../lib/vault/derived_keys.ts";
import { openName, openRecord } from "../../lib/vault/sealed_record.ts";

const VECTOR = JSON.parse(
  readFileSync(new URL("../vectors/audit_head.json", import.meta.url), "utf8"),
);

test("the vector of the head opens, is written the same way, and belongs to its log", async () => {
  const { name, value, text, log } = VECTOR;
  const data = await importDataKey(
    Uint8Array.from(Buffer.from(VECTOR.data_key, "hex")),
  );
  expect(data.kid).toBe(VECTOR.data_kid);
  expect(VECTOR.key).toBe(HEAD_KEY);
  expect(await opaqueName(data, HEAD_KEY)).toBe(name);
  expect(await openName(data, name, value)).toBe(HEAD_KEY);
  expect(await openRecord(data, name, HEAD_KEY, value)).toBe(text);
  const head = decodeHead(text);
  expect(encodeHead(head)).toBe(text);
  expect(await verifyAuditLog(log, undefined, head)).toEqual({
    ...{ ok: true, entries: 3 },
  });
  for (const kept of [0, 1, 2]) {
    expect(await verifyAuditLog(log.slice(0, kept), undefined, head))
      .toMatchObject({ ok: false, problem: "cut_off", line: kept + 1 });
  }
  const other = { ...head, head: { ...head.head, hash: "0".repeat(64) } };
  expect(await verifyAuditLog(log, undefined, other)).toMatchObject({
    ...{ ok: false, problem: "rewritten", line: 3 },
  });
});
