// What the rows are judged by: a credential in the wrong place, a placeholder that was sent, a secret in the child's memory.
import { expect } from "expect";
import { test } from "node:test";
import { withHome } from "../support/home.ts";
import { missing } from "../support/missing.ts";
import { spawn } from "../support/scenario.ts";
import { MARK } from "./connections.ts";
import { problemsOf } from "./imitation.ts";
import type { Arrived, Row } from "./row.ts";

const ROW: Row = {
  provider: "acme",
  from: "npm",
  package: "acme",
  request: "POST https://api.acme.example/u/{user}",
  arrives: {
    headers: { authorization: "Basic {user}:{key}", "x-key": "{key}" },
    query: { key: "{key}" },
    body: { key: "{key}" },
  },
  prints: "",
};
const FIELDS = { user: "ada", key: "k1" };

function arrived(changes: Partial<Arrived> = {}): Arrived {
  return {
    method: "POST",
    url: new URL("https://api.acme.example/u/ada?key=k1"),
    headers: new Headers({
      authorization: `Basic ${btoa("ada:k1")}`,
      "x-key": "k1",
    }),
    body: '{"key":"k1"}',
    ...changes,
  };
}

test("the right request in all its places is no problem, with others beside it", () => {
  const other = arrived({ url: new URL("https://api.acme.example/else") });
  expect(problemsOf(ROW, FIELDS, [other, arrived()])).toEqual([]);
  expect(problemsOf(ROW, FIELDS, [arrived({ body: "a=b&key=k1" })]))
    .toEqual([]);
});

test("another place, another value and no request are problems", () => {
  for (
    const [changes, problem] of [
      [{ url: new URL("https://api.acme.example/u/ada") }, "parameter key"],
      [{ url: new URL("https://acme.example/u/ada?key=k1") }, "did not arrive"],
      [{ method: "GET" }, "did not arrive"],
      [{ body: '{"other":"k1"}' }, "member key"],
      [{ headers: new Headers({ "x-key": "k1" }) }, "header authorization"],
      [{
        headers: new Headers({
          authorization: `Basic ${btoa("ada:k2")}`,
          "x-key": "k1",
        }),
      }, "header authorization"],
    ] as const
  ) {
    expect(problemsOf(ROW, FIELDS, [arrived(changes)]))
      .toEqual([expect.stringContaining(problem)]);
  }
  expect(problemsOf(ROW, FIELDS, [])).toHaveLength(1);
});

test("a placeholder in any shape and place of any request is a problem", () => {
  const placeholders: Partial<Arrived>[] = [
    {
      url: new URL(
        "https://api.acme.example/u/ada?key=k1&a=authsome-proxy-managed",
      ),
    },
    { body: "key=k1&b=hf_authsome_proxy_managed" },
    {
      headers: new Headers({
        authorization: `Basic ${btoa("authsomeproxymanaged:x")}`,
      }),
    },
  ];
  for (const changes of placeholders) {
    expect(problemsOf(ROW, FIELDS, [
      arrived(),
      arrived({ method: "PUT", ...changes }),
    ])).toEqual([expect.stringContaining("a placeholder arrived")]);
  }
});

const CHILD = new URL("child/", import.meta.url).pathname;
const NODE = Deno.env.get("AUTHSOME_TEST_NODE") || "node";
const HALF = MARK.slice(0, MARK.length / 2);
const CHILDREN = [
  [
    "Node",
    await missing(NODE),
    [NODE, "--import", `${CHILD}report.mjs`, "main"],
    `globalThis.kept = Buffer.from("${HALF}".repeat(2) + "0");`,
    `globalThis.kept = Buffer.from("${HALF}0" + "${HALF}1");`,
  ],
  [
    "Python",
    await missing("python3"),
    ["python3", `${CHILD}report.py`, "main"],
    `kept = "${HALF}" * 2 + "0"`,
    `kept = "${HALF}0" + "${HALF}1"`,
  ],
] as const;
for (const [name, absent, command, holding, free] of CHILDREN) {
  const skip = absent ||
    Deno.build.os !== "linux" && "only Linux shows a process its memory";
  test(
    `a secret that ${name} made or was given is found`,
    { skip },
    () =>
      withHome(async (folder) => {
        const report = async (program: string, env = {}) => {
          Deno.writeTextFileSync(`${folder}/main`, program);
          const { code, stderr } = await spawn(
            command,
            { PATH: Deno.env.get("PATH")!, ...env },
            undefined,
            folder,
          );
          expect([code, stderr]).toEqual([0, ""]);
          return JSON.parse(Deno.readTextFileSync(`${folder}/report.json`));
        };
        expect((await report(free)).memory).toEqual([]);
        expect((await report(holding)).memory).not.toEqual([]);
        const { env, memory } = await report("", { ACME_KEY: MARK });
        expect(env.ACME_KEY).toBe(MARK);
        expect(memory).not.toEqual([]);
      }),
  );
}
