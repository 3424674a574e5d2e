import { expect } from "expect";
import { inspect } from "node:util";
import { test } from "node:test";
import { Secret } from "../lib/secret.ts";

test("Secret prints as [redacted] in every implicit way to text", () => {
  const secret = new Secret("sk-canary");
  const printed = [
    String(secret),
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ secret }),
    Deno.inspect({ secret }),
  ];
  for (const text of printed) {
    expect(text).toContain("[redacted]");
    expect(text).not.toContain("canary");
  }
  expect(secret.reveal()).toBe("sk-canary");
});
