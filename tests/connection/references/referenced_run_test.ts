// A connection whose secret stays in its manager, from the login to its end, by the real command line. The managers here
// are fakes (tests/support/fakes/fake_manager.ts).
import { expect } from "expect";
import { test } from "node:test";
import {
  type FakeAnswers,
  fakeManager,
} from "../../support/fakes/fake_manager.ts";
import { leaksInFolder } from "../../support/leaks.ts";
import { missing } from "../../support/missing.ts";
import { type Scenario, withScenario } from "../../support/scenario.ts";

const skip = await missing("curl");

const REFERENCE = "op://vault/item/field";
const ARGS = `read --no-newline ${REFERENCE}`;
const FIRST = "gsk_canary_first_0123456789abcdef";
const SECOND = "gsk_canary_second_0123456789abcde";
const LOCKED = "[ERROR] You are not currently signed in. canary-stderr";

/** A machine with `op`, an API that takes one key, and the connection groq/default, which refers to that. */
function machine(
  body: (
    scenario: Scenario & {
      op: ReturnType<typeof fakeManager>;
      /** The key that the API takes. */
      takes(key: string): void;
    },
  ) => Promise<void>,
  from = REFERENCE,
) {
  let key = FIRST;
  return () =>
    withScenario(
      {},
      ["api.groq.com"],
      (request) =>
        request.headers.get("authorization") === `Bearer ${key}`
          ? new Response("fine")
          : new Response("refused", { status: 401 }),
      async (scenario) => {
        const answers: FakeAnswers = { prints: { [ARGS]: FIRST } };
        const op = fakeManager(scenario.folder, "op", answers);
        scenario.env.PATH = `${op.folder}:${scenario.env.PATH}`;
        scenario.env.GROQ_SOURCE = FIRST;
        expect(await scenario.authsome(["login", "groq", "--from", from]))
          .toMatchObject({ code: 0, stdout: "Connected groq/default\n" });
        await body({
          ...scenario,
          op,
          takes: (next) => void (key = next),
        });
      },
    );
}

const CURL = ["curl", "-s", "-w", "%{http_code}", "https://api.groq.com/x"];

test(
  "the vault holds the reference alone, and every command knows it",
  machine(async ({ authsome, home, op }) => {
    const calls = op.calls().length;
    const shown = { api_key: REFERENCE };
    const list = await authsome(["list", "--connected"]);
    expect(list.stdout).toContain(`default from ${REFERENCE}`);
    const listed = JSON.parse((await authsome(["list", "--json"])).stdout);
    expect(
      listed.bundled.find(({ name }: { name: string }) => name === "groq")
        .connections[0],
    ).toMatchObject({ references: shown, status: "connected" });
    const inspected = await authsome(["inspect", "groq", "--json"]);
    expect(JSON.parse(inspected.stdout).connections[0].references)
      .toEqual(shown);
    const got = JSON.parse((await authsome(["get", "groq", "--json"])).stdout);
    expect(got).toMatchObject({ references: shown, api_key: "[redacted]" });
    expect((await authsome(["get", "groq"])).stdout).toContain(
      `references       api_key=${REFERENCE}`,
    );
    expect((await authsome(["whoami"])).stdout).toMatch(/references +1\n/);
    expect((await authsome(["explain", "https://api.groq.com/x"])).code)
      .toBe(0);
    const doctor = JSON.parse((await authsome(["doctor", "--json"])).stdout);
    expect(doctor.checks).toContainEqual(expect.objectContaining({
      name: "reference",
      ok: true,
      message: `groq/default is read from ${REFERENCE}`,
    }));
    // None of them had to ask the manager, which may have to ask a person.
    expect(op.calls().length).toBe(calls);
    expect((await authsome(["token", "groq"])).stdout).toBe(`${FIRST}\n`);
    expect((await authsome(["export", "groq"])).stdout).toBe(
      `export GROQ_API_KEY='${FIRST}'\n`,
    );
    const ways = ["get", "groq", "--field", "api_key", "--show-secret"];
    expect((await authsome(ways)).stdout).toBe(`${FIRST}\n`);
    expect(op.calls().length).toBe(calls + 3);
    expect(await leaksInFolder(home, FIRST)).toEqual([]);
    const out = await authsome(["logout", "groq"]);
    expect(out.stderr).toContain(
      `What it referred to was not changed: ${REFERENCE}`,
    );
  }),
);

