// Processes that start together ask a manager once. The manager is a fake (tests/support/fakes/fake_manager.ts); the
// processes are real.
import { expect } from "expect";
import { test } from "node:test";
import { sharedMemory } from "../../../lib/host/references/memory_files.ts";
import {
  type FakeManager,
  fakeManager,
} from "../../support/fakes/fake_manager.ts";
import { leaksInFolder } from "../../support/leaks.ts";
import { missing } from "../../support/missing.ts";
import { cliCommand } from "../../support/program.ts";
import { type Scenario, withScenario } from "../../support/scenario.ts";

const MEMORY = "/dev/shm";
const needsMemory = sharedMemory("/", Deno.env) === undefined &&
  "there is no file system in memory (Linux alone has one)";
const needsCurl = needsMemory || await missing("curl");

const REFERENCE = "op://vault/item/field";
const ARGS = `read --no-newline ${REFERENCE}`;
const FIRST = "gsk_canary_first_0123456789abcdef";
const SECOND = "gsk_canary_second_0123456789abcde";
const CURL = "curl -s -w '%{http_code}' https://api.groq.com/x";

interface Machine extends Scenario {
  op: FakeManager;
  /** The folder in memory that is this session's alone. */
  memory: string;
  /** The key that the API takes. */
  takes(key: string): void;
  /** Calls of the manager since the login. */
  calls(): number;
}

function machine(body: (machine: Machine) => Promise<void>) {
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
        const memory = Deno.makeTempDirSync({ dir: MEMORY });
        try {
          const op = fakeManager(scenario.folder, "op", {
            prints: { [ARGS]: FIRST },
          });
          scenario.env.PATH = `${op.folder}:${scenario.env.PATH}`;
          scenario.env.XDG_RUNTIME_DIR = memory;
          const login = ["login", "groq", "--from", REFERENCE];
          expect(await scenario.authsome(login)).toMatchObject({ code: 0 });
          const before = op.calls().length;
          await body({
            ...scenario,
            ...{ op, memory, takes: (next) => void (key = next) },
            calls: () => op.calls().length - before,
          });
        } finally {
          Deno.removeSync(memory, { recursive: true });
        }
      },
    );
}

const files = ({ memory }: Machine) =>
  [...Deno.readDirSync(`${memory}/authsome`)].map(({ name }) =>
    `${memory}/authsome/${name}`
  );

