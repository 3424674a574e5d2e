// `vault verify`, `vault export` and `vault import` as a person types them, between two homes, and with the age program.
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { DatabaseSync } from "node:sqlite";
import { expect } from "expect";
import { after, before, test } from "node:test";
import { missing } from "../../support/missing.ts";
import { runCommand } from "../../support/fakes/fake_machine.ts";
import { Session } from "../../support/terminal/terminal_script.ts";

const CUSTOM = JSON.stringify({
  schema_version: 1,
  name: "acme",
  display_name: "Acme",
  auth_type: "api_key",
  flow: "api_key",
  api_url: "api.acme-notes.com",
  api_key: {},
});

let session: Session;
let recipient: string;
before(async () => {
  session = await Session.open();
  const identity = await generateX25519Identity();
  recipient = await identityToRecipient(identity);
  await Deno.writeTextFile(`${session.work}/key.txt`, `# mine\n${identity}\n`);
  await Deno.writeTextFile(`${session.work}/secret.txt`, "five random words\n");
  await Deno.writeTextFile(`${session.work}/acme.json`, CUSTOM);
  const { stderr } = await session.run(
    `seed openai --key sk-canary-1; seed notion; authsome profile create work --quiet
     seed openai side --key sk-canary-2 --profile work; authsome profile use work --quiet
     authsome register acme.json --yes --quiet; seed acme --profile work
     authsome vault export home.age --recipient ${recipient}`,
  );
  expect(stderr).toMatch(/Wrote \d+ records and 1 definition\./);
});
after(() => session[Symbol.asyncDispose]());

/** Runs `line` in a home of its own called `name`. */
function elsewhere(name: string, line: string) {
  return session.run(
    `mkdir -p -m 700 '${name}'; export AUTHSOME_HOME="$PWD/${name}"; ${line}`,
  );
}

const IMPORT = "authsome vault import home.age --identity key.txt";

test("vault export | import moves every profile, definition and setting to an empty home", async () => {
  const text = await Deno.readTextFile(`${session.work}/home.age`);
  expect(text).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n/);
  expect(Deno.statSync(`${session.work}/home.age`).mode! & 0o777).toBe(0o600);
  const dry = await elsewhere("moved", `${IMPORT} --dry-run --json`);
  expect(JSON.parse(dry.stdout)).toMatchObject({ v: 1, dry_run: true });
  expect(JSON.parse(dry.stdout).parts).toContainEqual({
    ...{ what: "definition acme", profile: null, action: "add" },
    hosts: ["api.acme-notes.com"],
  });
  expect((await elsewhere("moved", "authsome list --connected")).stdout)
    .not.toContain("openai");
  const done = await elsewhere("moved", `${IMPORT} --yes`);
  expect(done).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^Imported /),
  });
  expect(done.stdout).not.toContain("canary");
  const read = (line: string) =>
    Promise.all([session.run(line), elsewhere("moved", line)]);
  for (
    const line of [
      // The profile that is used is a setting.
      "authsome token openai --connection side",
      "authsome token openai --profile default",
      "authsome get notion --profile default --json --show-secret",
      "authsome inspect acme",
      "authsome token acme",
      "authsome profile list --json",
    ]
  ) {
    const [here, there] = await read(line);
    expect(here.code).toBe(0);
    expect({ line, ...there }).toEqual({ line, ...here });
  }
  const again = await elsewhere("moved", IMPORT);
  expect(again).toMatchObject({ code: 0, stdout: "" });
  expect(again.stderr).toMatch(/are here already\.\nNothing is new\.\n$/);
});

test("vault import changes nothing where something differs, unless told which one stays", async () => {
  const own = "seed openai --key sk-mine; authsome profile create own --quiet";
  const show = "authsome token openai --profile default";
  expect((await elsewhere("used", own)).code).toBe(0);
  const refused = await elsewhere("used", `${IMPORT} --yes`);
  expect(refused).toMatchObject({
    code: 4,
    stdout: expect.stringMatching(/^conflict +connection openai\/default/m),
  });
  expect(refused.stderr).toContain("Hint: Keep what is here with --skip");
  expect((await elsewhere("used", "authsome profile list")).stdout)
    .not.toContain("work");
  const skipped = await elsewhere("used", `${IMPORT} --yes --skip`);
  expect(skipped.stdout).toMatch(/^keep +connection openai\/default/m);
  expect((await elsewhere("used", show)).stdout).toBe("sk-mine\n");
  expect(
    (await elsewhere("used", "authsome token openai --profile work")).stdout,
  ).toBe("sk-canary-2\n");
  const replaced = await elsewhere("used", `${IMPORT} --yes --force`);
  expect(replaced.stdout).toMatch(/^replace +connection openai\/default/m);
  expect((await elsewhere("used", show)).stdout).toBe("sk-canary-1\n");
  expect((await elsewhere("used", "authsome profile list")).stdout)
    .toContain("own");
  const both = await elsewhere("used", `${IMPORT} --skip --force`);
  expect(both.code).toBe(2);
});

