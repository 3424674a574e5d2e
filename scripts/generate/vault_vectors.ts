/**
 * `deno run -A scripts/generate/vault_vectors.ts`: writes `tests/vectors/vault_format_2.json`, from
 * docs/reference/vault-format.md and with `node:crypto` (OpenSSL), neither of which the vault uses. Nonces follow from
 * names, so the file is the same each time.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createCipheriv, createHash, createHmac, hkdfSync } from "node:crypto";

const MASTER = Buffer.from("07".repeat(32), "hex");
const DATA = Buffer.from(
  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
  "hex",
);
const NAME = "profile/default/connection/openai/default";
const OTHER = "profile/default/connection/openai/work";
const TEXT = '{"v":1,"note":"žluťoučký 🐎"}';

/** Three byte strings in base64. */
interface Sealed {
  nonce: string;
  ciphertext: string;
  tag: string;
}

const hkdf = (key: Buffer, info: string, length: number) =>
  Buffer.from(hkdfSync("sha256", key, Buffer.alloc(0), info, length));
const master = hkdf(MASTER, "authsome vault 2 master key", 40);
const data = hkdf(DATA, "authsome vault 2 data key", 72);
const masterKid = master.subarray(32).toString("hex");
const dataKid = data.subarray(64).toString("hex");
const sealing = data.subarray(0, 32);
const naming = data.subarray(32, 64);

