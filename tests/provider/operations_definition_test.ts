// What definitions may say of operations, and what a definition of the user has from the bundled ones.
import { expect } from "expect";
import { test } from "node:test";
import type { AuthsomeError } from "../../lib/errors.ts";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import {
  inheritedOperations,
} from "../../lib/provider/operations/inherited.ts";
import { parseDefinition } from "../../lib/provider/reading/parse.ts";

const ACME: ProviderDefinition = {
  schema_version: 1,
  name: "acme",
  display_name: "Acme",
  auth_type: "api_key",
  flow: "api_key",
  api_url: ["api.acme.com", "regex:^[a-z0-9-]+\\.acme\\.net$"],
  extra_routes: [{
    api_url: "git.acme.com",
    inject: { kind: "basic", username: "x", password: "{api_key}" },
  }],
  api_key: {},
};
const SOURCE = "https://acme.com/docs";
const ENTRY = { name: "search", path: "/search", reads: true, source: SOURCE };
const PLACE = { protocol: "graphql", path: "/graphql", source: SOURCE };

function parse(operations: unknown) {
  return parseDefinition(JSON.stringify({ ...ACME, operations }), {
    file: "acme.json",
  });
}

function refusal(operations: unknown): string {
  try {
    parse(operations);
  } catch (error) {
    return (error as AuthsomeError).message.replace("acme.json: ", "");
  }
  throw new Error("The definition was accepted");
}

test("operations are read as they are written", () => {
  for (
    const operations of [
      {},
      { get_reads: false },
      { list: [ENTRY], protocols: [PLACE] },
      {
        list: [{
          ...ENTRY,
          methods: ["POST"],
          host: ["api.acme.com", "eu.acme.net", "git.acme.com"],
          path: ["/v1/{name}:search", "/v2/**", "/users('{id}')/find"],
          query: { "$filter": "{any}" },
          header: { "X-Op": ["a", "b"] },
          form: { Action: "Get{x}" },
          json: { "input.kind": "read" },
        }],
        protocols: [{
          ...PLACE,
          protocol: "json_rpc",
          host: "regex:^mcp\\.acme\\.net$",
          reads: ["list_*", "get", "a.b/c"],
        }],
      },
    ]
  ) {
    expect(parse(operations)).toEqual({
      definition: { ...ACME, operations },
      warnings: [],
    });
  }
});

