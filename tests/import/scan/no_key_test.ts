// What stands in dotenv files in the place of a key, and what does not.
import { expect } from "expect";
import { test } from "node:test";
import { noKey } from "../../../lib/import/scan/no_key.ts";

const REFERENCES = [
  "op://Private/OpenAI/credential",
  "op://vault/item/section/field?attribute=otp",
  "vault://secret/data/openai#key",
  "vault:secret/data/openai#key",
  "bw:openai",
  "bw://item/openai",
  "bws:be8e0ad8-d545-4017-a55a-b02f014d4158",
  "aws-sm:prod/openai",
  "aws-ssm:/prod/openai",
  "awssm://prod/openai",
  "ssm:/prod/openai",
  "gcp-sm://projects/p/secrets/s",
  "sm://project/openai",
  "azkv://vault/secret",
  "akv:secret",
  "infisical://project/env/KEY",
  "doppler://project/config/KEY",
  "keychain://login/openai",
  "keyring:openai",
  "lpass://Shared/openai",
  "pass:openai/key",
  "file:/run/secrets/openai",
  "file:///run/secrets/openai",
  "env:OPENAI_KEY",
  "secretref:openai-key",
  "encrypted:BDqDBibm4wsYqMpCjTQ6BsDHmMadg9K3dAt+Z9HPMfLEIRVz50hmLXPXRuDBXaJi",
  "ref+vault://secret/openai#/key",
  "ref+awssecrets://prod/openai",
  "ref+gcpsecrets://project/openai",
  "secretref+vault://secret/openai",
  "ENC[AES256_GCM,data:p673w==,iv:YY=,aad:UQ=,tag:A=]",
  "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/s/)",
  "arn:aws:secretsmanager:eu-west-1:123456789012:secret:openai-AbCdEf",
  "projects/123/secrets/openai/versions/latest",
  "${OPENAI_KEY}",
  "${OPENAI_KEY:-none}",
  "sk-${SUFFIX}",
  "$OPENAI_KEY",
  "$openai_key",
  "$(op read op://Private/OpenAI/credential)",
  "$(pass show openai)",
  "`cat key.txt`",
  "$env:OPENAI_KEY",
  "%OPENAI_KEY%",
  "{{ openai_key }}",
  "{{OPENAI_KEY}}",
  "{% secret 'openai' %}",
  "${{ secrets.OPENAI_API_KEY }}",
  "<%= ENV['OPENAI'] %>",
  "((openai-key))",
  "#{OPENAI_KEY}#",
  "__OPENAI_KEY__",
  "!Ref OpenAiKey",
  "process.env.OPENAI_KEY",
  'os.environ["OPENAI_KEY"]',
  "secrets.OPENAI_API_KEY",
];

const EXAMPLES = [
  "changeme",
  "ChangeMe",
  "change-me",
  "CHANGE_ME",
  "change_this",
  "replace_me",
  "REPLACE-WITH-YOUR-KEY",
  "placeholder",
  "<your-key>",
  "<YOUR_API_KEY>",
  "<insert key here>",
  "sk-<your-key>",
  "[your key]",
  "{your_api_key}",
  "xxx",
  "XXXX",
  "xxxxxxxxxxxxxxxxxxxx",
  "sk-xxxxxxxxxxxxxxxx",
  "sk-proj-XXXXXXXXXXXX",
  "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
  "xoxb-xxxx-xxxx-xxxx",
  "AKIAXXXXXXXXXXXXXXXX",
  "AKIAIOSFODNN7EXAMPLE",
  "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  "your-api-key-here",
  "your_api_key",
  "YOUR_OPENAI_API_KEY",
  "yourApiKey",
  "your-key",
  "sk-your-key-here",
  "sk-your-openai-api-key",
  "my-api-key",
  "insert-your-key-here",
  "enter your token",
  "paste-token-here",
  "put-your-secret-here",
  "api-key-goes-here",
  "key_here",
  "sk-...",
  "sk-…",
  "ghp_...",
  "...",
  "***",
  "sk-****",
  "••••••••",
  "TODO",
  "todo",
  "TBD",
  "FIXME",
  "null",
  "NULL",
  "none",
  "undefined",
  "nil",
  "n/a",
  "dummy",
  "dummy-key",
  "fake-api-key",
  "sample",
  "example",
  "example-key",
  "sk-example",
  "test",
  "testing",
  "foo",
  "foobar",
  "token",
  "secret",
  "password",
  "api_key",
  "API-KEY",
  "access_token",
  "client secret",
  "12345",
  "123456789",
  "abc123",
  "aaaaaaaaaaaa",
  "0000000000000000",
  "0000-0000-0000-0000",
  "00000000-0000-0000-0000-000000000000",
  "sk-0000000000000000",
  "--------",
  "REDACTED",
  "redacted-by-ops",
  "true",
  "false",
];