test(
  "a rotation is seen at the next use, also within a run, and a key that stays refused is read again once",
  { skip },
  machine(async ({ authsome, client, op, takes }) => {
    op.prints(ARGS, SECOND);
    takes(SECOND);
    expect((await authsome(["token", "groq"])).stdout).toBe(`${SECOND}\n`);
    const five = ["sh", "-c", Array(5).fill(CURL.join(" ")).join(";")];
    const before = op.calls().length;
    expect((await client(five)).stdout).toBe("fine200".repeat(5));
    expect(op.calls().length).toBe(before + 1);
    takes("another");
    expect((await client(five)).stdout).toBe("refused401".repeat(5));
    // At the first request, and once more after its refusal.
    expect(op.calls().length).toBe(before + 3);
  }),
);

test(
  "what was rotated before a request is taken in the same request",
  { skip },
  machine(async ({ client, op, takes, folder }) => {
    // The key is kept from the first request on; then both the manager and the API have the next one.
    const gate = `${folder}/gate`;
    const running = client([
      "sh",
      "-c",
      `${
        CURL.join(" ")
      }; : > '${gate}-1'; for i in $(seq 600); do [ -e '${gate}-2' ] && break; sleep 0.1; done; ${
        CURL.join(" ")
      }`,
    ]);
    for (let looks = 0; looks < 3000 && !exists(`${gate}-1`); looks++) {
      await pause();
    }
    op.prints(ARGS, SECOND);
    takes(SECOND);
    Deno.writeTextFileSync(`${gate}-2`, "");
    expect((await running).stdout).toBe("fine200fine200");
  }),
);

test(
  "a locked manager is a 401 with the command that unlocks it, and unlocked it serves the next request",
  { skip },
  machine(async ({ client, authsome, op, api }) => {
    op.lock(LOCKED);
    const before = api.requests.length;
    const ended = await client([
      "sh",
      "-c",
      `${CURL.join(" ")}; rm "$1"; ${CURL.join(" ")}`,
      ...["sh", `${op.folder}/../op.state/locked`],
    ]);
    const [body, rest] = ended.stdout.split(/(?<=\}\n)/);
    expect(JSON.parse(body!)).toMatchObject({
      reason: "credential_missing",
      provider: "groq",
      hint: "op signin",
      message:
        `Tell your user that authsome could not complete this request: Cannot read ${REFERENCE}: 1Password is locked, or you are not logged in to it; what to do: op signin`,
    });
    expect(rest).toBe("401fine200");
    expect(api.requests.length).toBe(before + 1);
    op.lock(LOCKED);
    for (
      const args of [
        ["token", "groq"],
        ["export", "groq"],
        ["get", "groq", "--field", "api_key", "--show-secret"],
      ]
    ) {
      const failed = await authsome(args);
      expect(failed).toMatchObject({ code: 5, stdout: "" });
      expect(failed.stderr).toContain("Hint: op signin");
      expect(failed.stderr).not.toContain("canary");
    }
  }),
);

test(
  "of fifty requests at once one asks the manager",
  { skip },
  machine(async ({ client, op, api }) => {
    const before = op.calls().length;
    const ended = await client([
      ...["curl", "-s", "-Z", "--parallel-immediate", "--parallel-max", "50"],
      "https://api.groq.com/[1-50]",
    ]);
    expect(ended.stdout).toBe("fine".repeat(50));
    expect(api.requests.length).toBe(50);
    expect(op.calls().length).toBe(before + 1);
  }),
);

test(
  "of several processes one at a time asks the manager",
  machine(async ({ authsome, op }) => {
    op.slow();
    const ended = await Promise.all(
      Array.from({ length: 6 }, () => authsome(["token", "groq"])),
    );
    expect(ended.map(({ stdout }) => stdout)).toEqual(
      Array(6).fill(`${FIRST}\n`),
    );
    expect(op.overlaps()).toBe(0);
  }),
);