const many = (count: number, value: unknown) => Array(count).fill(value);
const REFUSED: [why: string, operations: unknown, message: string][] = [
  ["no object", "read", '"operations" must be Object'],
  [
    "an unknown member",
    { lists: [] },
    '"operations.lists" is not a known field here',
  ],
  [
    "a misspelled method, which would stand for every one",
    { list: [{ ...ENTRY, method: ["GET"] }] },
    '"operations.list[0].method" is not a known field here',
  ],
  [
    "an unknown protocol",
    { protocols: [{ ...PLACE, protocol: "soap" }] },
    '"operations.protocols[0].protocol" must be ("graphql" | "json_rpc" | "aws" | "git" | "grpc")',
  ],
  [
    "no slash",
    { protocols: [{ ...PLACE, path: "graphql" }] },
    '"operations.protocols[0].path" does not begin with a slash',
  ],
  [
    "no slash in one of several",
    { list: [{ ...ENTRY, path: ["/a", "b"] }] },
    '"operations.list[0].path[1]" does not begin with a slash',
  ],
  [
    "stars in the middle",
    { list: [{ ...ENTRY, path: "/a/**/b" }] },
    '"operations.list[0].path" is not a path of segments and {names}, with /** only at its end',
  ],
  [
    "a query in the path",
    { list: [{ ...ENTRY, path: "/a?b=c" }] },
    '"operations.list[0].path" is not a path of segments and {names}, with /** only at its end',
  ],
  [
    "no path at all",
    { list: [{ ...ENTRY, path: [] }] },
    '"operations.list[0].path" is empty',
  ],
  [
    "a name of no header",
    { list: [{ ...ENTRY, header: { "X Op": "a" } }] },
    '"operations.list[0].header.X Op" is not a header name',
  ],
  [
    "a header that frames",
    { list: [{ ...ENTRY, header: { "Content-Encoding": "gzip" } }] },
    '"operations.list[0].header.Content-Encoding" may not decide: it is not part of what an operation is',
  ],
  [
    "another host",
    { list: [{ ...ENTRY, host: "api.example.com" }] },
    '"operations.list[0].host" is not a host of api_url or extra_routes',
  ],
  [
    "a host that nothing names",
    { list: [{ ...ENTRY, host: "{base_url_host}" }] },
    '"operations.list[0].host" is not a host of api_url or extra_routes',
  ],
  [
    "a pattern for others",
    { list: [{ ...ENTRY, host: "regex:^[a-z]+\\.acme\\.org$" }] },
    '"operations.list[0].host" is a pattern for no host of this definition',
  ],
  [
    "a pattern that is not safe",
    { protocols: [{ ...PLACE, host: "regex:acme.com" }] },
    '"operations.protocols[0].host" has a pattern that is not anchored: it must begin with ^ and end with $',
  ],
  [
    "a host with a path",
    { list: [{ ...ENTRY, host: "api.acme.com/v1" }] },
    '"operations.list[0].host" has a path, which belongs into "path"',
  ],
  [
    "no source",
    { list: [{ ...ENTRY, source: undefined }] },
    '"operations.list[0].source" is missing',
  ],
  [
    "no source of a protocol",
    { protocols: [{ ...PLACE, source: undefined }] },
    '"operations.protocols[0].source" is missing',
  ],
  [
    "no word whether it reads",
    { list: [{ ...ENTRY, reads: undefined }] },
    '"operations.list[0].reads" is missing',
  ],
  [
    "a word for a boolean",
    { list: [{ ...ENTRY, reads: "yes" }] },
    '"operations.list[0].reads" must be boolean',
  ],
  [
    "a method of another kind",
    { list: [{ ...ENTRY, methods: ["get"] }] },
    '"operations.list[0].methods[0]" is not a method',
  ],
  [
    "a star in the middle of a name",
    { protocols: [{ ...PLACE, reads: ["get*x"] }] },
    '"operations.protocols[0].reads[0]" is not the name of an operation, with * only at its end',
  ],
  [
    "a name with control characters",
    { list: [{ ...ENTRY, name: "a\u001b[2J" }] },
    '"operations.list[0].name" is not the name of an operation',
  ],
  [
    "too many entries",
    { list: many(501, ENTRY) },
    '"operations.list" is too long (<=500)',
  ],
  [
    "too many names",
    { protocols: [{ ...PLACE, reads: many(501, "a") }] },
    '"operations.protocols[0].reads" is too long (<=500)',
  ],
  [
    "too many conditions",
    {
      list: [{
        ...ENTRY,
        json: Object.fromEntries(many(21, 0).map((_, at) => [`a${at}`, "b"])),
      }],
    },
    '"operations.list[0].json" has too many entries (<=20)',
  ],
  [
    "a path that is too long",
    { list: [{ ...ENTRY, path: "/" + "a".repeat(300) }] },
    '"operations.list[0].path" is too long (<=300)',
  ],
];
for (const [why, operations, message] of REFUSED) {
  test(`operations are refused: ${why}`, () => {
    expect(refusal(operations)).toBe(message);
  });
}

test("a definition that says nothing of operations has those of the bundled ones", () => {
  const bundled = (name: string, more: Partial<ProviderDefinition>) => ({
    ...ACME,
    name,
    ...more,
  });
  const first = {
    list: [ENTRY as never],
    protocols: [PLACE as never],
  };
  const second = {
    get_reads: false,
    list: [ENTRY, { ...ENTRY, host: "{base_url_host}" }] as never,
  };
  const others = [
    bundled("one", { operations: first }),
    bundled("two", { operations: second }),
    bundled("far", {
      api_url: "api.far.com",
      extra_routes: [],
      operations: { get_reads: true },
    }),
  ];
  expect(inheritedOperations(bundled("one", {}), others)).toEqual(first);
  expect(inheritedOperations(bundled("mine", {}), others)).toEqual({
    get_reads: false,
    protocols: [PLACE],
    list: [ENTRY],
  });
  expect(
    inheritedOperations(
      bundled("mine", { api_url: "example.org", extra_routes: [] }),
      others,
    ),
  ).toBeUndefined();
});
