// What a run says at its end of requests that were refused, or answered with 401.
import { expect } from "expect";
import { test } from "node:test";
import { Troubles } from "../../lib/run/troubles.ts";
import { missing } from "../support/missing.ts";
import { type Scenario, withScenario } from "../support/scenario.ts";

const skip = await missing("curl");
const HOSTS = ["api.groq.com", "api.openai.com", "example.com"];

function inScenario(body: (scenario: Scenario) => Promise<void>) {
  return () =>
    withScenario(
      { groq: "gsk_canary" },
      HOSTS,
      ({ url }) =>
        new Response('{"data":1}', {
          status: new URL(url).pathname === "/ok" ? 200 : 401,
        }),
      body,
    );
}

test(
  "each way to be refused is one line with the host, the reason and the command",
  { skip },
  inScenario(async ({ authsome }) => {
    const cases: [string[], string][] = [
      [
        ["curl", "-s", "https://api.groq.com/v1"],
        "Warning: 1 request was refused: GET api.groq.com/v1 (groq does not accept the credential of groq/default. Do: authsome login groq --force)\n",
      ],
      [
        [
          "--policy",
          "deny",
          "curl",
          "-s",
          "https://api.openai.com/?key=hidden",
        ],
        "Warning: 1 request was refused: CONNECT api.openai.com (openai could serve this request, but is not connected. Do: authsome login openai)\n",
      ],
      [
        ["--policy", "deny", "curl", "-s", "https://example.com"],
        "Warning: 1 request was refused: CONNECT example.com (No provider serves example.com. Do: Leave out --policy deny)\n",
      ],
      [
        [
          "--only",
          "groq",
          "curl",
          "-s",
          "-X",
          "TRACE",
          "https://api.groq.com/",
        ],
        "Warning: 1 request was refused: TRACE api.groq.com/ (TRACE is refused on hosts that get a credential. Do: Use another method)\n",
      ],
      [["curl", "-s", "https://api.groq.com/ok", "https://example.com/"], ""],
      // What ends well needs no word.
      [[
        "sh",
        "-c",
        "for at in no ok; do curl -s https://api.groq.com/$at; done",
      ], ""],
      [["sh", "-c", "curl -sS https://api.groq.com/ok; exit 3"], ""],
    ];
    for (const [args, line] of cases) {
      const { stderr, stdout } = await authsome(["run", ...args]);
      expect({ args, stderr }).toEqual({ args, stderr: line });
      expect(stdout).not.toContain("Warning");
      const quiet = await authsome(["--quiet", "run", ...args]);
      expect(quiet.stderr).toBe("");
      expect(quiet.stdout).toBe(stdout);
    }
  }),
);

test(
  "many are summed up in one line; with --json they are one object on stderr",
  { skip },
  inScenario(async ({ authsome }) => {
    const hosts = ["a.example", "b.example", "c.example", "api.openai.com"];
    const command = [
      ...["--policy", "deny", "sh", "-c"],
      `for i in 1 2; do for host in ${
        hosts.join(" ")
      }; do curl -s https://$host; done; done; echo '{"own":"json"}'; exit 6`,
    ];
    const { code, stdout, stderr } = await authsome(["run", ...command]);
    expect({ code, stdout }).toEqual({ code: 6, stdout: '{"own":"json"}\n' });
    expect(stderr.split("\n")).toHaveLength(2);
    expect(stderr).toMatch(
      /^Warning: 8 requests were refused: 2 to a\.example \(.+; 2 to b\.example \(.+; 2 to c\.example \(.+; and 2 more: authsome log$/m,
    );
    const json = await authsome(["--json", "run", ...command]);
    expect({ code: json.code, stdout: json.stdout }).toEqual({ code, stdout });
    expect(JSON.parse(json.stderr)).toEqual({
      v: 1,
      refused: hosts.map((host) =>
        expect.objectContaining({ host, count: 2, reason: "policy" })
      ),
    });
    expect(JSON.parse(json.stderr).refused[3]).toMatchObject({
      hint: "authsome login openai",
    });
  }),
);

test("a first try of a client that ends well is no trouble, and a flood takes no memory", () => {
  const shape = { profile: "default", host: "a.example", ok: false } as const;
  const ended = (...steps: ((troubles: Troubles) => void)[]) => {
    const troubles = new Troubles();
    steps.forEach((step) => step(troubles));
    return troubles.list();
  };
  const deny =
    (reason: string, host: string = shape.host) => (troubles: Troubles) =>
      troubles.record({ ...shape, event: "deny", reason, host });
  const served = (troubles: Troubles) =>
    troubles.record({ ...shape, event: "inject", ok: true, status: 200 });
  const password = deny("proxy_authentication_required");
  expect(ended(password).troubles).toHaveLength(1);
  expect(ended(password, (troubles) => troubles.admit()).troubles).toEqual([]);
  expect(ended(deny("handshake_failed")).troubles).toHaveLength(1);
  expect(ended(deny("handshake_failed"), served).troubles).toEqual([]);
  expect(ended(deny("tie"), served).troubles).toHaveLength(1);
  const flood = Array.from({ length: 1000 }, (_, n) => deny("policy", `h${n}`));
  const { troubles, more } = ended(...flood);
  expect(troubles.length + more).toBe(1000);
  expect(troubles.length).toBeLessThan(300);
});
