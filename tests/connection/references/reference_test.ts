// How references are read: what is one, what is none, what is shown of it, and which a file may name.
import { expect } from "expect";
import { test } from "node:test";
import {
  MANAGERS,
  parseFrom,
  parseReference,
  referenceInFile,
  shownReference,
} from "../../../lib/connection/references/reference.ts";
import { withheldVariables } from "../../../lib/connection/references/withheld_variables.ts";

const GOOD: Record<string, string[]> = {
  op: ["op://vault/item/field", "op://My Vault/item/section/field"],
  bw: ["bw:openai", "bw:0b5ee1f8-ee1a-4a6c-9b0a-6f5a6b1a2c3d#api key"],
  vault: ["vault:secret/openai#key", "vault:kv/a/b/c"],
  "aws-sm": [
    "aws-sm:prod/openai",
    "aws-sm:prod/openai#key",
    "aws-sm:arn:aws:secretsmanager:eu-west-1:123456789012:secret:x-AbCdEf#key",
  ],
  "gcp-sm": ["gcp-sm:my-project/openai", "gcp-sm:my-project/openai/3#key"],
  "azure-kv": ["azure-kv:my-vault/openai", "azure-kv:my-vault/openai#key"],
  keychain: ["keychain:openai/me", "keychain:my service/me@example.com"],
  pass: ["pass:api/openai", "pass:openai#token"],
  infisical: ["infisical:64f0/dev/OPENAI", "infisical:64f0/dev/a/b/OPENAI"],
  doppler: ["doppler:app/prd/OPENAI_API_KEY"],
  env: ["env:OPENAI_API_KEY"],
  cmd: ["cmd:gh auth token", `cmd:/opt/x/get "my key" '#1'`],
};

const BAD: Record<string, string[]> = {
  op: ["op:vault/item/field", "op://vault/item", "op://a/b/c/d/e", "op://"],
  bw: ["bw:", "bw:--version", "bw:-x", "bw:a#"],
  vault: [
    "vault:secret",
    "vault:-x/y",
    "vault:a/-x",
    "vault:/a/b",
    "vault:a/b#-x",
  ],
  "aws-sm": [
    "aws-sm:",
    "aws-sm:--x",
    "aws-sm:file:///etc/passwd",
    "aws-sm:a b",
  ],
  "gcp-sm": ["gcp-sm:name", "gcp-sm:p/-x", "gcp-sm:p/n/x", "gcp-sm:--x/n"],
  "azure-kv": ["azure-kv:name", "azure-kv:v/-n", "azure-kv:v/n/1"],
  keychain: ["keychain:a", "keychain:-s/x", 'keychain:a"b/c', "keychain:a/b/c"],
  pass: ["pass:../x", "pass:a/../b", "pass:/etc/x", "pass:--help", "pass:"],
  infisical: ["infisical:p/NAME", "infisical:p/e/-x", "infisical:--x/e/N"],
  doppler: ["doppler:NAME", "doppler:p/c/-x", "doppler:-p/c/N"],
  env: ["env:", "env:A-B", "env:A B", "env:A#b", "env:$A"],
  cmd: ["cmd:", "cmd: x", "cmd:--x"],
};

test("each scheme takes what names a secret, and nothing that its program takes for an option or a file", () => {
  expect(Object.keys(GOOD)).toEqual(Object.keys(MANAGERS));
  for (const text of Object.values(GOOD).flat()) {
    expect([text, parseReference(text).text]).toEqual([text, text]);
  }
  const refused = (text: string) => {
    try {
      return parseReference(text);
    } catch (error) {
      return error;
    }
  };
  for (const [scheme, texts] of Object.entries(BAD)) {
    for (
      const text of [
        ...texts,
        ...GOOD[scheme]!.flatMap((good) =>
          ["\n", "\0", "\x1b", "\x7f", "\u2028"].map((each) => good + each)
        ),
        `${GOOD[scheme]![0]}${"a".repeat(2000)}`,
      ]
    ) {
      expect([text, refused(text)]).toMatchObject([
        text,
        { code: "Usage", hint: expect.stringContaining(scheme) },
      ]);
    }
  }
});

test("what is no reference at all is not repeated: it may be the secret", () => {
  for (const text of ["sk-canary-1234", "sk-canary-1234:x", "constructor:x"]) {
    let message = "";
    try {
      parseReference(text);
    } catch (error) {
      message = `${error}`;
    }
    expect(message).toMatch(/^AuthsomeError: Cannot read a reference/);
    expect(message).not.toContain("canary-1234");
  }
});

test("a field is named before the first sign of equality, and no part of a reference is taken for one", () => {
  expect(parseFrom("op://a/b/c")).toEqual({ text: "op://a/b/c" });
  expect(parseFrom("access_key_id=op://a/b/c=")).toEqual({
    field: "access_key_id",
    text: "op://a/b/c=",
  });
  expect(parseFrom("cmd:get a=b")).toEqual({ text: "cmd:get a=b" });
});

test("a file may name managers, but neither a command nor a variable", () => {
  for (const [scheme, texts] of Object.entries(GOOD)) {
    for (const text of texts) {
      const named = scheme === "cmd" || scheme === "env" ? undefined : text;
      expect([text, referenceInFile(text)]).toEqual([text, named]);
    }
  }
  for (const text of [...Object.values(BAD).flat(), "sk-1", "https://x", ""]) {
    expect([text, referenceInFile(text)]).toEqual([text, undefined]);
  }
});

test("of a command only its program is shown; of what stands in a damaged record, no control character", () => {
  expect(shownReference("cmd:/opt/get --token canary")).toBe("cmd:/opt/get");
  expect(shownReference("cmd:--x canary")).toBe("cmd:");
  expect(shownReference("op://a/b/c")).toBe("op://a/b/c");
  expect(shownReference("x:\x1b[2Jy")).toBe("x:?[2Jy");
});

test("what opens a manager is withheld from commands, in any spelling", () => {
  const present = ["PATH", "Bw_Session", "OP_SESSION_my", "KEY", "VAULT_TOKEN"];
  expect(withheldVariables(["bw:x"], present)).toEqual(["Bw_Session"]);
  expect(withheldVariables(["op://a/b/c"], present)).toEqual(["OP_SESSION_my"]);
  expect(withheldVariables(["env:KEY", "nonsense"], present)).toEqual(["KEY"]);
  expect(withheldVariables(["vault:a/b"], present)).toEqual(["VAULT_TOKEN"]);
  expect(withheldVariables(["pass:a"], present)).toEqual([]);
});