async function until(isSo: () => boolean) {
  for (let looks = 0; looks < 6000 && !isSo(); looks++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(isSo()).toBe(true);
}

test(
  "fifty processes that start together ask once; the next one asks again",
  { skip: needsMemory },
  machine(async (machine) => {
    const { authsome, op, calls, home, memory } = machine;
    op.hold();
    const fifty = Array.from({ length: 50 }, () => authsome(["token", "groq"]));
    await until(() => calls() > 0);
    op.letGo();
    const ended = await Promise.all(fifty);
    // On a machine that is too busy one may find the store locked for too long, and says so; it has asked nobody.
    const served = ended.filter(({ code, stderr }) =>
      !(code === 9 && stderr.includes("has locked it"))
    );
    expect(served.length).toBeGreaterThan(1);
    expect(
      new Set(
        served.map(({ code, stdout, stderr }) =>
          `${code} ${stdout}${code === 0 ? "" : stderr}`
        ),
      ),
    ).toEqual(new Set([`0 ${FIRST}\n`]));
    expect(calls()).toBe(1);
    // What they share is sealed, and this user's.
    expect(files(machine).length).toBe(1);
    expect(Deno.lstatSync(files(machine)[0]!).mode! & 0o777).toBe(0o600);
    for (const place of [home, memory]) {
      expect(leaksInFolder(place, FIRST)).toEqual([]);
      expect(leaksInFolder(place, REFERENCE)).toEqual([]);
    }
    // Whoever rotates it sees the next one at once.
    op.prints(ARGS, SECOND);
    expect((await authsome(["token", "groq"])).stdout).toBe(`${SECOND}\n`);
    expect(calls()).toBe(2);
  }),
);

test(
  "of fifty that find the manager locked one asks; unlocked it serves the next",
  { skip: needsMemory },
  machine(async ({ authsome, op, calls }) => {
    op.lock("[ERROR] You are not currently signed in. canary-stderr");
    op.hold();
    const many = Array.from({ length: 20 }, () => authsome(["token", "groq"]));
    await until(() => calls() > 0);
    // All of them wait when it fails.
    await new Promise((resolve) => setTimeout(resolve, 100));
    op.letGo();
    for (const { code, stdout, stderr } of await Promise.all(many)) {
      expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
      expect(stderr).toContain("Hint: op signin");
      expect(stderr).not.toContain("canary");
    }
    expect(calls()).toBeLessThanOrEqual(20);
    op.lock(undefined);
    expect((await authsome(["token", "groq"])).stdout).toBe(`${FIRST}\n`);
  }),
);

test(
  "after a rotation the runs that are refused ask once together",
  { skip: needsCurl },
  machine(async ({ client, op, calls, takes, folder }) => {
    const mark = (name: string) => `${folder}/${name}`;
    const run = (name: string) =>
      client([
        ...["sh", "-c"],
        `: > '${mark(name)}'; ${CURL}; : > '${
          mark(`${name}-1`)
        }'; for i in $(seq 600); do [ -e '${
          mark("rotated")
        }' ] && break; sleep 0.1; done; ${CURL}; ${CURL}`,
      ]);
    op.hold();
    const names = ["a", "b", "c"];
    const runs = names.map(run);
    await until(() => names.every((name) => exists(mark(name))));
    op.letGo();
    await until(() => names.every((name) => exists(mark(`${name}-1`))));
    expect(calls()).toBe(1);
    op.prints(ARGS, SECOND);
    takes(SECOND);
    Deno.writeTextFileSync(mark("rotated"), "");
    for (const { stdout } of await Promise.all(runs)) {
      expect(stdout).toBe("fine200fine200fine200");
    }
    expect(calls()).toBe(2);
  }),
);

test(
  "a process that is killed while it asks leaves the question to the next",
  { skip: needsMemory },
  machine(async ({ authsome, env, op, calls }) => {
    op.hold();
    const [program, ...args] = cliCommand("token", "groq");
    const killed = new Deno.Command(program!, {
      ...{ args, env, clearEnv: true, stdout: "null", stderr: "null" },
    }).spawn();
    await until(() => calls() === 1);
    killed.kill("SIGKILL");
    await killed.status;
    const others = ["a", "b", "c"].map(() => authsome(["token", "groq"]));
    await until(() => calls() === 2);
    op.letGo();
    for (const { stdout } of await Promise.all(others)) {
      expect(stdout).toBe(`${FIRST}\n`);
    }
    expect(calls()).toBe(2);
  }),
);

test(
  "what was put into the place of a reading is not believed, and does not stop anything",
  { skip: needsMemory },
  machine(async (machine) => {
    const { authsome, op, calls, folder } = machine;
    const together = async () => {
      const before = calls();
      op.hold();
      const both = ["a", "b"].map(() => authsome(["token", "groq"]));
      await until(() => calls() > before);
      op.letGo();
      for (const { stdout } of await Promise.all(both)) {
        expect(stdout).toBe(`${FIRST}\n`);
      }
    };
    await together();
    const [path] = files(machine);
    const sealed = Deno.readTextFileSync(path!);
    Deno.writeTextFileSync(`${folder}/elsewhere`, sealed);
    for (
      const plant of [
        () => Deno.writeTextFileSync(path!, "canary"),
        () => Deno.symlinkSync(`${folder}/elsewhere`, path!),
        () =>
          new Deno.Command("mkfifo", { args: ["-m", "600", path!] })
            .outputSync(),
        () => Deno.mkdirSync(path!),
        () => Deno.writeTextFileSync(path!, "x".repeat(2 << 20)),
      ]
    ) {
      Deno.removeSync(path!, { recursive: true });
      plant();
      await together();
      expect(Deno.readTextFileSync(`${folder}/elsewhere`)).toBe(sealed);
    }
  }),
);

test(
  "a logout, a revocation and key lock remove what was shared",
  { skip: needsMemory },
  machine(async (machine) => {
    const { authsome, env } = machine;
    const end = async (args: string[]) => {
      expect(await authsome(["token", "groq"])).toMatchObject({ code: 0 });
      expect(files(machine).length).toBe(1);
      const { code, stderr } = await authsome(args);
      expect([args, code, code ? stderr : ""]).toEqual([args, 0, ""]);
      expect(files(machine)).toEqual([]);
    };
    const login = ["login", "groq", "--from", REFERENCE];
    await end(["logout", "groq"]);
    await authsome(login);
    await end(["revoke", "groq", "--yes"]);
    await authsome(login);
    const passphrase = "correct horse battery staple";
    env.AUTHSOME_NEW_PASSPHRASE = env.AUTHSOME_PASSPHRASE = passphrase;
    const moved = await authsome(["key", "move", "--to", "passphrase"]);
    expect([moved.code, moved.code ? moved.stderr : ""]).toEqual([0, ""]);
    await end(["key", "lock"]);
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