test(
  "the command is not given what opens the manager, nor the variable that is referred to",
  machine(async ({ client, authsome }) => {
    const env = {
      OP_SERVICE_ACCOUNT_TOKEN: "ops_canary",
      OP_SESSION_my: "canary-session",
      OP_DEVICE: "kept",
    };
    const first = await client(["true"], { env });
    expect(first.stderr).toContain(
      "Removed from the command's environment: OP_SERVICE_ACCOUNT_TOKEN, OP_SESSION_my",
    );
    expect(first.childEnv).toMatchObject({ OP_DEVICE: "kept" });
    expect(JSON.stringify(first.childEnv)).not.toMatch(/ops_canary|canary-s/);
    const from = ["--force", "--from", "env:GROQ_SOURCE"];
    await authsome(["login", "groq", ...from]);
    const second = await client(["true"]);
    expect(second.childEnv.GROQ_SOURCE).toBe(undefined);
    expect(second.childEnv.GROQ_API_KEY).toBe("authsome-proxy-managed");
    expect(JSON.stringify(second.childEnv)).not.toContain(FIRST);
  }),
);

test(
  "a command is split into words and started without a shell, from no relative path",
  machine(async ({ authsome, folder }) => {
    const login = (from: string) =>
      authsome(["login", "groq", "--force", "--from", from]);
    Deno.writeTextFileSync(`${folder}/key`, `${SECOND}\n`);
    expect(await login(`cmd:cat '${folder}/key'`)).toMatchObject({ code: 0 });
    expect((await authsome(["token", "groq"])).stdout).toBe(`${SECOND}\n`);
    expect((await authsome(["list", "--connected"])).stdout).toContain(
      "default from cmd:cat\n".slice(0, -1),
    );
    const shell = await login(`cmd:cat '${folder}/key'; touch ${folder}/no`);
    expect(shell.code).toBe(5);
    expect(exists(`${folder}/no`)).toBe(false);
    const told = await login(`cmd:echo ${SECOND}`);
    expect(told).toMatchObject({ code: 2 });
    expect(told.stderr).toContain("the command itself holds the secret");
    expect(told.stderr).not.toContain(SECOND);
    Deno.writeTextFileSync(`${folder}/get`, "#!/bin/sh\necho x\n", {
      mode: 0o755,
    });
    const relative = await authsome(
      ["login", "groq", "--force", "--from", "cmd:./get"],
      { cwd: folder },
    );
    expect(relative.stderr).toContain("is not installed");
    const secret = await authsome([
      "login",
      "groq",
      "--force",
      "--from",
      FIRST,
    ]);
    expect(secret).toMatchObject({ code: 2 });
    expect(secret.stderr).not.toContain(FIRST);
  }),
);

test(
  "a field that does not exist, one twice, and a value that can stand in no header are refused",
  machine(async ({ authsome, op, client }) => {
    for (
      const [args, said] of [
        [["--from", `nope=${REFERENCE}`], 'it has no secret called "nope"'],
        [["--from", REFERENCE, "--from", REFERENCE], "has two references"],
        [["--from", "foo:bar"], '"foo" is no scheme'],
      ] as const
    ) {
      const ended = await authsome(["login", "groq", "--force", ...args]);
      expect([ended.code, ended.stderr]).toEqual([
        2,
        expect.stringContaining(said),
      ]);
    }
    op.prints(ARGS, `${FIRST}\nX-Other: canary`);
    const ended = await authsome(["token", "groq"]);
    expect(ended).toMatchObject({ code: 5, stdout: "" });
    expect(ended.stderr).toContain("a line break or a control character");
    op.prints(ARGS, "authsome-proxy-managed");
    expect((await authsome(["token", "groq"])).stderr).toContain(
      "a placeholder of authsome",
    );
    op.prints(ARGS, "");
    expect((await authsome(["token", "groq"])).stderr).toContain("it is empty");
    expect((await client(["true"])).code).toBe(0);
  }),
);

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
