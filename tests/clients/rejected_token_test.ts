// An access token that the API has forgotten, by the real program: each command is a process of its own.
import { expect } from "expect";
import { test } from "node:test";
import { missing } from "../support/missing.ts";
import type { Scenario } from "../support/scenario.ts";
import { ACME_URL, withAcme } from "../support/rejecting_api.ts";

const skip = await missing("curl");
const STATUS = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}"];
const GET = ["run", "--", ...STATUS, ACME_URL];
const POST = ["run", "--", ...STATUS, "-d", "x", ACME_URL];

async function out({ authsome }: Scenario, args: string[]): Promise<string> {
  return (await authsome(args)).stdout.trim();
}

test("a request without a body is answered by the first command already", {
  skip,
}, () =>
  withAcme(async ({ acme, ...scenario }) => {
    for (const refreshes of [1, 2, 3]) {
      acme.live.clear();
      // Nothing of it is said: it ended well.
      expect(await scenario.authsome(GET)).toEqual({
        code: 0,
        stdout: "200",
        stderr: "",
      });
      expect(acme.tokenRequests).toHaveLength(refreshes);
    }
    expect(await out(scenario, GET)).toBe("200");
    expect(acme.tokenRequests).toHaveLength(3);
  }));

for (
  const args of [
    ["export", "acme", "--format", "json"],
    ["token", "acme"],
    ["get", "acme", "--field", "access_token", "--show-secret"],
    GET,
  ]
) {
  test(`what one command found rejected, ${args[0]} of another refreshes`, {
    skip,
  }, () =>
    withAcme(async ({ acme, ...scenario }) => {
      expect(await out(scenario, POST)).toBe("401");
      expect(acme.asked).toEqual(["POST at-0"]);
      expect(await out(scenario, ["explain", ACME_URL])).toContain(
        "after its access token is refreshed",
      );
      expect(acme.tokenRequests).toEqual([]);
      const shown = await out(scenario, args);
      if (args === GET) expect(shown).toBe("200");
      else expect(shown).toContain("at-1");
      expect(acme.tokenRequests).toHaveLength(1);
      expect(await out(scenario, POST)).toBe("200");
      expect(acme.tokenRequests).toHaveLength(1);
      // The server starts anew: what has a body is followed too.
      acme.live.clear();
      expect(await out(scenario, POST)).toBe("401");
      expect(await out(scenario, POST)).toBe("200");
    }));
}

test(
  "many processes at once refresh it once",
  { skip },
  () =>
    withAcme(async ({ acme, ...scenario }) => {
      const three = [...STATUS, ACME_URL, "-o", "/dev/null", ACME_URL];
      const codes = await Promise.all(
        Array.from(
          { length: 6 },
          () => out(scenario, ["run", "--", ...three]),
        ),
      );
      expect(codes).toEqual(Array(6).fill("200200"));
      expect(acme.tokenRequests.map((body) => body.get("refresh_token")))
        .toEqual(["rt-0"]);
    }),
);

test(
  "an API that takes no token at all costs one refresh, not one for each request",
  { skip },
  () =>
    withAcme(async ({ acme, ...scenario }) => {
      acme.refusesAll = true;
      for (let at = 0; at < 3; at++) {
        expect(await out(scenario, at === 1 ? POST : GET)).toBe("401");
      }
      expect(acme.tokenRequests).toHaveLength(1);
      expect(acme.asked).toEqual([
        "GET at-0",
        "GET at-1",
        "POST at-1",
        "GET at-1",
      ]);
    }),
);

test("a rejected token that cannot be refreshed now is not handed out", {
  skip,
}, () =>
  withAcme(async ({ acme, ...scenario }) => {
    acme.down = true;
    expect(await out(scenario, GET)).toBe("401");
    // Not the same once more.
    expect(acme.asked).toEqual(["GET at-0"]);
    const shown = await scenario.authsome(["export", "acme"]);
    expect(shown).toMatchObject({ code: 5, stdout: "" });
    expect(shown.stderr).toContain(
      "acme rejected its token, which was not refreshed",
    );
    expect(acme.tokenRequests).toHaveLength(1);
  }));
