// Where a command went without a credential is in the log, and `explain --last` tells it without hiding what was refused.
import { expect } from "expect";
import { test } from "node:test";
import { missing, withScenario } from "../support/scenario.ts";

test(
  "hosts that are passed through are logged once each, and explain --last names them",
  { skip: await missing("curl") },
  () =>
    withScenario(
      { openai: `sk-${"o1".repeat(20)}` },
      ["api.openai.com", "telemetry.example", "updates.example"],
      () => new Response("ok"),
      async ({ authsome, api }) => {
        const last = async () =>
          JSON.parse((await authsome(["explain", "--last", "--json"])).stdout);
        const ask =
          "curl -s https://telemetry.example/ https://telemetry.example/again";
        const only = await authsome(["run", "--", "sh", "-c", ask]);
        expect([only.code, only.stderr]).toEqual([0, ""]);
        expect(await last()).toMatchObject({
          action: "tunnel",
          last: { event: "tunnel", ok: true, reason: "no_route" },
        });
        const { code } = await authsome([
          ...["run", "--", "sh", "-c"],
          `${ask}; ${ask}; curl -s https://api.openai.com/v1/models; curl -s https://updates.example/; ` +
          "curl -s https://absent.example/",
        ]);
        expect(code).toBe(56);
        const entries = JSON.parse(
          (await authsome(["log", "--json"])).stdout,
        ).entries as Record<string, unknown>[];
        expect(
          entries.map((
            { event, host, ok, reason },
          ) => [event, host, ok, reason]),
        )
          .toEqual([
            ["tunnel", "telemetry.example", true, "no_route"],
            ["tunnel", "telemetry.example", true, "no_route"],
            ["inject", "api.openai.com", true, undefined],
            ["tunnel", "updates.example", true, "no_route"],
            ["deny", "absent.example", false, "upstream_unreachable"],
          ]);
        expect((await authsome(["log"])).stdout)
          .toMatch(
            /tunnel {2,}ok {2,}- {2,}CONNECT updates\.example {2,}\(no_route\)/,
          );
        expect(api.tunnels).toContain("absent.example:443");
        await authsome(["run", "--", "sh", "-c", ask]);
        const { stdout } = await authsome(["explain", "--last"]);
        expect(stdout).toMatch(/request +CONNECT https:\/\/absent\.example\//);
        expect(stdout).toMatch(
          /since +passed through unread: telemetry\.example\n/,
        );
        expect((await last()).passed_since).toEqual(["telemetry.example"]);
      },
    ),
);
