// Several accounts of one provider in one run of the real command line, with curl as the client.
import { expect } from "expect";
import { test } from "node:test";
import { connect, withBroker } from "../support/connected.ts";
import { missing, type Scenario, withScenario } from "../support/scenario.ts";

const HOST = "api.openai.com";
const KEYS: Record<string, string> = {
  default: "sk-of-default",
  work: "sk-of-work",
  "my side": "sk-of-side",
};
const BOT = { default: "1:of-default", work: "2:of-work" };

/** Every server tells who it was asked by; the keys themselves are not in its answer. */
function whose(request: Request): Response {
  const { host, pathname } = new URL(request.url);
  if (host === "api.telegram.org") {
    return new Response(
      Object.entries(BOT).find(([, key]) => pathname === `/bot${key}/getMe`)
        ?.[0] ?? "nobody",
    );
  }
  const authorization = request.headers.get("authorization");
  return new Response(
    Object.keys(KEYS).find((name) =>
      authorization === `Bearer ${KEYS[name]}`
    ) ?? "nobody",
  );
}

function withAccounts(body: (scenario: Scenario) => Promise<void>) {
  return withScenario(
    {},
    [HOST, "api.telegram.org"],
    whose,
    async (scenario) => {
      await withBroker(scenario.home, async (broker) => {
        for (const [name, key] of Object.entries(KEYS)) {
          await connect(broker, "openai", key, name);
        }
        for (const [name, key] of Object.entries(BOT)) {
          await connect(broker, "telegram-bot", key, name);
        }
      });
      await body(scenario);
    },
  );
}

const ASK =
  `for key in "$@"; do curl -sS https://${HOST}/v1/models -H "Authorization: Bearer $key" -o - -w ' %{http_code} %header{x-authsome-reason}\\n'; done`;

test("one run serves each connection whose name the placeholder carries", {
  skip: await missing("curl"),
}, () =>
  withAccounts(async ({ client, authsome }) => {
    const { stdout, childEnv } = await client(
      [
        "sh",
        "-c",
        `set -- "$OPENAI_API_KEY" "$OPENAI_API_KEY__WORK" "$OPENAI_API_KEY__MY_SIDE"; ${ASK}`,
      ],
      { options: ["--all-connections"] },
    );
    expect(stdout.split("\n")).toEqual([
      "default 200 ",
      "work 200 ",
      "my side 200 ",
      "",
    ]);
    expect(childEnv).toMatchObject({
      OPENAI_API_KEY: "authsome-proxy-managed",
      OPENAI_API_KEY__WORK: "authsome-proxy-managed.work",
      OPENAI_API_KEY__MY_SIDE: "authsome-proxy-managed.my%20side",
    });
    const log = await authsome(["log", "--provider", "openai"]);
    expect(log.stdout.split("\n").map((line) => line.split(/ {2,}/)[3]))
      .toEqual(["openai/default", "openai/work", "openai/my side", undefined]);
  }));

test(
  "without --all-connections the names work but no variable is set; --connection leaves one account",
  {
    skip: await missing("curl"),
  },
  () =>
    withAccounts(async ({ client }) => {
      const keys = ["authsome-proxy-managed.work", "authsome-proxy-managed"];
      const usual = await client(["sh", "-c", ASK, "sh", ...keys]);
      expect(usual.stdout).toBe("work 200 \ndefault 200 \n");
      expect(usual.childEnv).not.toHaveProperty("OPENAI_API_KEY__WORK");

      const one = await client(
        [
          ...["sh", "-c", ASK, "sh", ...keys],
          "authsome-proxy-managed.default",
          "authsome-proxy-managed.nope",
        ],
        { options: ["--connection", "openai=work"] },
      );
      const lines = one.stdout.trimEnd().split("\n");
      expect(lines.slice(0, 2)).toEqual(["work 200 ", "work 200 "]);
      const refusals = lines.filter((line) =>
        line === " 401 credential_missing"
      );
      expect(refusals.length).toBe(2);
      expect(one.stdout).toContain(
        'The placeholder names connection \\"default\\"',
      );
      const all = await client([
        "sh",
        "-c",
        ASK,
        "sh",
        ...keys,
        `${keys[1]}.default`,
      ], {
        options: ["--connection", "openai=work", "--all-connections"],
      });
      expect(all.stdout).toBe("work 200 \nwork 200 \ndefault 200 \n");
      expect(all.childEnv.OPENAI_API_KEY__DEFAULT).toBe(
        "authsome-proxy-managed.default",
      );
    }),
);

test(
  "a name in the path is served too, and two names in one request are refused",
  {
    skip: await missing("curl"),
  },
  () =>
    withAccounts(async ({ client, api }) => {
      const named = "authsome-proxy-managed.work";
      const { stdout } = await client([
        "sh",
        "-c",
        `curl -sS https://api.telegram.org/bot${named}/getMe; echo
       curl -sS https://${HOST}/ -H 'Authorization: Bearer ${named}' -H 'X-Key: authsome-proxy-managed.default'; echo
       curl -sS https://${HOST}/ -H 'X-Key: ${named}'`,
      ]);
      const [path, two, misplaced] = stdout.split("\n").filter(Boolean);
      expect(path).toBe("work");
      expect(JSON.parse(two!)).toMatchObject({
        reason: "placeholder_misplaced",
        message: expect.stringContaining(
          "The request carries placeholders of more than one connection",
        ),
      });
      expect(JSON.parse(misplaced!)).toMatchObject({
        reason: "placeholder_misplaced",
      });
      expect(api.requests.length).toBe(1);
    }),
);
