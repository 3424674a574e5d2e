import { expect } from "expect";
import { test } from "node:test";
import { fieldNames, fillTemplate, onlyName } from "../lib/template.ts";

const VALUES: Readonly<Record<string, string>> = {
  token: "t0k",
  realmId: "r1",
  "a.b": "ab",
  brace: "{token}",
  pattern: "$&$1",
  empty: "",
};

/** Template, the names in it, the template filled with {@linkcode VALUES}. */
const TEMPLATES: readonly [string, string[], string][] = [
  ["", [], ""],
  ["Bearer", [], "Bearer"],
  ["{token}", ["token"], "t0k"],
  ["Bearer {token}", ["token"], "Bearer t0k"],
  ["{token}:{realmId}/{token}", ["token", "realmId", "token"], "t0k:r1/t0k"],
  ["{a.b}", ["a.b"], "ab"],
  ["<{empty}>", ["empty"], "<>"],
  // Values are not templates, and not replacement patterns.
  ["{brace}{token}", ["brace", "token"], "{token}t0k"],
  ["{pattern}", ["pattern"], "$&$1"],
  // Without a value.
  ["{other}/{token}", ["other", "token"], "{other}/t0k"],
  ["{}", [""], "{}"],
  ["{Token}", ["Token"], "{Token}"],
  ["{constructor}", ["constructor"], "{constructor}"],
  // Braces that are no name.
  ["{token", [], "{token"],
  ["token}", [], "token}"],
  ["{{token}}", ["token"], "{t0k}"],
];

for (const [template, names, filled] of TEMPLATES) {
  test(`template ${JSON.stringify(template)}`, () => {
    expect(fieldNames(template)).toEqual(names);
    const valueOf = (name: string) =>
      Object.hasOwn(VALUES, name) ? VALUES[name] : undefined;
    expect(fillTemplate(template, valueOf)).toBe(filled);
  });
}

test("onlyName() is the name of a template that is nothing else", () => {
  expect(onlyName("{token}")).toBe("token");
  for (const text of ["", "token", "Bearer {token}", "{a}{b}", "{{a}}"]) {
    expect(onlyName(text)).toBeUndefined();
  }
});
