// The sealed messages, against Node's own cryptography, and every way to damage them.
import { expect } from "expect";
import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { test } from "node:test";
import { requestText } from "../../../lib/approval/remote/remote_message.ts";
import {
  MAX_SEALED,
  MESSAGE_BYTES,
  newPairingKey,
  openMessage,
  pairingKeys,
  sealMessage,
} from "../../../lib/approval/remote/remote_seal.ts";
import { Secret } from "../../../lib/secret.ts";
import { CANARIES, canaryRequest, KEY, keysOf } from "./phone.ts";

/** HKDF and AES of another implementation. */
const derived = (name: string, length: number) =>
  Buffer.from(
    hkdfSync(
      "sha256",
      Buffer.from(KEY, "base64url"),
      "authsome approval 1",
      name,
      length,
    ),
  );

test("topics and keys are those that another implementation derives", async () => {
  const keys = await keysOf();
  expect(keys.topics).toEqual({
    notice: "authsome_dfe272716d9a5a5eb310fa90b9c13105",
    request: `authsome_${derived("request topic", 16).toString("hex")}`,
    answer: `authsome_${derived("answer topic", 16).toString("hex")}`,
  });
  const sealed = await sealMessage(keys, "request", "{}", 64);
  const bytes = Buffer.from(sealed.slice(3), "base64url");
  const opening = createDecipheriv(
    "aes-256-gcm",
    derived("request key", 32),
    bytes.subarray(0, 12),
  );
  opening.setAAD(Buffer.from("authsome approval 1 request"));
  opening.setAuthTag(bytes.subarray(-16));
  expect(opening.update(bytes.subarray(12, -16)).toString() + opening.final())
    .toBe("{}".padEnd(64));

  const iv = Buffer.alloc(12, 7);
  const sealing = createCipheriv("aes-256-gcm", derived("answer key", 32), iv);
  sealing.setAAD(Buffer.from("authsome approval 1 answer"));
  const text = Buffer.concat([sealing.update("hello"), sealing.final()]);
  const made = Buffer.concat([iv, text, sealing.getAuthTag()]);
  expect(await openMessage(keys, "answer", `a1.${made.toString("base64url")}`))
    .toBe("hello");
});

test("a message with any bit changed, cut, of the other direction or of another pairing does not open", async () => {
  const keys = await keysOf();
  const sealed = await sealMessage(keys, "answer", '{"v":1}', 32);
  expect(await openMessage(keys, "answer", sealed)).toBe('{"v":1}'.padEnd(32));
  const bytes = Buffer.from(sealed.slice(3), "base64url");
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    const text = `a1.${changed.toString("base64url")}`;
    expect([bit, await openMessage(keys, "answer", text)])
      .toEqual([bit, undefined]);
  }
  for (let length = 0; length < sealed.length; length++) {
    expect(await openMessage(keys, "answer", sealed.slice(0, length)))
      .toBe(undefined);
  }
  for (
    const other of [
      ...["", "a1.", "a2" + sealed.slice(2), sealed + "=", ` ${sealed}`],
      ...[sealed + "A", sealed + "AAAA", "a1.\u00e9", sealed + sealed],
      `a1.${"A".repeat(MAX_SEALED)}`,
    ]
  ) expect(await openMessage(keys, "answer", other)).toBe(undefined);
  expect(await openMessage(keys, "request", sealed)).toBe(undefined);
  const stranger = await keysOf(newPairingKey());
  expect(await openMessage(stranger, "answer", sealed)).toBe(undefined);
});

test("a base64url text has one spelling: spare bits are refused", async () => {
  const keys = await keysOf();
  // 33 + 28 bytes leave spare bits in the last character.
  const sealed = await sealMessage(keys, "answer", "{}", 33);
  const last = sealed.at(-1)!;
  const alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const twin = alphabet[alphabet.indexOf(last) ^ 1]!;
  expect(Buffer.from(sealed.slice(3), "base64url"))
    .toEqual(Buffer.from(sealed.slice(3, -1) + twin, "base64url"));
  expect(await openMessage(keys, "answer", sealed)).not.toBe(undefined);
  expect(await openMessage(keys, "answer", sealed.slice(0, -1) + twin))
    .toBe(undefined);
});

test("what is no pairing key is refused", async () => {
  for (const key of ["", "x", KEY.slice(1), `${KEY}A`, `${KEY}=`]) {
    await expect(pairingKeys(new Secret(key))).rejects.toThrow(RangeError);
  }
});

test("every message of a kind has the same length, fits where it goes and differs each time", async () => {
  const keys = await keysOf();
  const bounds = { request: 4_096, link: 2_000 - 256 - 52, answer: 4_096 };
  for (const [kind, most] of Object.entries(bounds)) {
    const length = MESSAGE_BYTES[kind as "request"];
    const texts = ["{}", JSON.stringify({ a: "b".repeat(400) })];
    const sealed = await Promise.all(
      [...texts, ...texts].map((text) =>
        sealMessage(keys, "request", text, length)
      ),
    );
    expect(new Set(sealed.map((each) => each.length)).size).toBe(1);
    expect(new Set(sealed).size).toBe(4);
    expect([kind, sealed[0]!.length <= most]).toEqual([kind, true]);
  }
  await expect(sealMessage(keys, "answer", "é".repeat(300), 512))
    .rejects.toThrow(RangeError);
});

test("of a request that is too long only the body is shortened, by whole characters", () => {
  const bytes = (text: string) => new TextEncoder().encode(text).length;
  const request = canaryRequest();
  const { subject: _, ...told } = request;
  for (const letter of ["a", "é", "😀", '"', "\u0001"]) {
    for (const count of [10, 500, 5_000]) {
      const shown = letter.repeat(count);
      const body = { ...request.body, shown };
      const text = requestText({ ...request, body }, 2_880)!;
      expect(bytes(text)).toBeLessThanOrEqual(2_880);
      const { v, kind, ...read } = JSON.parse(text);
      expect([v, kind]).toEqual([1, "request"]);
      expect({ ...read, body: { ...read.body, shown } })
        .toEqual({ ...told, body });
      const kept = read.body.shown.replace(/…$/, "");
      expect(shown.startsWith(kept)).toBe(true);
      expect(kept.isWellFormed()).toBe(true);
      if (kept !== shown) {
        expect(read.body.shown.endsWith("…")).toBe(true);
        // No room is wasted.
        expect(bytes(text)).toBeGreaterThan(2_880 - 16);
      }
    }
  }
  const long = { ...request, path: `/${"p".repeat(3_000)}` };
  expect(requestText(long, 2_880)).toBe(undefined);
  expect(requestText({ ...request, body: undefined! }, 2_880))
    .toContain(CANARIES[0]!);
});
