import { expect } from "expect";
import { test } from "node:test";
import {
  connectionNames,
  namedPlaceholder,
  namedVariables,
} from "../../lib/request/named_placeholder.ts";

const NAMES = [
  "work",
  "my work",
  "me@example.com",
  "a.b",
  "日本",
  "50%",
  "a'b",
];

test("a name comes back from a header, Basic credentials, a path and a query", () => {
  for (const name of NAMES) {
    const text = namedPlaceholder(name);
    expect(text).toMatch(/^authsome-proxy-managed\.[\w.~%-]+$/);
    const field = (value: string) =>
      connectionNames({
        target: "/",
        fields: [{ name: "Authorization", value }],
      });
    expect(field(`Bearer ${text}`)).toEqual([name]);
    expect(field(`Basic ${btoa(`x-access-token:${text}`)}`)).toEqual([name]);
    expect(field(`Basic ${btoa(`${text}:`)}`)).toEqual([name]);
    for (
      const target of [
        `/bot${text}/sendMessage`,
        `/?key=${text}&q=1`,
        `/?key=${encodeURIComponent(text)}`,
      ]
    ) {
      expect([target, connectionNames({ target, fields: [] })])
        .toEqual([target, [name]]);
    }
  }
});

test("a placeholder without a name, and what is no placeholder, names no connection", () => {
  for (
    const value of [
      "Bearer authsome-proxy-managed",
      "Bearer authsome-proxy-managed.",
      "Bearer authsome-proxy-managed/work",
      "Bearer sk.work",
      "Basic ???",
      `Basic ${btoa("me:authsome-proxy-managed")}`,
    ]
  ) {
    const fields = [{ name: "authorization", value }];
    expect([value, connectionNames({ target: "/x.y", fields })])
      .toEqual([value, []]);
  }
  const two = ["work", "home", "work"].map((name) => ({
    name: "x",
    value: namedPlaceholder(name),
  }));
  expect(connectionNames({ target: "/", fields: two })).toEqual([
    "work",
    "home",
  ]);
});

test("variables of names that would share one are left out and said", () => {
  const of = (...connections: string[]) => {
    const { variables, without } = namedVariables(
      connections.map((connection) => ({ variable: "GH_TOKEN", connection })),
    );
    return { variables: Object.fromEntries(variables), without };
  };
  expect(of("work", "my work", "v1.2")).toEqual({
    variables: {
      GH_TOKEN__WORK: "authsome-proxy-managed.work",
      GH_TOKEN__MY_WORK: "authsome-proxy-managed.my%20work",
      GH_TOKEN__V1_2: "authsome-proxy-managed.v1.2",
    },
    without: [],
  });
  expect(of("a-b", "a b", "A.B", "c")).toEqual({
    variables: { GH_TOKEN__C: "authsome-proxy-managed.c" },
    without: ["a-b", "a b", "A.B"],
  });
  expect(of("日本", "work")).toEqual({
    variables: { GH_TOKEN__WORK: "authsome-proxy-managed.work" },
    without: ["日本"],
  });
});
