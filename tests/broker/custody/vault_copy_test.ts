import { expect } from "expect";
import { test } from "node:test";
import {
  decodeCopy,
  encodeCopy,
  isCopied,
  nameRecord,
} from "../../../lib/broker/custody/vault_copy.ts";
import {
  identitiesIn,
  openAge,
  sealAge,
} from "../../../lib/broker/custody/age_file.ts";
import { generateX25519Identity, identityToRecipient } from "age-encryption";

const NOW = "2026-11-27T00:00:00.000Z";
const CONNECTION = JSON.stringify({
  ...{ v: 1, provider: "openai", name: "work", state: "connected" },
  ...{ created_at: 1, updated_at: 1 },
  credential: { type: "api_key", fields: { api_key: "sk-canary" } },
});
const KEY = "profile/default/connection/openai/work";

/** The text of a copy whose parts are changed by `parts`. */
function copyWith(parts: Record<string, unknown>): string {
  const good = { config: {}, definitions: {}, records: { [KEY]: CONNECTION } };
  return JSON.stringify({
    ...JSON.parse(encodeCopy(good, NOW)),
    ...parts,
  });
}

test("decodeCopy() gives back what encodeCopy() took", () => {
  const copy = {
    config: { default_profile: "work" },
    definitions: { acme: "{}" },
    records: { [KEY]: CONNECTION, "profiles/work": '{"v":1}' },
  };
  expect(decodeCopy(encodeCopy(copy, NOW))).toEqual(copy);
});

for (
  const [what, text] of [
    ["no JSON", "sk-canary"],
    ["no object", "[]"],
    ["another kind", copyWith({ kind: "other" })],
    ["a newer version", copyWith({ v: 2 })],
    ["no records", copyWith({ records: undefined })],
    ["records in a list", copyWith({ records: [CONNECTION] })],
    ["a record that is no text", copyWith({ records: { [KEY]: {} } })],
    ["a record that is no object", copyWith({ records: { [KEY]: "1" } })],
    [
      "a record of a newer version",
      copyWith({
        records: { [KEY]: CONNECTION.replace('"v":1', '"v":99') },
      }),
    ],
    [
      "a connection under another's name",
      copyWith({
        records: { "profile/default/connection/openai/other": CONNECTION },
      }),
    ],
    ...[
      "vault/check",
      "vault/key",
      "other",
      "",
      "profiles",
      "profiles/a/b",
      "profile/default",
      "profile/default/lease/openai/default",
      "profile/default/login/x",
      "profile/default/mcp/x",
      "profile/default/__proto__/x",
      "profile//connection/openai/work",
      "profile/default/connection/openai/a%2fb",
      "profile/de%66ault/connection/openai/work",
      "profile/default/connection/openai/work/more",
    ].map((key) => [
      `the key "${key}"`,
      copyWith({ records: { [key]: CONNECTION } }),
    ]),
    ...["../x", "", "A B", "__proto__", "x".repeat(200)].map((name) => [
      `a definition called "${name}"`,
      copyWith({ definitions: JSON.parse(`{${JSON.stringify(name)}:"{}"}`) }),
    ]),
    [
      "a definition that is too long",
      copyWith({
        definitions: { acme: " ".repeat(1_048_577) },
      }),
    ],
  ] as [string, string][]
) {
  test(`decodeCopy() refuses ${what}`, () => {
    let error: unknown;
    try {
      decodeCopy(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ name: "AuthsomeError" });
    expect(String(error)).not.toContain("canary");
  });
}

test("what belongs to the machine is not copied", () => {
  expect([KEY, "profiles/work", "profile/a/preferences"].filter(isCopied))
    .toHaveLength(3);
  expect(
    ["vault/check", "profile/a/lease/b/c", "profile/a/login/x"].filter(
      isCopied,
    ),
  ).toEqual([]);
  expect(nameRecord("profile/a/earlier-client/github/17")).toEqual({
    ...{ profile: "a", what: "earlier client github" },
  });
});

test("openAge() refuses every truncation and every changed line", async () => {
  const identity = await generateX25519Identity();
  const key = { identities: [identity] };
  const recipients = [await identityToRecipient(identity)];
  const text = await sealAge("canary ".repeat(40), { recipients });
  expect(await openAge(text, key)).toBe("canary ".repeat(40));
  expect(await openAge(text.replaceAll("\n", "\r\n"), key)).toContain("canary");
  const body = text.indexOf("\n") + 1;
  const end = text.indexOf("\n-----END");
  for (let at = 0; at < end; at += 7) {
    const changed = [text.slice(0, at)];
    // Some letters of base64 have bits that say nothing, and the decoder refuses other ones there.
    if (at >= body && text[at] !== "\n") {
      changed.push(
        text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1),
      );
    }
    for (const bad of changed) {
      await expect(openAge(bad, key)).rejects.toMatchObject({
        name: "AuthsomeError",
        exitCode: expect.any(Number),
      });
    }
  }
});

test("identitiesIn() reads a file of age-keygen", () => {
  expect(
    identitiesIn("# created: now\n# public key: age1x\nAGE-SECRET-KEY-1X\n\n"),
  ).toEqual(["AGE-SECRET-KEY-1X"]);
});
