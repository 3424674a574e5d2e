// A run whose rules ask, and a person who answers on the phone.
import { expect } from "expect";
import { test } from "node:test";
import { pairingKeys } from "../../../lib/approval/remote/remote_seal.ts";
import { pairPhone } from "../../../lib/broker/approval/manage_phones.ts";
import { remoteSettings } from "../../../lib/broker/approval/remote_channels.ts";
import { Broker } from "../../../lib/broker/broker.ts";
import { openRuntime } from "../../../lib/host/wiring.ts";
import { Secret } from "../../../lib/secret.ts";
import { FakeNtfy } from "../../support/fakes/fake_ntfy.ts";
import { missing } from "../../support/missing.ts";
import { withScenario } from "../../support/scenario.ts";
import { requested } from "./channel_scene.ts";
import { sealedAnswer } from "./phone.ts";

const skip = await missing("curl");

test(
  "a request of a run is sent once the phone says so, and refused if it says no",
  {
    skip,
  },
  async () => {
    await using ntfy = await FakeNtfy.start();
    await withScenario(
      { groq: "gsk_canary" },
      ["api.groq.com"],
      async (request) => new Response(`got ${(await request.text()).length}`),
      async ({ home, authsome, api }) => {
        const policy = {
          v: 1,
          rules: [{ id: "ask-all", effect: "ask", provider: "groq" }],
        };
        await Deno.writeTextFile(
          `${home}/policy.json`,
          JSON.stringify(policy),
          {
            mode: 0o600,
          },
        );
        const path = `${home}/config.json`;
        const config = JSON.parse(await Deno.readTextFile(path));
        const approval = { ntfy: { server: ntfy.origin } };
        await Deno.writeTextFile(
          path,
          JSON.stringify({ ...config, approval }),
          {
            mode: 0o600,
          },
        );
        const broker = await Broker.open(await openRuntime({ home }));
        const settings = remoteSettings(broker);
        const { code } = await pairPhone(broker, settings, "phone", "x", false);
        await broker.close();
        const key = new URLSearchParams(code).get("pair")!;
        const keys = await pairingKeys(new Secret(key));
        const url = "https://api.groq.com/openai/v1/canary-path-7f3a";
        for (const [at, decision] of (["allow", "deny"] as const).entries()) {
          const run = authsome([
            "run",
            "--",
            "curl",
            "-sS",
            url,
            "-d",
            "hello",
          ]);
          const request = await requested(ntfy, keys, 1 + at);
          expect(request).toMatchObject({
            ...{ method: "POST", host: "api.groq.com", rule: "ask-all" },
            ...{ path: "/openai/v1/canary-path-7f3a", program: "curl" },
            body: { size: 5 },
          });
          expect(api.requests.length).toBe(at);
          ntfy.publish(
            keys.topics.answer,
            await sealedAnswer(keys, request, { decision }),
          );
          const { stdout } = await run;
          if (decision === "allow") expect(stdout).toBe("got 5");
          else expect(stdout).toContain("ask-all");
          expect(api.requests.length).toBe(1);
        }
        const log = await Deno.readTextFile(`${home}/audit.log`);
        expect(log).toMatch(/"event":"approval".*allow once by phone/);
        expect(log).toMatch(/"event":"approval".*deny once by phone/);
        const sent = JSON.stringify(ntfy.received);
        expect(sent).not.toMatch(/canary|groq|hello/);
      },
    );
  },
);
