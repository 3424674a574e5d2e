// The vectors of format 2 and Wycheproof's of AES-GCM, opened by the vault and by an implementation that shares nothing
// with it.
import { Buffer } from "node:buffer";
import { expect } from "expect";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  importDataKey,
  importMasterKey,
  opaqueName,
} from "../../lib/vault/derived_keys.ts";
import { decodeKeyRecord, unwrapDataKey } from "../../lib/vault/key_record.ts";
import { openName, openRecord } from "../../lib/vault/sealed_record.ts";
import { openBytes } from "../../lib/vault/sealing.ts";
import { vaultVectors } from "../../scripts/generate/vault_vectors.ts";
import { missing } from "../support/missing.ts";

const FILE = new URL("../vectors/vault_format_2.json", import.meta.url);
const TEXT = readFileSync(FILE, "utf8");
const vectors = JSON.parse(TEXT) as
  & {
    [key in "master_key" | "master_kid" | "data_key" | "data_kid"]: string;
  }
  & {
    keys: { name: string; opens: boolean; value: string }[];
    records: {
      name: string;
      key: string;
      stored_as: string;
      value: string;
      text: string | null;
      name_opens: boolean;
    }[];
  };

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));
const masterKey = importMasterKey(bytes(vectors.master_key));
const dataKey = importDataKey(bytes(vectors.data_key));

test("the vectors are those that the script makes", () => {
  expect(TEXT).toBe(vaultVectors());
});

test("keys have the names of the vectors", async () => {
  expect((await masterKey).kid).toBe(vectors.master_kid);
  expect((await dataKey).kid).toBe(vectors.data_kid);
});

for (const { name, opens, value } of vectors.keys) {
  test(`the key record on a vector: ${name}`, async () => {
    const opened = await (async () =>
      await unwrapDataKey(decodeKeyRecord(value), await masterKey))()
      .catch((error) => {
        expect(error).toMatchObject({ name: "AuthsomeError", exitCode: 9 });
      });
    expect(opened && Buffer.from(opened).toString("hex")).toBe(
      opens ? vectors.data_key : undefined,
    );
  });
}

for (
  const { name, key, stored_as, value, text, name_opens } of vectors.records
) {
  test(`a record on a vector: ${name}`, async () => {
    const data = await dataKey;
    expect(await opaqueName(data, key)).toBe(stored_as);
    const attempt = (opened: Promise<string>) =>
      opened.catch((error) => {
        expect(error.name).toMatch(/^(?:AuthsomeError|OtherDataKey)$/);
        return null;
      });
    expect(await attempt(openRecord(data, stored_as, key, value))).toBe(text);
    expect(await attempt(openName(data, stored_as, value))).toBe(
      name_opens ? key : null,
    );
  });
}

const skip = await missing("python3", "-c", "import cryptography");

test(
  "another implementation, in Python, opens the same vectors and no others",
  {
    skip,
  },
  async () => {
    const script = new URL("vault_format.py", import.meta.url).pathname;
    const { stdout, stderr } = await new Deno.Command("python3", {
      args: [script, FILE.pathname],
      stdout: "piped",
      stderr: "piped",
    }).output();
    expect(new TextDecoder().decode(stderr)).toBe("");
    expect(JSON.parse(new TextDecoder().decode(stdout))).toEqual({
      keys: vectors.keys.map(({ opens }) => opens),
      records: vectors.records.map((
        { text, name_opens },
      ) => [text, name_opens]),
    });
  },
);

/** One of https://github.com/C2SP/wycheproof, in hexadecimal. */
type Wycheproof =
  & Record<"key" | "iv" | "aad" | "msg" | "ct" | "tag" | "comment", string>
  & { tcId: number; result: "valid" | "invalid" };
const { vectors: wycheproof } = JSON.parse(readFileSync(
  new URL("../vectors/wycheproof/aes_gcm_256.json", import.meta.url),
  "utf8",
)) as { vectors: Wycheproof[] };

test("openBytes() agrees with every vector of Wycheproof for AES-256-GCM", async () => {
  const counts = { opened: 0, refused: 0, nonces: 0 };
  for (const vector of wycheproof) {
    const key = await crypto.subtle.importKey(
      "raw",
      bytes(vector.key),
      "AES-GCM",
      false,
      ["decrypt"],
    );
    const base64 = (hex: string) => Buffer.from(hex, "hex").toString("base64");
    const opened = await openBytes(key, bytes(vector.aad), {
      nonce: base64(vector.iv),
      ciphertext: base64(vector.ct),
      tag: base64(vector.tag),
    }).then((plain) => Buffer.from(plain).toString("hex"), () => undefined);
    // The vault's nonces have 96 bits; every other one is refused, though Wycheproof calls most of them valid.
    const hasNonce = vector.iv.length === 24;
    const valid = vector.result === "valid" && hasNonce;
    expect([vector.tcId, opened]).toEqual([
      vector.tcId,
      valid ? vector.msg : undefined,
    ]);
    counts[!hasNonce ? "nonces" : valid ? "opened" : "refused"]++;
  }
  // Otherwise a part of the file would not have been read.
  expect(counts).toEqual({ opened: 39, refused: 27, nonces: 39 });
});
