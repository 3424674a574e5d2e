import { expect } from "expect";
import { test } from "node:test";
import { fieldLabel, readSecret } from "../../lib/provider/secret_input.ts";
import { keyProvider } from "../support/browser/form.ts";

const { definition } = keyProvider();
const read = (text: string) => readSecret(definition, "api_key", text);

test("readSecret() takes a key without the spaces around it", () => {
  const input = read("  ak_12345678\n");
  expect("secret" in input && input.secret.reveal()).toBe("ak_12345678");
  expect("doubt" in input).toBe(false);
});

test("readSecret() refuses what cannot stand in a header, and the placeholder", () => {
  for (
    const text of [
      "",
      " \n",
      "a\r\nX-Evil: 1",
      "a\0b",
      "x".repeat(16_385),
      "authsome-proxy-managed",
    ]
  ) {
    expect(read(text)).toMatchObject({ problem: expect.any(String) });
  }
});

test("readSecret() doubts another shape without repeating it", () => {
  for (const text of ["sk-canary", "Bearer ak_12345678"]) {
    const input = read(text);
    expect(input).toMatchObject({ doubt: expect.any(String) });
    expect("doubt" in input && input.doubt).not.toContain("canary");
  }
});

test("readSecret() never lets a bad pattern keep anybody out", () => {
  const broken = keyProvider({ api_key: { key_pattern: "(" } }).definition;
  expect(readSecret(broken, "api_key", "k")).not.toHaveProperty("doubt");
});

test("fieldLabel() names fields for people", () => {
  expect(fieldLabel("api_key")).toBe("API key");
  expect(fieldLabel("account_sid")).toBe("Account SID");
  expect(fieldLabel("token")).toBe("Token");
});

test("readSecret() compares the field that the pattern is for", () => {
  const { definition } = keyProvider({
    api_key: {
      secret_fields: ["id", "token"],
      key_pattern: "^t_[a-z]+$",
      key_pattern_field: "token",
    },
  });
  expect(readSecret(definition, "id", "x")).not.toHaveProperty("doubt");
  expect(readSecret(definition, "token", "t_x")).not.toHaveProperty("doubt");
  expect(readSecret(definition, "token", "x")).toHaveProperty("doubt");
});