/** In the shapes that providers give out, and words that people choose. */
const KEYS = [
  "sk-proj-Abc123def456ghi",
  "sk-proj-Abc#123def456ghi",
  "sk-01234567890123456789012345678901",
  "sk-ant-api03-Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA-9f8e7d6c",
  "ghp_012345678901234567890123456789012345",
  "github_pat_11ABCDEFG0aBcDeFgHiJkL_mNoPqRsTuVwXyZ0123456789abcdef",
  "glpat-Qx7-zK9vL2mN4pR6sT8u",
  "xoxb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx",
  "AKIA4QZ7XM2PLR9WTN3C",
  "wJ4lrXUtnFEMI/K7MDENG/bPxRfiCYz8Qa1LmN0v",
  "AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY",
  "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",
  "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",
  "rk_live_51H8xYz2eZvKYlo2C0aBcDeFg",
  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
  "0f8fad5b-d9cb-469f-a165-70867728950e",
  "d41d8cd98f00b204e9800998ecf8427e",
  "ACa1b2c3d4e5f60718293a4b5c6d7e8f90",
  "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11",
  "pk.eyJ1IjoiYWNtZSIsImEiOiJjbDEyMzQifQ.aBcDeFgHiJkLmNoPqRsTuV",
  "AbcDef#123def456ghi",
  "p$word-that-is-long",
  "correct horse battery staple",
  "hello",
  "key-1",
  "sk-test",
  "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
  "test_9xQeWvG816bUx9EPjHmaT23y",
  "secret_Kf83hdkLw93hdnA",
  "token_8Xk2mQ9vT4",
  "https://hooks.slack.com/services/T00/B00/abc",
  "postgres://user:pw@host/db",
  '{"type":"service_account","project_id":"p"}',
  "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----",
  "dGhpc2lzYXNlY3JldGtleQ==",
  "qO8Jm7Yt+5fKp2Xw/9sVdA1bCzE3uHgR",
];

for (const value of REFERENCES) {
  test(`a reference: ${value}`, () => {
    expect(noKey(value)).toBe("reference");
    expect(noKey(`  ${value}\n`)).toBe("reference");
  });
}
for (const value of EXAMPLES) {
  test(`an example: ${value}`, () => expect(noKey(value)).toBe("example"));
}
for (const value of KEYS) {
  test(`taken for a key: ${value.split("\n")[0]}`, () =>
    expect(noKey(value)).toBe(undefined));
}

test("random keys are no examples", () => {
  let flagged = 0;
  for (let at = 0; at < 5_000; at++) {
    const bytes = crypto.getRandomValues(new Uint8Array(30));
    const text = btoa(String.fromCharCode(...bytes));
    for (
      const key of [
        text,
        `sk-${text.replaceAll("+", "-").replaceAll("/", "_")}`,
        [...bytes].map((byte) => byte.toString(16)).join(""),
      ]
    ) if (noKey(key)) flagged++;
  }
  expect(flagged).toBe(0);
});

test("a value that is no secret may be a word", () => {
  for (const value of ["test", "default", "12345", "example"]) {
    expect(noKey(value, false)).toBe(undefined);
  }
  expect(noKey("your-account-id", false)).toBe("example");
  expect(noKey("${ACCOUNT}", false)).toBe("reference");
  expect(noKey("arn:aws:iam::123456789012:role/acme", false)).toBe(undefined);
});
