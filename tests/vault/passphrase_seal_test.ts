import { expect } from "expect";
import { test } from "node:test";
import { base64 } from "../../lib/bytes.ts";
import { type PassphraseSeal, readEncryption } from "../../lib/encryption.ts";
import {
  isOutdated,
  openByPassphrase,
  SEAL_COST,
  sealByPassphrase,
} from "../../lib/vault/passphrase_seal.ts";

const CHEAP = { memory: 64, iterations: 1, parallelism: 1 };
const KEY = Uint8Array.from({ length: 32 }, (_, at) => at);

// Made with Python: argon2-cffi's hash_secret_raw and AESGCM of cryptography.
const VECTOR: PassphraseSeal = {
  kdf: "argon2id",
  ...CHEAP,
  salt: "AAECAwQFBgcICQoLDA0ODw==",
  nonce: "AAECAwQFBgcICQoL",
  ciphertext: "hLMbcl4EBhpBlLvBvmkPsO4vy3NnoWlz0jGhUYB4tEQ=",
  tag: "YRrOfanFdSW45ZVOSVDdvA==",
};

test("a seal opens with its passphrase, in either spelling of its letters", async () => {
  const seal = await sealByPassphrase("pässword – 猫", KEY, CHEAP);
  expect(await openByPassphrase("pässword – 猫".normalize("NFD"), seal))
    .toEqual(KEY);
  for (const other of ["passwort", "pässword – 猫 ", "PÄSSWORD – 猫"]) {
    expect(await openByPassphrase(other, seal)).toBe(undefined);
  }
  const again = await sealByPassphrase("pässword – 猫", KEY, CHEAP);
  for (const field of ["salt", "nonce", "ciphertext"] as const) {
    expect(again[field]).not.toBe(seal[field]);
  }
});

test("what another implementation sealed opens", async () => {
  expect(await openByPassphrase("correct horse battery staple", VECTOR))
    .toEqual(KEY);
});

test("no changed field of a seal opens", async () => {
  const seal = await sealByPassphrase("pass", KEY, CHEAP);
  for (const field of ["salt", "nonce", "ciphertext", "tag"] as const) {
    const bytes = Uint8Array.from(atob(seal[field]), (c) => c.charCodeAt(0));
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at]! ^= 1;
      const other = { ...seal, [field]: base64(changed) };
      expect(await openByPassphrase("pass", other)).toBe(undefined);
    }
  }
  for (
    const cost of [{ memory: 65 }, { iterations: 2 }, {
      memory: 64,
      parallelism: 2,
    }]
  ) {
    expect(await openByPassphrase("pass", { ...seal, ...cost }))
      .toBe(undefined);
  }
});

test("a new seal costs what RFC 9106 asks for, and one that costs less is outdated", () => {
  expect(SEAL_COST).toEqual({ memory: 65_536, iterations: 3, parallelism: 1 });
  expect(isOutdated(SEAL_COST)).toBe(false);
  expect(isOutdated({ ...SEAL_COST, memory: 1 << 20 })).toBe(false);
  expect(isOutdated({ ...SEAL_COST, memory: 65_535 })).toBe(true);
  expect(isOutdated({ ...SEAL_COST, iterations: 2 })).toBe(true);
});

test("a seal in config.json that is none, or asks for the memory of the machine, is refused", async () => {
  const seal = await sealByPassphrase("pass", KEY, CHEAP);
  const read = (passphrase: unknown) =>
    readEncryption({ mode: "passphrase", passphrase });
  expect(read(seal)).toEqual({ mode: "passphrase", passphrase: seal });
  expect(read(undefined)).toEqual({ mode: "passphrase" });
  for (
    const change of [
      { kdf: "scrypt" },
      { salt: "" },
      { salt: base64(new Uint8Array(15)) },
      { nonce: "no base64" },
      { tag: 7 },
      { ciphertext: base64(new Uint8Array(33)) },
      { memory: 1 << 21 },
      { memory: 7 },
      { memory: "64" },
      { iterations: 0 },
      { iterations: 1e9 },
      { parallelism: 1.5 },
    ]
  ) {
    expect([change, read({ ...seal, ...change })]).toEqual([
      change,
      { field: "passphrase", problem: expect.any(String) },
    ]);
  }
  for (const other of [null, "text", [], {}]) {
    expect(read(other)).toMatchObject({ field: "passphrase" });
  }
});
