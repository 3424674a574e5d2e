import { expect } from "expect";
import { test } from "node:test";
import {
  readClientText,
  readSecret,
} from "../../../lib/provider/secret_input.ts";
import type { ProviderDefinition } from "../../../lib/provider/definition.ts";
import { bundledProviders } from "../../../providers/mod.ts";
import { keyProvider } from "../../support/browser/form.ts";

const bundled = (name: string): ProviderDefinition =>
  JSON.parse(bundledProviders.text(name)!);
/** Its keys have no known shape, so nothing is doubted for that. */
const plain = keyProvider({
  api_key: { env_var: ["ACME", "ACME_KEY"] },
}).definition;

function verdict(definition: ProviderDefinition, text: string) {
  const input = readSecret(definition, "api_key", text);
  const said = "problem" in input ? input.problem : input.doubt ?? "";
  // Quoted marks, not the text, stand in a message.
  if (text.trim().length > 6 && said.includes(text.trim())) {
    throw new Error(`the message repeats ${text}`);
  }
  return "problem" in input
    ? "refused"
    : input.unlikely
    ? "unlikely"
    : input.doubt
    ? "doubted"
    : "taken";
}

const REFUSED = [
  ...['"canary1"', "'canary1'", "`canary1`", "“canary1”", '"canary1",'],
  ...["ACME_KEY=canary1", "ACME=canary1", "ACME: canary1", "export A=canary1"],
  ...["set -gx A canary1", "SET A=canary1", "setx A canary1", "const a = 'x1'"],
  ...['$env:A = "canary1"', "OTHER_KEY=canary1", "OTHER_KEY: canary1"],
  ...["${ACME_KEY}", "$ACME_KEY", "%ACME_KEY%", "{{ acme }}", "$(cat key)"],
  ...["process.env.ACME", 'os.environ["ACME"]', "secrets.ACME", "ACME_KEY"],
  ...["op://a/b/c", "vault://a", "ref+vault://a", "bw://a", "keychain://a"],
  ...["/home/me/key", "~/key", "./key", "../key", "C:\\key", "@key.txt"],
  ...["file:///etc/key", "\\\\", "/etc/passwd"].filter((text) =>
    text !== "\\\\"
  ),
  ...['{"api_key":"x1"}', '{"a', "{", "[", '["x1"]', '"api_key": "x1"'],
  ...["Authorization: Bearer x1", "x-api-key: x1", "-H 'a: x1'"],
  ...["-----BEGIN PRIVATE KEY-----", "can\u200bary1", "can\u0000ary"],
  ...["can\nary", "can\tary", "\u2028x\u2028y", "a\u0085b", "", " \r\n"],
  ...["authsome-proxy-managed", "sk-authsome-proxy-managed"],
];
const UNLIKELY = [
  ...["changeme", "CHANGE_ME", "your-api-key", "<your key>", "xxxxxxxxxxxx"],
  ...["****abcd", "sk-…abcd", "sk-abc...", "test", "TODO", "[redacted]"],
  ...["key=canary1", "api_key: canary1", "token=canary1", "can ary1", "kéy1"],
  ...["Bearer canary1", "token canary1", "Basic Y2FuYXJ5", "https://a.test/k"],
  ...["key.txt", ".env", "openai.pem", "canary1,", "canary1;", '"canary1'],
  ...["canary1\\n", "a${B}c1", "arn:aws:secretsmanager:x", "1111111"],
];
const TAKEN = [
  ...["canary1", " canary1\r\n", "\ufeffcanary1\n", "\u200bcanary1\u200b"],
  ...["YWJjZA==", "a/b+c==", "/AbC+dEf/GhI", "AB_CD==", "k-1.2.3_4~5", "a:b"],
  ...["2f6b8f0e-8a43-4a7c-9b57-3f3f0f1f2f3f", "p@$$w0rd!", "ab$cd", "x{y}z"],
];