function seal(
  key: Buffer,
  aad: string,
  plain: Buffer | string,
  nonceBytes = 12,
): Sealed {
  const nonce = createHash("sha256").update(aad).update(plain).digest()
    .subarray(0, nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(Buffer.from(aad));
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  return {
    nonce: nonce.toString("base64"),
    ciphertext: ciphertext.toString("base64"),
    tag: cipher.getAuthTag().toString("base64"),
  };
}

const opaque = (key: string) =>
  createHmac("sha256", naming).update(key).digest().subarray(0, 16)
    .toString("base64url");

function record(key: string, text: Buffer | string, stored = opaque(key)) {
  return {
    ...{ enc: 2, alg: "A256GCM", kid: dataKid },
    name: seal(sealing, `authsome vault 2\0name\0${stored}`, key),
    ...seal(sealing, `authsome vault 2\0record\0${stored}`, text),
  };
}

/** The base64 text with a bit of its last byte or of its first one changed. */
function flip(text: string, at: number): string {
  const bytes = Buffer.from(text, "base64");
  bytes[at < 0 ? bytes.length + at : at]! ^= 1;
  return bytes.toString("base64");
}

const good = record(NAME, TEXT);
const other = record(OTHER, "another text");
const short = (text: string, length: number) =>
  Buffer.from(text, "base64").subarray(0, length).toString("base64");
/** One letter more of the alphabet: the same bytes with bits that must be zero. */
const spare = (text: string) =>
  text.replace(
    /.(?==+$)/,
    (letter) => String.fromCharCode(letter.charCodeAt(0) + 1),
  );

/** What opens: the text, the name, both or neither. */
const records: [
  name: string,
  text: boolean,
  key: boolean,
  value: unknown,
  extra?: { stored?: string; plain?: string; key?: string },
][] = [
  ["sealed by another implementation", true, true, good],
  ["an empty text", true, true, record(NAME, ""), { plain: "" }],
  [
    "a long text",
    true,
    true,
    record(NAME, "x".repeat(3_000)),
    { plain: "x".repeat(3_000) },
  ],
  [
    "a name with other letters",
    true,
    true,
    record("profile/pr%C3%A1ce/preferences", "{}"),
    { plain: "{}", key: "profile/pr%C3%A1ce/preferences" },
  ],
  ["a bit of the ciphertext", false, true, {
    ...good,
    ciphertext: flip(good.ciphertext, 0),
  }],
  ["a bit of the tag", false, true, { ...good, tag: flip(good.tag, -1) }],
  ["a bit of the nonce", false, true, { ...good, nonce: flip(good.nonce, 3) }],
  ["a bit of the name's ciphertext", true, false, {
    ...good,
    name: { ...good.name, ciphertext: flip(good.name.ciphertext, 5) },
  }],
  ["a bit of the name's tag", true, false, {
    ...good,
    name: { ...good.name, tag: flip(good.name.tag, 0) },
  }],
  ["the ciphertext cut off", false, true, {
    ...good,
    ciphertext: short(good.ciphertext, 8),
  }],
  ["no ciphertext", false, true, { ...good, ciphertext: "" }],
  ["a tag of 96 bits", false, true, { ...good, tag: short(good.tag, 12) }],
  ["a nonce of 128 bits", false, true, {
    ...good,
    ...seal(
      sealing,
      `authsome vault 2\0record\0${opaque(NAME)}`,
      TEXT,
      16,
    ),
  }],
  ["a record under another's name in the store", false, false, other, {
    stored: opaque(NAME),
  }],
  ["the text of another record", false, true, { ...other, name: good.name }],
  ["the name of another record", true, false, { ...good, name: other.name }],
  ["its name in the place of its text", false, true, {
    ...good,
    ...good.name,
  }],
  ["its text in the place of its name", true, false, {
    ...good,
    name: {
      nonce: good.nonce,
      ciphertext: good.ciphertext,
      tag: good.tag,
    },
  }],
  ["the key of another vault", false, false, {
    ...good,
    kid: "0011223344556677",
  }],
  ["the remains of a damaged record", false, true, {
    ...good,
    ciphertext: Buffer.from("damaged").toString("base64"),
    nonce: Buffer.alloc(12).toString("base64"),
    tag: Buffer.alloc(16).toString("base64"),
  }],
  ["no UTF-8 inside", false, true, record(NAME, Buffer.from([0xc3, 0x28]))],
  ["base64 with spare bits", false, true, { ...good, tag: spare(good.tag) }],
  ["base64 with a space", false, true, { ...good, tag: ` ${good.tag}` }],
  ["base64 without padding", false, true, {
    ...good,
    tag: good.tag.replace(/=+$/, ""),
  }],
  ["base64url", false, true, {
    ...good,
    ciphertext: Buffer.from(good.ciphertext, "base64").toString("base64url"),
  }],
  ["a member more", false, false, { ...good, more: 1 }],
  ["a member more in the name", false, false, {
    ...good,
    name: { ...good.name, more: 1 },
  }],
  ["a member less", false, false, { ...good, tag: undefined }],
  ["a member of another type", false, false, { ...good, tag: 1 }],
  ["a name that is a text", false, false, { ...good, name: NAME }],
  ["format 3", false, false, { ...good, enc: 3 }],
  ["format 1", false, false, { ...good, enc: 1 }],
  ["another algorithm", false, false, { ...good, alg: "A128GCM" }],
  ["a list", false, false, [good]],
  ["null", false, false, null],
];

const wrap = {
  kid: masterKid,
  ...seal(
    master.subarray(0, 32),
    `authsome vault 2\0key\0${dataKid}`,
    DATA,
  ),
};
const keyRecord = { enc: 2, alg: "A256GCM", kid: dataKid, wraps: [wrap] };
const foreign = { ...wrap, kid: "0011223344556677" };

const keys: [name: string, opens: boolean, value: unknown][] = [
  ["one wrap", true, keyRecord],
  ["two wraps", true, { ...keyRecord, wraps: [foreign, wrap] }],
  ["no wrap", false, { ...keyRecord, wraps: [] }],
  ["the wrap of another master key", false, { ...keyRecord, wraps: [foreign] }],
  ["a bit of the wrap", false, {
    ...keyRecord,
    wraps: [{ ...wrap, ciphertext: flip(wrap.ciphertext, 7) }],
  }],
  ["the wrap of another data key", false, {
    ...keyRecord,
    kid: "0011223344556677",
  }],
  ["a wrap with a member more", false, {
    ...keyRecord,
    wraps: [{ ...wrap, more: "" }],
  }],
  ["a record with a member more", false, { ...keyRecord, more: "" }],
  ["format 3", false, { ...keyRecord, enc: 3 }],
  ["another algorithm", false, { ...keyRecord, alg: "A128GCM" }],
];

/** The text of the file. */
export function vaultVectors(): string {
  const all = {
    source:
      "Made by scripts/generate/vault_vectors.ts from docs/reference/vault-format.md, with node:crypto (OpenSSL). The keys are no secrets.",
    master_key: MASTER.toString("hex"),
    master_kid: masterKid,
    data_key: DATA.toString("hex"),
    data_kid: dataKid,
    keys: keys.map(([name, opens, value]) => ({
      name,
      opens,
      value: JSON.stringify(value),
    })),
    records: [
      ...records.map(([name, text, key, value, extra = {}]) => ({
        name,
        key: extra.key ?? NAME,
        stored_as: extra.stored ?? opaque(extra.key ?? NAME),
        value: JSON.stringify(value),
        text: text ? extra.plain ?? TEXT : null,
        name_opens: key,
      })),
      {
        ...{ name: "no JSON", key: NAME, stored_as: opaque(NAME) },
        ...{ value: "{", text: null, name_opens: false },
      },
    ],
  };
  return `${JSON.stringify(all, null, 2)}\n`;
}

if (import.meta.main) {
  Deno.writeTextFileSync(
    new URL("../../tests/vectors/vault_format_2.json", import.meta.url),
    vaultVectors(),
  );
}
