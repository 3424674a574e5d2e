import { expect } from "expect";
import { test } from "node:test";
import { keyShapes, mismatch } from "../../../lib/provider/secret/key_shape.ts";

const shapes = (pattern: string) =>
  keyShapes(pattern).map(({ prefix, min, max }) => [prefix, min, max]);

test("keyShapes() says how keys begin and how long they are", () => {
  expect(shapes("^sk-[A-Za-z0-9_-]{20,}$")).toEqual([["sk-", 23, Infinity]]);
  expect(shapes("^A(KIA|SIA)[A-Z0-9]{16}$"))
    .toEqual([["AKIA", 20, 20], ["ASIA", 20, 20]]);
  expect(shapes("^do[op]_v1_[a-f]{2,3}$"))
    .toEqual([["doo_v1_", 9, 10], ["dop_v1_", 9, 10]]);
  expect(shapes("^(n_)?[a-z]+$"))
    .toEqual([["n_", 3, Infinity], ["", 1, Infinity]]);
  expect(shapes("^SG\\.\\w{2}\\.x?$"))
    .toEqual([["SG.", 7, 7], ["SG.", 6, 6]]);
  expect(shapes("^(?:a|b){2}c$")).toEqual([["", 3, 3], ["", 3, 3]]);
  expect(shapes("^ab")).toEqual([["ab", 2, Infinity]]);
});

test("keyShapes() says nothing of what it does not understand", () => {
  for (
    const pattern of ["sk-", "^a|b$", "(", "^(a", "^a)", "^[", "^a{2"].concat(
      `^${"[abcd]".repeat(9)}$`,
      `^${"(a|b)".repeat(9)}$`,
    )
  ) {
    expect({ pattern, shapes: shapes(pattern) }).toEqual({
      pattern,
      shapes: [],
    });
  }
});

test("mismatch() names the length or a character, if the beginning is right", () => {
  const pattern = "^(sk|rk)-[a-z]{4,6}$";
  expect(mismatch(pattern, "sk-abc"))
    .toBe("It has 6 characters; such a key has at least 7.");
  expect(mismatch(pattern, "rk-abcdefg"))
    .toBe("It has 10 characters; such a key has at most 9.");
  expect(mismatch(pattern, "sk-abC4"))
    .toBe("It has a character that such a key does not have.");
  expect(mismatch(pattern, "abcdefg")).toBe(undefined);
  expect(mismatch("^[a-f0-9]{32}$", "a"))
    .toBe("It has 1 character; such a key has 32.");
  expect(mismatch("(", "a")).toBe(undefined);
});
