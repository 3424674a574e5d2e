// What the audit log holds after a day's work, made by the real command line.
import { expect } from "expect";
import { test } from "node:test";
import { missing, withScenario } from "../support/scenario.ts";

const KEY = `sk-${"o1".repeat(20)}`;

test(
  "login, get, export, inject, deny and logout are in the log, chained, without a secret or a query value",
  {
    skip: await missing("curl"),
  },
  () =>
    withScenario(
      {},
      ["api.openai.com"],
      () => new Response("welcome"),
      async ({ home, authsome }) => {
        const say = async (args: string[], stdin?: string) => {
          const ended = await authsome(
            args,
            stdin === undefined ? {} : { stdin },
          );
          expect([args, ended.code, ended.stderr]).toEqual([
            args,
            0,
            ended.stderr,
          ]);
          return ended.stdout;
        };
        const url = "https://api.openai.com/v1/models?needle=haystack-7f3a";
        await say(["login", "openai", "--stdin"], `${KEY}\n`);
        await say(["get", "openai", "--show-secret", "--field", "api_key"]);
        await say(["export", "openai"]);
        await say(["run", "--", "curl", "-sS", url]);
        await say(["run", "--", "curl", "-sS", "-X", "TRACE", url]);
        await say(["logout", "openai"]);

        const text = Deno.readTextFileSync(`${home}/audit.log`);
        const entries = text.trimEnd().split("\n").map((line) =>
          JSON.parse(line)
        );
        const request = { host: "api.openai.com", path: "/v1/models" };
        const connection = { provider: "openai", connection: "default" };
        expect(entries).toMatchObject([
          { event: "login", ok: true, ...connection },
          { event: "get", ok: true, ...connection },
          { event: "export", ok: true, ...connection },
          {
            event: "inject",
            ok: true,
            ...connection,
            ...request,
            method: "GET",
            status: 200,
          },
          {
            event: "deny",
            ok: false,
            ...request,
            method: "TRACE",
            reason: "method_refused",
          },
          { event: "logout", ok: true, ...connection },
        ]);
        expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
        entries.slice(1).forEach(({ prev }, at) => {
          expect(prev).toBe(entries[at].hash);
        });
        for (const hidden of [KEY, "needle", "haystack-7f3a"]) {
          expect(text).not.toContain(hidden);
        }

        await say(["log", "--verify"]);
        Deno.writeTextFileSync(
          `${home}/audit.log`,
          text.replace('"status":200', '"status":201'),
        );
        const verified = await authsome(["log", "--verify"]);
        expect(verified.code).not.toBe(0);
      },
    ),
);
