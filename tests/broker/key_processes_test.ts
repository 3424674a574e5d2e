// Key commands and other commands as real processes, on one home.
import { expect } from "expect";
import { test } from "node:test";
import { connect, withBroker } from "../support/connected.ts";
import { withHome } from "../support/home.ts";
import { cliCommand, moduleCommand, processOf } from "../support/program.ts";
import { withRefreshing } from "../support/refreshing.ts";

const folder = new URL("../support/workers/", import.meta.url).pathname;

const RECORDS = 20;

function keyWorker(
  home: string,
  command: string,
  at = -1,
  moment: "before" | "during" = "before",
): Deno.ChildProcess {
  return processOf(
    moduleCommand(
      `${folder}key_worker.ts`,
      ...[home, command, String(at), moment],
    ),
    { stdout: "piped", stderr: "inherit" },
  ).spawn();
}

async function made(home: string): Promise<void> {
  await withBroker(home, async (broker) => {
    for (let at = 0; at < RECORDS; at++) {
      await connect(broker, "openai", `key ${at}`, `c${at}`);
    }
  });
}

/** What a new process finds. */
async function found(home: string): Promise<unknown> {
  const { stdout } = await keyWorker(home, "look").output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

for (
  const [command, mode, writes] of [
    ["rotate", "local_key", 3],
    ["move", "keyring", 5],
  ] as const
) {
  test(
    `authsome key ${command}, really killed at each of its writes, loses nothing and is ended by the next one`,
    { skip: Deno.build.os === "windows" && "Windows has no SIGKILL" },
    () =>
      withHome(async (home) => {
        // Right after one write is right before the next.
        for (let at = 0;; at++) {
          const place = `${home}/${at}`;
          Deno.mkdirSync(place, { mode: 0o700 });
          await made(place);
          const { code } = await keyWorker(place, command, at).output();
          expect(await found(place)).toMatchObject({ connections: RECORDS });
          const again = await keyWorker(place, command).output();
          expect(again.code).toBe(0);
          expect(await found(place)).toEqual({ mode, connections: RECORDS });
          if (code === 0) {
            expect(at).toBeGreaterThan(writes);
            break;
          }
        }
      }),
  );
}

test(
  "a rotation that is killed in the middle of the transaction leaves the records of before or of after",
  { skip: Deno.build.os === "windows" && "Windows has no SIGKILL" },
  () =>
    withHome(async (home) => {
      await made(home);
      for (let round = 0; round < 8; round++) {
        const child = keyWorker(home, "rotate", 0, "during");
        const reader = child.stdout.getReader();
        await reader.read();
        await new Promise((resolve) => setTimeout(resolve, round));
        try {
          child.kill("SIGKILL");
        } catch { /* It was faster. */ }
        await child.status;
        await reader.cancel();
        expect(await found(home)).toEqual({
          mode: "local_key",
          connections: RECORDS,
        });
      }
    }),
);

test("processes that refresh while the keys are rotated go on, and no token is lost", () =>
  withHome(async (home) => {
    let issued = 0;
    let current = "first-refresh";
    const reused: string[] = [];
    await withRefreshing(
      ({ body }) => {
        const given = new URLSearchParams(body).get("refresh_token")!;
        if (given !== current) {
          reused.push(given);
          return Response.json({ error: "invalid_grant" }, { status: 400 });
        }
        current = `refresh-${++issued}`;
        return Response.json({
          access_token: `access-${issued}`,
          token_type: "bearer",
          refresh_token: current,
          expires_in: 3600,
        });
      },
      async ({ connections }) => {
        const workers = Array.from({ length: 3 }, () =>
          processOf(
            moduleCommand(
              `${folder}refresh_worker.ts`,
              ...[home, "12", "0", "in turn"],
            ),
            { stdout: "piped", stderr: "inherit" },
          ).spawn().output());
        let ended = false;
        const all = Promise.all(workers).finally(() => ended = true);
        let rotations = 0;
        while (!ended || rotations < 2) {
          const { code, stderr } = await processOf(
            cliCommand("key", "rotate"),
            { env: { AUTHSOME_HOME: home } },
          ).output();
          expect([code, new TextDecoder().decode(stderr)]).toEqual([
            0,
            expect.stringContaining("Sealed"),
          ]);
          rotations++;
        }
        for (const { code, stdout } of await all) {
          expect(code).toBe(0);
          const lines = new TextDecoder().decode(stdout).trim().split("\n");
          expect(lines).toHaveLength(12);
          for (const line of lines) {
            expect(JSON.parse(line)).toEqual({
              token: expect.stringMatching(/^access-\d+$/),
            });
          }
        }
        // This process opened the vault before all of them.
        const { credential } = await connections.get("acme");
        expect(
          credential.type === "oauth2" && credential.refreshToken?.reveal(),
        ).toBe(current);
        expect(reused).toEqual([]);
        expect(issued).toBeGreaterThan(3);
      },
      home,
    );
  }));