test("what is no secret is refused, what is hardly one needs a word, and a secret is taken", () => {
  for (
    const [expected, texts] of [
      ["refused", REFUSED],
      ["unlikely", UNLIKELY],
      ["taken", TAKEN],
    ] as const
  ) {
    for (const text of texts) {
      expect({ text, is: verdict(plain, text) })
        .toEqual({ text, is: expected });
    }
  }
});

test("what stands around a secret by accident is dropped", () => {
  const input = readSecret(plain, "api_key", "\ufeff \u200bcanary1\u00a0\r\n");
  expect("secret" in input && input.secret.reveal()).toBe("canary1");
  const client = readClientText("Client secret", "\ufeffcanary1\r");
  expect("secret" in client && client.secret.reveal()).toBe("canary1");
});

test("a key of another provider is doubted, however wide the pattern", () => {
  const anthropic = `sk-ant-${"a1".repeat(20)}`;
  for (
    const [provider, text, expected] of [
      ["openai", anthropic, "unlikely"],
      ["cloudflare", anthropic, "unlikely"],
      ["anthropic", anthropic, "taken"],
      ["anthropic", `sk-${"a1".repeat(20)}`, "doubted"],
      ["anthropic", `sk-proj-${"a1".repeat(20)}`, "unlikely"],
      ["stability", `sk-proj-${"a1".repeat(20)}`, "unlikely"],
      ["openai", `sk-proj-${"a1".repeat(20)}`, "taken"],
      ["openai", `sk-${"a1".repeat(20)}`, "taken"],
      ["deepseek", `sk-${"a1".repeat(16)}`, "taken"],
      ["openrouter", `sk-${"a1".repeat(20)}`, "doubted"],
      ["openai", `ghp_${"a1".repeat(20)}`, "unlikely"],
      ["github-pat", `ghp_${"a1".repeat(20)}`, "taken"],
      ["stripe", `pk_live_${"a1".repeat(20)}`, "doubted"],
      // Gateways take the keys of others.
      ["mistral", anthropic, "doubted"],
      ["mistral", `sk-${"a1".repeat(20)}`, "taken"],
      ["fly", "FlyV1 fm2_a1b2", "taken"],
      ["openai", "sk-short", "doubted"],
      // Several services begin their keys alike.
      ["google-gemini", `AIza${"a1B2_".repeat(7)}`, "taken"],
      ["google-maps", `AIza${"a1B2_".repeat(7)}`, "taken"],
      ["openai", `AIza${"a1B2_".repeat(7)}`, "doubted"],
      ["bitbucket-api-token", `ATATT${"a1".repeat(40)}`, "taken"],
      ["atlassian-api-token", `ATATT${"a1".repeat(40)}`, "taken"],
      ["clerk", `sk_test_${"a1".repeat(21)}`, "taken"],
      ["workos", `sk_test_${"a1".repeat(21)}`, "taken"],
      ["stripe", `sk_test_${"a1".repeat(21)}`, "taken"],
      ["moonshot", `sk-${"a1".repeat(24)}`, "taken"],
      ["dashscope", `sk-${"a1".repeat(16)}`, "taken"],
      ["elevenlabs", `sk_${"a1".repeat(24)}`, "taken"],
      ["elevenlabs", `sk_car_${"a1".repeat(12)}`, "unlikely"],
    ] as const
  ) {
    expect({ provider, text, is: verdict(bundled(provider), text) })
      .toEqual({ provider, text, is: expected });
  }
});

test("a client ID and a client secret are judged too", () => {
  for (const text of ['"x1"', "GITHUB_CLIENT_SECRET=x1", "ünï", "a\nb", "A"]) {
    const input = readClientText("Client secret", text, ["A"]);
    expect({ text, refused: "problem" in input })
      .toEqual({ text, refused: true });
  }
  for (const text of ["app", "1234-a.apps.example.com", "https://a.test/id"]) {
    expect(readClientText("Client ID", text)).toHaveProperty("secret");
  }
});

test("a long text is judged in no time to speak of", () => {
  for (const part of ["my_a_", "a=", '"', " ", "${", "x-", "a.", "/home/"]) {
    expect(verdict(plain, part.repeat(3000))).not.toBe("");
  }
});
