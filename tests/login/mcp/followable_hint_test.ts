// What a hint names is there: a provider that is not installed yet is named by its URL.
import { expect } from "expect";
import { test } from "node:test";
import { AuthsomeError } from "../../../lib/errors.ts";
import { OAuthError } from "../../../lib/oauth/error.ts";
import { followableLogin } from "../../../lib/login/mcp/followable_hint.ts";

const URL_ = "https://mcp.acme.com/mcp";
const REGISTRY = {
  get: (name: string) =>
    name === "github"
      ? Promise.resolve({} as never)
      : Promise.reject(new Error("no such provider")),
};

const HINTS: [hint: string, followed: string][] = [
  ["authsome login mcp-acme-com", `authsome login ${URL_}`],
  [
    "authsome login mcp-acme-com --connection work --force",
    `authsome login ${URL_} --connection work --force`,
  ],
  [
    "authsome login mcp-acme-com --reset-client",
    `authsome login ${URL_} --reset-client`,
  ],
  [
    "If that was not you, try again: authsome login mcp-acme-com",
    `If that was not you, try again: authsome login ${URL_}`,
  ],
  [
    "authsome inspect mcp-acme-com",
    `Tell who runs mcp.acme.com; then again: authsome login ${URL_}`,
  ],
  [
    "authsome override mcp-acme-com",
    `Tell who runs mcp.acme.com; then again: authsome login ${URL_}`,
  ],
  // These are there, or name none.
  ["authsome login github", "authsome login github"],
  ["authsome inspect github", "authsome inspect github"],
  ["authsome doctor", "authsome doctor"],
  [
    "authsome provider new <name> --oauth <url>",
    "authsome provider new <name> --oauth <url>",
  ],
  [
    `authsome login ${URL_} --timeout 30`,
    `authsome login ${URL_} --timeout 30`,
  ],
  ["", ""],
];

for (const [hint, followed] of HINTS) {
  test(`a login by URL hints "${followed}" for "${hint}"`, async () => {
    const error = new AuthsomeError("AuthenticationFailed", "No", hint);
    expect(await followableLogin(error, URL_, REGISTRY)).toBe(error);
    expect(error.hint).toBe(followed);
  });
}

test("the address is quoted for a shell, and errors keep their kind", async () => {
  const error = new OAuthError("mcp-acme-com", "log in", {
    error: "invalid_client",
    status: 400,
  });
  await followableLogin(error, "https://mcp.acme.com/mcp?a=1&b=2", REGISTRY);
  expect(error).toBeInstanceOf(OAuthError);
  expect(error.hint).toBe(
    "authsome login 'https://mcp.acme.com/mcp?a=1&b=2' --reset-client",
  );
});

test("a login by name, and what is no error of ours, are left as they are", async () => {
  const error = new AuthsomeError("Usage", "No", "authsome login nothere");
  await followableLogin(error, "nothere", REGISTRY);
  expect(error.hint).toBe("authsome login nothere");
  const other = new TypeError("other");
  expect(await followableLogin(other, URL_, REGISTRY)).toBe(other);
});