test("vault import takes no connection that reads by a command or a variable, unless told", async () => {
  const made = await elsewhere(
    "theirs",
    `printf sk-canary-3-0123456789abcdefghij >key.raw; export THEIR_KEY=gsk_canary-4
     authsome login openai --from "cmd:$(command -v cat) $PWD/key.raw" --no-verify --force --quiet
     authsome login groq --from env:THEIR_KEY --no-verify --force --quiet
     authsome vault export theirs.age --recipient ${recipient}`,
  );
  expect(made.stderr).toContain("Wrote");
  const line =
    "authsome vault import theirs.age --identity key.txt --yes --skip";
  const refused = await elsewhere("mine", line);
  expect(refused.code).toBe(4);
  expect(refused.stderr).toMatch(
    /connection (openai|groq)\/default reads its secret by a command or a variable/,
  );
  expect((await elsewhere("mine", "authsome list --connected")).stdout)
    .not.toMatch(/openai|groq/);
  const dry = await elsewhere("mine", `${line} --dry-run --json`);
  const { parts } = JSON.parse(dry.stdout);
  const reads = parts.flatMap((
    { references = [] }: { references?: string[] },
  ) => references);
  expect(reads).toContainEqual(expect.stringMatching(/^cmd:\S*\/cat$/));
  expect(reads).toContain("env:THEIR_KEY");
  expect(dry.stdout).not.toContain("sk-canary-3");
  expect((await elsewhere("mine", `${line} --allow-commands`)).code).toBe(0);
  expect((await elsewhere("mine", "authsome list --connected")).stdout)
    .toMatch(/groq[^]*openai/);
});

test("vault export | import with a passphrase, from a file or typed twice", async () => {
  const made = await session.run(
    "authsome vault export - --passphrase-file secret.txt >p.age && ! grep -q canary p.age",
  );
  expect(made.code).toBe(0);
  await Deno.writeTextFile(`${session.work}/wrong.txt`, "six random words\n");
  const wrong = await elsewhere(
    "typed",
    "authsome vault import p.age --passphrase-file wrong.txt --yes",
  );
  expect(wrong).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("it is not for this passphrase"),
  });
  const asked = await elsewhere("typed", "authsome vault import p.age --yes");
  expect(asked).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("there is no terminal"),
  });
  const typed = await runCommand(["vault", "import", "p.age", "--yes"], {
    home: `${session.work}/typed`,
    tty: true,
    stdin: "five random words\n",
    files: { "p.age": await Deno.readTextFile(`${session.work}/p.age`) },
  });
  expect(typed.code).toBe(0);
  expect((await elsewhere("typed", "authsome token acme")).code).toBe(0);
  for (
    const [stdin, problem] of [
      ["short\n", "it has 5 characters, at least 10 are needed"],
      ["five random words\n", "Cancelled"],
    ] as const
  ) {
    const refused = await runCommand(["vault", "export", "x.age"], {
      ...{ home: `${session.work}/typed`, tty: true, stdin },
    });
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain(problem);
  }
});

test("vault export refuses what no age file can be, and keeps a file that is there", async () => {
  for (
    const [line, problem] of [
      ["x.age", "there is no terminal"],
      [`home.age --recipient ${recipient}`, "it is there already"],
      [
        `x.age --recipient ${recipient} --passphrase-file secret.txt`,
        "one or the other",
      ],
      ["x.age --recipient 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5'", "an SSH key"],
      ["x.age --recipient age1nonsense", "not a public key of age"],
      ["x.age --passphrase-file nowhere.txt", "Cannot read"],
      [`no/such/folder/x.age --recipient ${recipient}`, "it cannot be written"],
    ]
  ) {
    const { code, stdout, stderr } = await session.run(
      `authsome vault export ${line}`,
    );
    expect([line, code === 0, stdout]).toEqual([line, false, ""]);
    expect(stderr).toContain(problem);
    expect(stderr).toMatch(/^Hint: .+\n$/m);
  }
  expect((await session.run("ls x.age")).code).not.toBe(0);
});

