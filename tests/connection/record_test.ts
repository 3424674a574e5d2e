import { expect } from "expect";
import { test } from "node:test";
import {
  parseClientKey,
  parseConnectionKey,
  recordKeys,
} from "../../lib/connection/record.ts";

const KEYS = recordKeys("my profile");

test("the key of a record is read back, whatever the name", () => {
  for (const name of ["default", "a.b", "50% é", "x@y"]) {
    expect(parseConnectionKey(KEYS.connection("github", name))).toEqual({
      provider: "github",
      name,
    });
  }
  expect(parseClientKey(KEYS.client("github"))).toBe("github");
});

test("a record has one key: every other spelling is damaged", () => {
  for (
    const key of [
      "profile/default/connection/github/%64efault",
      "profile/default/connection/github/é",
      "profile/default/connection/github/%e9",
      "profile/default/connection/github/%2f",
      "profile/default/connection/github/a/b",
      "profile/default/connection/github",
      "profile/default/connection/../default",
      "profile/%64efault/connection/github/default",
    ]
  ) {
    expect(() => parseConnectionKey(key)).toThrow("is damaged");
  }
});
