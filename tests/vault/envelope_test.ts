import { expect } from "expect";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { importSealingKey, open, seal } from "../../lib/vault/envelope.ts";

const KEY = new Uint8Array(32).fill(7);

test("open() gives back what seal() took, whatever the text", async () => {
  const key = await importSealingKey(KEY);
  for (const text of ["", "a", "žluťoučký 🐎", "x".repeat(100_000)]) {
    expect(
      await open(
        key,
        "default/openai/default",
        await seal(key, "default/openai/default", text),
      ),
    ).toBe(text);
  }
});

test("seal() hides the text and never repeats a nonce", async () => {
  const key = await importSealingKey(KEY);
  const nonces = new Set<string>();
  for (let i = 0; i < 20_000; i++) {
    const text = await seal(key, "k", "sk-canary");
    expect(text).not.toContain("sk-canary");
    nonces.add(JSON.parse(text).nonce);
  }
  expect(nonces.size).toBe(20_000);
});

test("open() refuses a record that was copied onto another name", async () => {
  const key = await importSealingKey(KEY);
  const sealed = await seal(key, "default/openai/default", "secret");
  await expect(open(key, "work/openai/default", sealed)).rejects.toMatchObject({
    code: "RecordCorrupt",
    exitCode: 9,
  });
});

test("open() refuses every flipped byte and every truncation", async () => {
  const key = await importSealingKey(KEY);
  const sealed = await seal(key, "k", "a short secret");
  for (let i = 0; i < sealed.length; i++) {
    const flipped = sealed.slice(0, i) +
      String.fromCharCode(sealed.charCodeAt(i) ^ 1) + sealed.slice(i + 1);
    await expect(open(key, "k", flipped)).rejects.toMatchObject({
      exitCode: 9,
    });
    await expect(open(key, "k", sealed.slice(0, i))).rejects.toMatchObject({
      code: "RecordCorrupt",
    });
  }
});

const { key, vectors } = JSON.parse(
  readFileSync(
    new URL("../vectors/vault_envelope.json", import.meta.url),
    "utf8",
  ),
);

for (const { name, expect: outcome, record, envelope, text } of vectors) {
  test(`open() on a vector: ${name}`, async () => {
    const bytes = Uint8Array.from(
      key.match(/../g),
      (hex: string) => parseInt(hex, 16),
    );
    const opened = open(
      await importSealingKey(bytes),
      record,
      JSON.stringify(envelope),
    );
    if (outcome === "ok") expect(await opened).toBe(text);
    else await expect(opened).rejects.toMatchObject({ code: outcome });
  });
}

test("open() refuses unknown fields, wrong types and newer formats", async () => {
  const key = await importSealingKey(KEY);
  const envelope = JSON.parse(await seal(key, "k", "secret"));
  const hostile = [
    null,
    [],
    1,
    "x",
    { ...envelope, enc: 2 },
    { ...envelope, alg: "none" },
    { ...envelope, tag: 1 },
    { ...envelope, more: 1 },
  ];
  for (const value of hostile) {
    await expect(open(key, "k", JSON.stringify(value))).rejects.toMatchObject({
      code: "RecordCorrupt",
    });
  }
});

test("open() names both keys when another master key sealed the record", async () => {
  const right = await importSealingKey(KEY);
  const wrong = await importSealingKey(new Uint8Array(32).fill(8));
  await expect(open(wrong, "k", await seal(right, "k", "secret"))).rejects
    .toMatchObject({
      code: "MasterKeyUnavailable",
      message: expect.stringContaining(right.kid),
    });
});

test("importSealingKey() refuses a key that is not 32 bytes", async () => {
  await expect(importSealingKey(new Uint8Array(31))).rejects.toThrow(
    "31 bytes, expected 32",
  );
});
