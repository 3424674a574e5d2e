// A refused CONNECT: clients show its phrase alone, which says what to tell the person.
import { expect } from "expect";
import { test } from "node:test";
import { missing, withScenario } from "../support/scenario.ts";

const PYTHON = "/usr/bin/python3";

for (
  const [name, options, host, told] of [
    [
      "by --policy deny",
      ["--policy", "deny"],
      "telemetry.example",
      "telemetry.example:443 is refused: no connection serves it; what to do: Connect a provider",
    ],
    [
      "since nothing is there",
      [],
      "absent.example",
      "Cannot reach absent.example:443",
    ],
  ] as const
) {
  test(
    `Python says what to tell the user of a host that is refused ${name}`,
    { skip: await missing(PYTHON) },
    () =>
      withScenario(
        {},
        ["telemetry.example"],
        () => new Response("reached"),
        async ({ authsome }) => {
          const { code, stderr } = await authsome([
            ...["run", "--quiet", ...options, "--", PYTHON, "-c"],
            `import urllib.request; urllib.request.urlopen("https://${host}/")`,
          ]);
          expect(code).toBe(1);
          expect(stderr).toContain(
            `Tell your user that authsome could not complete this request: ${told}`,
          );
        },
      ),
  );
}
