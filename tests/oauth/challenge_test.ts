// Reading `WWW-Authenticate` (RFC 9110 §11.6.1) as servers write it.
import { expect } from "expect";
import { test } from "node:test";
import { tokenChallenge } from "../../lib/oauth/discovery/challenge.ts";
import { parseChallenges } from "../../lib/wire/challenges.ts";

const read = (header: string | null) =>
  parseChallenges(header).map(({ scheme, parameters }) => [
    scheme,
    Object.fromEntries(parameters),
  ]);

test("challenges are read as RFC 9110 has them, and as servers write them", () => {
  expect(read('Bearer realm="a", error="x", scope="b c"')).toEqual([
    ["bearer", { realm: "a", error: "x", scope: "b c" }],
  ]);
  expect(
    read(
      'Negotiate, Basic realm="say \\"a, b\\"",BEARER Error = x, DPoP algs=ES256',
    ),
  ).toEqual([
    ["negotiate", {}],
    ["basic", { realm: 'say "a, b"' }],
    ["bearer", { error: "x" }],
    ["dpop", { algs: "ES256" }],
  ]);
  expect(read('error="x", error="y"')).toEqual([["", { error: "x" }]]);
  expect(read("Bearer scope=repo:read,error=x")).toEqual([
    ["bearer", { scope: "repo:read", error: "x" }],
  ]);
  expect(read('Bearer error="x')).toEqual([["bearer", {}], ["x", {}]]);
  // Nothing is read for ever.
  expect(read('a="'.repeat(100_000))).toBeDefined();
});

for (
  const [header, expected] of [
    [null, []],
    ["", []],
    ["Bearer", [["bearer", {}]]],
    ["Bearer realm=mcp", [["bearer", { realm: "mcp" }]]],
    [
      'Bearer error="invalid_token", scope="a b" ,resource_metadata="https://x/y"',
      [["bearer", {
        error: "invalid_token",
        scope: "a b",
        resource_metadata: "https://x/y",
      }]],
    ],
    // Several, in one header or in two.
    ['Basic realm="a, b", Bearer scope="x"', [
      ["basic", { realm: "a, b" }],
      ["bearer", { scope: "x" }],
    ]],
    ["Negotiate, Bearer scope=x", [["negotiate", {}], ["bearer", {
      scope: "x",
    }]]],
    ['Negotiate YWJj=, DPoP algs="ES256", Bearer', [
      ["negotiate", {}],
      ["dpop", { algs: "ES256" }],
      ["bearer", {}],
    ]],
    // Quotes within quotes; what looks like a parameter within them is none.
    [
      'Bearer error_description="say \\"hi\\", resource_metadata=\\"https://evil\\"", scope="x"',
      [["bearer", {
        error_description: 'say "hi", resource_metadata="https://evil"',
        scope: "x",
      }]],
    ],
    // In other spellings.
    ["BEARER Resource_Metadata=https://x/y?z=1, Scope = x", [["bearer", {
      resource_metadata: "https://x/y?z=1",
      scope: "x",
    }]]],
    ['resource_metadata="https://x"', [["", {
      resource_metadata: "https://x",
    }]]],
    ["Bearer\tscope=x", [["bearer", { scope: "x" }]]],
    // The first counts.
    ['Bearer scope="a", scope="b"', [["bearer", { scope: "a" }]]],
    // Never ending quotes.
    ['Bearer scope="a', [["bearer", {}], ["a", {}]]],
  ] as const
) {
  test(`${header} is read`, () => {
    expect(read(header)).toEqual(expected);
  });
}

test("a long header is read to a bound", () => {
  const header = `Bearer ${'a="'.repeat(2_000_000)}`;
  expect(parseChallenges(header).length).toBeLessThan(20_000);
});

test("what a challenge says of how to get a token", () => {
  expect(tokenChallenge('Basic realm="x", Bearer scope=" a  b "'))
    .toEqual({ scopes: ["a", "b"] });
  expect(tokenChallenge('DPoP resource_metadata="https://x"'))
    .toEqual({ resourceMetadata: "https://x" });
  expect(tokenChallenge('Bearer scope="", resource_metadata=""')).toEqual({});
  // No control characters in what is asked for.
  expect(tokenChallenge('Bearer scope="a \u001b[31m é b"'))
    .toEqual({ scopes: ["a", "b"] });
});
