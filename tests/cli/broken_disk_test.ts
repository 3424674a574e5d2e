// Every command on a home that cannot be written and on a disk that is full, as the kernel does it: a namespace of its
// own in which the home is mounted read-only, or on a tmpfs with no block left.
import { expect } from "expect";
import { test } from "node:test";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { CALLS, writeGivenExport } from "../support/calls.ts";
import { missing } from "../support/missing.ts";
import { Session } from "../support/terminal/terminal_script.ts";

const ACME = (name: string) =>
  JSON.stringify({
    schema_version: 1,
    name,
    display_name: "Acme",
    auth_type: "api_key",
    flow: "api_key",
    api_url: "api.acme-notes.com",
    api_key: {},
  });

/** Exit codes of those that do not need the vault; of all others it is 9. */
const WITHOUT_VAULT: Readonly<Record<string, number>> = {
  inspect: 0,
  log: 0,
  // No destination is configured.
  "log export": 4,
  "policy check": 0,
  // No run is in the log, and there is no terminal.
  "policy learn": 4,
  "policy edit": 4,
  completions: 0,
  // A new file of an agent; the removal keeps a copy in the home.
  "mcp install": 0,
  "mcp list": 0,
  "setup list": 0,
  ui: 0,
  "runs list": 0,
  "runs stop": 4,
  // Their tools say in a variable what they are asked for.
  "credential kubectl": 2,
  "credential cargo": 2,
  upgrade: 4,
  // There is no terminal.
  approve: 2,
  "approve pair": 2,
  "approve page": 0,
  // The home has no passphrase.
  "key passphrase": 4,
  "key unlock": 4,
  "key lock": 4,
};

/** What the home holds before, by commands that only read. */
const CONTENT = [
  "get openai --field api_key --show-secret",
  "get openai --connection side --field api_key --show-secret",
  "list --connected",
  "profile list",
  "inspect mine",
  "prefer",
];

const MOUNT = ["mount", "-t", "tmpfs", "tmpfs", "/mnt"];
/** The options by which this user may mount. */
const namespaces = await missing("unshare", "-m", ...MOUNT) ? "-rm" : "-m";
const skip = await missing("unshare", namespaces, ...MOUNT) ||
  await missing("find");

/** Runs every call in one namespace that `prepare` makes; `repair` is run before what is there is read again. */
async function everyCommand(prepare: string, repair: string) {
  await using session = await Session.open();
  const { work } = session;
  await Deno.writeTextFile(`${work}/acme.json`, ACME("acme"));
  await writeGivenExport(work);
  await Deno.writeTextFile(`${work}/mine.json`, ACME("mine"));
  await Deno.writeTextFile(`${work}/.env`, "ANTHROPIC_API_KEY=sk-ant-canary\n");
  await Deno.writeTextFile(
    `${work}/.netrc`,
    "machine api.github.com login me password ghp_canary\n",
    { mode: 0o600 },
  );
  const steps = Object.entries(CALLS).map(([name, { argv, stdin }]) => {
    const file = `${work}/out/${name.replace(" ", "-")}`;
    return `printf '%s\\n' '${
      stdin ?? ""
    }' | authsome ${argv} >'${file}.out' 2>'${file}.err'; echo $? >'${file}.code'`;
  });
  const read = (to: string) =>
    CONTENT.map((argv) => `authsome ${argv}`).join("; ") + `) >${to} 2>&1`;
  const script = `set -e; mkdir out
    mkdir home; ${
    prepare.includes("tmpfs")
      ? "mount -t tmpfs -o size=1m,mode=700 tmpfs home"
      : ""
  }
    chmod 700 home
    seed openai; seed openai side; authsome profile create second --quiet
    seed openai --profile second; authsome register mine.json --yes --quiet
    (${read("before")}
    authsome key backup key.json --quiet
    ${prepare}
    set +e
    ${steps.join("\n    ")}
    ${repair}
    (${read("after")}
    authsome doctor --json >doctor 2>&1
    (cd home && find . -mindepth 1 | cut -c3-) >files`;
  const ended = await new Deno.Command("unshare", {
    args: [namespaces, "sh", "-c", script],
    cwd: work,
    env: session.environment,
    clearEnv: true,
  }).output();
  const text = (path: string) => Deno.readTextFile(`${work}/${path}`);
  expect(new TextDecoder().decode(ended.stderr)).toBe("");
  const results: Record<string, { code: number; out: string; err: string }> =
    {};
  for (const name of Object.keys(CALLS)) {
    const file = `out/${name.replace(" ", "-")}`;
    results[name] = {
      code: Number(await text(`${file}.code`)),
      out: await text(`${file}.out`),
      err: await text(`${file}.err`),
    };
  }
  return {
    results,
    before: await text("before"),
    after: await text("after"),
    doctor: await text("doctor"),
    env: await text(".env"),
    files: (await text("files")).trim().split("\n").sort(),
  };
}

test("there is a call of every command", () => {
  expect(Object.keys(CALLS).sort()).toEqual(
    Object.keys(COMMANDS).filter((name) => COMMANDS[name]!.group).sort(),
  );
});

for (
  const [what, prepare, repair] of [
    [
      "a read-only home",
      "mount --bind home home; mount -o remount,ro,bind home",
      "umount home",
    ],
    [
      "a full disk",
      "dd if=/dev/zero of=home/filler bs=4k 2>/dev/null || true; : tmpfs",
      "rm -f home/filler",
    ],
  ] as const
) {
  test(
    `${what}: every command does its work or says in one line why not, and nothing is lost`,
    {
      skip,
    },
    async () => {
      const { results, before, after, doctor, env, files } = await everyCommand(
        prepare,
        repair,
      );
      for (const [name, { code, out, err }] of Object.entries(results)) {
        const expected = WITHOUT_VAULT[name] ?? 9;
        const works = expected === 0;
        expect({ name, code }).toEqual({ name, code: expected });
        const errors = err.split("\n").filter((line) => /^Error: /.test(line));
        expect({ name, errors: errors.length }).toEqual({
          name,
          errors: works || name === "doctor" ? 0 : 1,
        });
        if (name === "doctor") expect(out).toMatch(/^FAIL +.+\n +fix: .+/m);
        else if (!works) {
          expect({ name, err }).toEqual({
            name,
            err: expect.stringMatching(/^Hint: .+\n$/m),
          });
          expect({ name, out }).toEqual({ name, out: "" });
        }
        expect(out + err).not.toContain("canary");
        expect(out + err).not.toContain("Unexpected");
      }
      expect(after).toBe(before);
      expect(before).toContain("key-of-default\nkey-of-side\n");
      const failing =
        (JSON.parse(doctor).checks as { name: string; ok: boolean }[])
          .filter(({ ok }) => !ok).map(({ name }) => name);
      // The session has none.
      expect(failing).toEqual(["network"]);
      expect(env).toBe("ANTHROPIC_API_KEY=sk-ant-canary\n");
      expect(
        files.filter((file) =>
          !/^(?:vault\.db-|(?:backups|bin|key\.lock)$|shims\b)/.test(file)
        ),
      )
        .toEqual([
          "audit.log",
          "audit.log.last",
          "audit.log.lock",
          "config.json",
          "config.json.lock",
          "master.key",
          "providers",
          "providers/mine.json",
          "vault.db",
        ]);
    },
  );
}
