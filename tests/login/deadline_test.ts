import { expect } from "expect";
import { test } from "node:test";
import { deadline, loginReasons } from "../../lib/login/deadline.ts";
import { loginCommand } from "../../lib/login/login_command.ts";

const START = 1_700_000_000_000;

function begin(seconds?: number) {
  return deadline(loginReasons("acme"), seconds, undefined, {
    now: () => START,
  });
}

test("a login has 10 minutes, and 30 where an app must be registered first", () => {
  const limit = begin();
  expect(limit.endsAt - START).toBe(600_000);
  limit.extend();
  expect(limit.endsAt - START).toBe(1_800_000);
  limit.release();
});

test("a time that the person chose stays as it is", () => {
  const limit = begin(60);
  limit.extend();
  expect(limit.endsAt - START).toBe(60_000);
  limit.release();
});

test("the command that starts a login again has what was asked for", () => {
  expect(loginCommand({ provider: "acme", connection: "default" }))
    .toBe("authsome login acme");
  expect(loginCommand({
    provider: "https://mcp.acme.com/mcp?a=1&b=2",
    connection: "two words",
    flow: "pkce",
    scopes: ["read", "write"],
    baseUrl: "https://acme.com",
    clientId: "it's",
    resetClient: true,
    force: true,
  })).toBe(
    "authsome login 'https://mcp.acme.com/mcp?a=1&b=2' --connection 'two words' --flow pkce --scopes read,write --base-url https://acme.com --client-id 'it'\\''s' --reset-client --force",
  );
});
