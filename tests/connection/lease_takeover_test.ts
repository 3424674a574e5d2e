// Nobody waits for a process that is dead, and who waits for a living one is told for what.
import { expect } from "expect";
import { test } from "node:test";
import { takeLease } from "../../lib/connection/refresh/refresh_lease.ts";
import { revokeConnection } from "../../lib/connection/revoke_connection.ts";
import { machineProcesses } from "../../lib/host/process_names.ts";
import { withHome } from "../support/home.ts";
import { moduleCommand, processOf } from "../support/program.ts";
import { type Refreshing, withRefreshing } from "../support/refreshing.ts";

const SKIP = Deno.build.os === "linux"
  ? false
  : "only Linux tells dead holders from living ones";
const WORKER =
  new URL("../support/workers/refresh_worker.ts", import.meta.url).pathname;

/** Runs `body` while another process holds the lease in the middle of its refresh. */
async function withHolder(
  body: (
    parts: Refreshing,
    holder: { pid: number; kill(): Promise<void> },
  ) => Promise<void>,
): Promise<void> {
  await withHome(async (home) => {
    const answer = () =>
      Response.json({ access_token: "second", expires_in: 3600 });
    await withRefreshing(answer, async (parts) => {
      const process = processOf(
        moduleCommand(WORKER, home, "1", "0", "before the answer is read"),
        { stdout: "piped" },
      ).spawn();
      const reader = process.stdout.getReader();
      await reader.read();
      let killed = false;
      const kill = async () => {
        if (killed) return;
        killed = true;
        process.kill("SIGKILL");
        await reader.cancel();
        await process.status;
      };
      try {
        await body(parts, { pid: process.pid, kill });
      } finally {
        await kill();
      }
    }, home);
  });
}

/** A sleep that fails the test. */
const never = () => Promise.reject(new Error("it waited"));

test("the lease of a process that was killed is taken over at once", {
  skip: SKIP,
}, async () => {
  await withHolder(async (parts, { kill }) => {
    await kill();
    Object.assign(parts.context, {
      processes: machineProcesses(),
      sleep: never,
    });
    expect(await parts.use()).toBe("second");
    expect(parts.requests()).toBe(2);
  });
});

test(
  "a revocation does not wait for a dead process either",
  { skip: SKIP },
  async () => {
    await withHolder(async (parts, { kill }) => {
      await kill();
      const outcome = await revokeConnection(
        {
          ...parts.context,
          connections: parts.connections,
          processes: machineProcesses(),
          sleep: never,
        },
        "acme",
        "default",
      );
      expect(outcome.kind).toBe("not_supported");
    });
  },
);

test("who waits for a living process says so, once, and goes on when it dies", {
  skip: SKIP,
}, async () => {
  await withHolder(async (parts, { pid, kill }) => {
    const said: string[] = [];
    let slept = 0;
    Object.assign(parts.context, {
      processes: machineProcesses(),
      warn: (message: string) => said.push(message),
      sleep: async () => {
        if (++slept === 60) await kill();
      },
    });
    expect(await parts.use()).toBe("second");
    expect(slept).toBe(60);
    expect(said).toEqual([
      expect.stringMatching(
        new RegExp(
          `^Waiting for process ${pid}, which refreshes connection acme/default, for 4\\d seconds at most$`,
        ),
      ),
    ]);
  });
});

test("a holder that nothing is known of is waited for until its time is over", async () => {
  await withRefreshing(
    () => Response.json({ access_token: "second" }),
    async (parts) => {
      const { vault, clock, connections } = parts;
      const holders = [
        undefined,
        // Of another machine or container.
        { self: () => "elsewhere.1.1", look: () => undefined },
      ];
      for (const processes of holders) {
        const lease = await takeLease(
          { vault, clock, profile: "default", ...processes && { processes } },
          await connections.get("acme"),
        );
        expect(lease.kind).toBe("taken");
        let slept = 0;
        Object.assign(parts.context, {
          processes: machineProcesses(),
          warn: (message: string) =>
            expect(message).toMatch(/^Waiting for another process, /),
          sleep: () => {
            clock.skew += 1000;
            slept++;
            return Promise.resolve();
          },
        });
        expect(await parts.use()).toBe("second");
        expect(slept).toBe(45);
        const stored = await connections.get("acme");
        if (stored.credential.type !== "oauth2") throw new Error("no OAuth");
        stored.credential.expiresAt = clock.now() - 1;
        await connections.save(stored);
      }
    },
  );
});