test("an export notes in the audit log that everything was handed out", async () => {
  const { stdout } = await session.run("authsome log --json");
  expect(JSON.parse(stdout).entries).toContainEqual(
    expect.objectContaining({ event: "export", detail: "the whole vault" }),
  );
  const there = await elsewhere("moved", "authsome log --json");
  expect(JSON.parse(there.stdout).entries).toContainEqual(
    expect.objectContaining({
      event: "import",
      detail: expect.stringMatching(/^a vault: \d+ records$/),
    }),
  );
});

test("vault import refuses a file that was cut off, changed, or is too large", async () => {
  const text = await Deno.readTextFile(`${session.work}/home.age`);
  const lines = text.split("\n");
  const bad = {
    "cut.age": text.slice(0, text.length / 2),
    "last.age": lines.toSpliced(-3, 1).join("\n"),
    "changed.age": lines.map((line, at) =>
      at === lines.length - 5 ? `A${line.slice(1, -1)}A` : line
    ).join("\n"),
    "empty.age": "",
    "other.age": "sk-canary\n",
  };
  for (const [name, content] of Object.entries(bad)) {
    await Deno.writeTextFile(`${session.work}/${name}`, content);
    const { code, stdout, stderr } = await elsewhere(
      "bad",
      `authsome vault import ${name} --identity key.txt --yes`,
    );
    expect([name, code, stdout]).toEqual([name, 9, ""]);
    expect(stderr).toMatch(/^Error: Cannot open the export: /);
    expect(stderr).not.toContain("canary");
  }
  await Deno.writeTextFile(`${session.work}/huge.age`, "");
  await Deno.truncate(`${session.work}/huge.age`, 64 * 1_048_576 + 1);
  const huge = await elsewhere("bad", "authsome vault import huge.age --yes");
  expect(huge).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("it is larger than 64 MiB"),
  });
  expect(
    (await elsewhere("bad", 'ls -A bad 2>/dev/null; ls -A "$AUTHSOME_HOME"'))
      .stdout,
  )
    .not.toContain("vault.db");
});

test("vault verify names the records that do not open", async () => {
  const good = await session.run("authsome vault verify --json");
  expect(good.code).toBe(0);
  expect(JSON.parse(good.stdout)).toMatchObject({ damaged: [] });
  expect(JSON.parse(good.stdout).records).toBeGreaterThan(5);
  const database = new DatabaseSync(`${session.work}/moved/vault.db`);
  const [{ name }] = database.prepare("PRAGMA table_info(record)").all() as [
    { name: string },
  ];
  database.exec(
    `UPDATE record SET value = replace(value, '"tag":"', '"tag":"AAAA') WHERE ${name} NOT LIKE 'vault/%'`,
  );
  database.close();
  const bad = await elsewhere("moved", "authsome vault verify");
  expect(bad.code).toBe(9);
  expect(bad.stderr).toMatch(/^Error: Cannot open \d+ of \d+ records\n/);
  const json = await elsewhere("moved", "authsome vault verify --json");
  expect(json.code).toBe(9);
  expect(JSON.parse(json.stdout).damaged.length).toBeGreaterThan(5);
  expect(json.stdout).not.toContain("canary");
  // What does not open is not left out of a copy without a word.
  const copy = await elsewhere(
    "moved",
    `authsome vault export moved.age --recipient ${recipient}`,
  );
  expect(copy.code).toBe(9);
});

const skip = await missing("age") || await missing("age-keygen");

test(
  "the age program opens what vault export wrote, and vault import what age wrote",
  { skip },
  async () => {
    const opened = await session.run("age -d -i key.txt home.age >plain.json");
    expect(opened).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(await Deno.readTextFile(`${session.work}/plain.json`)))
      .toMatchObject({ v: 1, kind: "authsome vault" });
    const sealed = await session.run(
      `age-keygen -o own.txt 2>own.pub && age -a -r "$(sed 's/.*: //' own.pub)" -r ${recipient} -o own.age plain.json && rm plain.json`,
    );
    expect(sealed.code).toBe(0);
    for (const key of ["own.txt", "key.txt"]) {
      const { code } = await elsewhere(
        key.replace(".txt", ""),
        `authsome vault import own.age --identity ${key} --yes`,
      );
      expect([key, code]).toEqual([key, 0]);
    }
    const foreign = await session.run(
      "age-keygen 2>/dev/null >third.txt; AUTHSOME_HOME=$PWD/third authsome vault import own.age --identity third.txt --yes",
    );
    expect(foreign).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("it is not for this identity"),
    });
  },
);
