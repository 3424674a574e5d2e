// A request that meets an unchanged vault waits for nothing, and one that meets a changed vault sees the change.
import { expect } from "expect";
import { logOut } from "../../lib/broker/ending/log_out.ts";
import { test } from "node:test";
import { recentVersion } from "../../lib/connection/recent_version.ts";
import type { Broker } from "../../lib/broker/broker.ts";
import { otherInputs, participants } from "../../lib/request/participants.ts";
import { LiveRoutes } from "../../lib/run/live_routes.ts";
import { connect, withBroker } from "../support/connected.ts";
import { withHome } from "../support/home.ts";
import { settlesWithoutWaiting } from "../support/microtasks.ts";

/** What `runCommand()` gives the proxy. */
async function asked(broker: Broker, now: () => number) {
  const { connections, registry, preferences } = broker;
  const version = recentVersion(() => connections.version(), { now });
  const context = {
    connections: {
      names: () => connections.names(),
      get: (provider: string, name?: string) => connections.get(provider, name),
      version,
    },
    registry,
    preferences,
    warn() {},
  };
  const first = await version();
  const inputs = await participants({}, context);
  const others = await otherInputs({}, context, inputs);
  return {
    routes: new LiveRoutes({}, context, inputs, others, first),
    credentials: await broker.credentialSource(version),
  };
}

test("routes and credentials of an unchanged vault come without a wait, and follow a write elsewhere", () =>
  withHome((home) =>
    withBroker(home, async (broker) => {
      await connect(broker, "openai", "sk-first-0123456789");
      let now = 1_000;
      const { routes, credentials } = await asked(broker, () => now);
      const fresh = () => credentials.fresh("openai", "default");
      await fresh();
      for (let requests = 0; requests < 3; requests++) {
        // As the clock goes on, SQLite itself is asked.
        now++;
        expect(await settlesWithoutWaiting(() => routes.current())).toBe(true);
        expect(await settlesWithoutWaiting(fresh)).toBe(true);
      }
      expect((await routes.current()).routes).not.toEqual([]);

      await withBroker(home, async (other) => {
        await logOut(other, "openai");
        await connect(other, "openai", "sk-second-0123456789");
      });
      now++;
      const answer = await fresh();
      expect(
        answer.ok && answer.credential.type === "api_key" &&
          answer.credential.fields.api_key?.reveal(),
      ).toBe("sk-second-0123456789");
    })
  ));
