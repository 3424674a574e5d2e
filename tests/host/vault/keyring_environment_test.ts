// A home whose master key comes from AUTHSOME_MASTER_KEY or its file, by the real command line.
import { expect } from "expect";
import { test } from "node:test";
import { base64, hex } from "../../../lib/bytes.ts";
import { environmentKeyring } from "../../../lib/host/vault/keyring_environment.ts";
import { leaksInFolder } from "../../support/leaks.ts";
import { withHome } from "../../support/home.ts";
import { Session } from "../../support/terminal/terminal_script.ts";

const KEY = crypto.getRandomValues(new Uint8Array(32));
const other = base64(crypto.getRandomValues(new Uint8Array(32)));
const env = (variables: Record<string, string>) => ({
  get: (name: string) => variables[name],
  toObject: () => variables,
});

test("a key is taken from the variable or from its file, and from nothing else", () =>
  withHome(async (folder) => {
    const file = (name: string, content: string | Uint8Array, mode = 0o600) => {
      const path = `${folder}/${name}`;
      Deno.writeFileSync(
        path,
        typeof content === "string"
          ? new TextEncoder().encode(content)
          : content,
      );
      Deno.chmodSync(path, mode);
      return path;
    };
    const read = (variables: Record<string, string>) =>
      environmentKeyring(env(variables)).read();
    Deno.symlinkSync(file("target", `${hex(KEY)}\n`), `${folder}/link`);
    for (
      const variables of [
        { AUTHSOME_MASTER_KEY: base64(KEY) },
        { AUTHSOME_MASTER_KEY: hex(KEY) },
        { AUTHSOME_MASTER_KEY: `${base64(KEY)}\n` },
        { AUTHSOME_MASTER_KEY_FILE: file("base64", `${base64(KEY)}\n`) },
        { AUTHSOME_MASTER_KEY_FILE: file("raw", KEY, 0o400) },
        // As Kubernetes mounts a secret.
        { AUTHSOME_MASTER_KEY_FILE: `${folder}/link` },
      ] as Record<string, string>[]
    ) expect(await read(variables)).toEqual(KEY);

    const good = file("good", hex(KEY));
    const secret = "canary-of-the-file";
    for (
      const [variables, problem] of [
        [{}, /neither is set/],
        [{ AUTHSOME_MASTER_KEY: secret }, /it is not 32 bytes/],
        [{ AUTHSOME_MASTER_KEY_FILE: file("no", secret) }, /not 32 bytes/],
        [{ AUTHSOME_MASTER_KEY_FILE: file("empty", "\n") }, /it is empty/],
        [{ AUTHSOME_MASTER_KEY_FILE: `${folder}/gone` }, /no such file/],
        [{ AUTHSOME_MASTER_KEY_FILE: folder }, /not a regular file/],
        [{ AUTHSOME_MASTER_KEY_FILE: file("open", hex(KEY), 0o640) }, /is 640/],
        [
          { AUTHSOME_MASTER_KEY_FILE: file("large", "0".repeat(4097)) },
          /longer than 4096/,
        ],
        [
          { AUTHSOME_MASTER_KEY: hex(KEY), AUTHSOME_MASTER_KEY_FILE: good },
          /both are set/,
        ],
      ] as [Record<string, string>, RegExp][]
    ) {
      const error = await read(variables).catch((error) => error);
      expect(error).toMatchObject({ code: "MasterKeyUnavailable" });
      expect(error.message).toMatch(problem);
      expect(Deno.inspect(error)).not.toContain(secret);
    }
    await expect(environmentKeyring(env({})).create(KEY)).rejects.toMatchObject(
      { code: "MasterKeyUnavailable" },
    );
  }));

test("a raw key may end in the bytes of a newline", () =>
  withHome(async (folder) => {
    const path = `${folder}/key`;
    for (const end of [[0x0a], [0x0d, 0x0a], [0x0d]]) {
      const key = Uint8Array.from(KEY);
      key.set(end, key.length - end.length);
      for (const content of [key, Uint8Array.from([...key, 0x0a])]) {
        Deno.writeFileSync(path, content);
        Deno.chmodSync(path, 0o600);
        const variables = { AUTHSOME_MASTER_KEY_FILE: path };
        expect(await environmentKeyring(env(variables)).read()).toEqual(key);
      }
    }
  }));

test("a home made with the variable has no key of its own, and opens with it alone", async () => {
  await using session = await Session.open();
  const key = { AUTHSOME_MASTER_KEY: base64(KEY) };
  const login = "echo sk-canary-in-the-vault | authsome login openai --stdin";
  expect(await session.run(login, { env: key })).toMatchObject({ code: 0 });
  const home = `${session.work}/home`;
  expect([...Deno.readDirSync(home)].map(({ name }) => name))
    .not.toContain("master.key");
  expect(
    JSON.parse(Deno.readTextFileSync(`${home}/config.json`)).encryption,
  ).toEqual({ mode: "environment" });
  expect(leaksInFolder(home, "sk-canary-in-the-vault")).toEqual([]);
  for (const secret of [key.AUTHSOME_MASTER_KEY, hex(KEY)]) {
    expect(leaksInFolder(home, secret)).toEqual([]);
  }

  const get = "authsome get openai --field status";
  Deno.writeTextFileSync(`${session.work}/key`, hex(KEY), { mode: 0o600 });
  expect(
    await session.run(get, {
      env: { AUTHSOME_MASTER_KEY_FILE: `${session.work}/key` },
    }),
  ).toMatchObject({ code: 0, stdout: "connected\n" });
  const without = await session.run(get);
  expect(without).toMatchObject({ code: 9, stdout: "" });
  expect(without.stderr).toContain("neither is set");
  const wrong = await session.run(get, { env: { AUTHSOME_MASTER_KEY: other } });
  expect(wrong).toMatchObject({ code: 9, stdout: "" });
  expect(wrong.stderr).not.toContain(other);
});

test("the variable takes precedence over the home's own key, and a wrong one is told of", async () => {
  await using session = await Session.open();
  expect(await session.run("seed openai")).toMatchObject({ code: 0 });
  const home = `${session.work}/home`;
  const own = Deno.readFileSync(`${home}/master.key`);
  const get = "authsome get openai --field status";
  const wrong = await session.run(get, { env: { AUTHSOME_MASTER_KEY: other } });
  expect(wrong).toMatchObject({ code: 9, stdout: "" });
  expect(wrong.stderr).toContain(
    "AUTHSOME_MASTER_KEY takes precedence over the key of this home (local_key)",
  );
  expect(wrong.stderr).toContain("unset AUTHSOME_MASTER_KEY");
  expect(wrong.stderr).not.toContain(other);
  expect(
    await session.run(get, { env: { AUTHSOME_MASTER_KEY: base64(own) } }),
  ).toMatchObject({ code: 0, stdout: "connected\n" });
  expect(Deno.readFileSync(`${home}/master.key`)).toEqual(own);
});

test("no command has the variable, its file's name, or its value under another name", async () => {
  await using session = await Session.open();
  Deno.writeTextFileSync(`${session.work}/key`, base64(KEY), { mode: 0o600 });
  const seeded = await session.run("seed openai", {
    env: { AUTHSOME_MASTER_KEY: base64(KEY) },
  });
  expect(seeded).toMatchObject({ code: 0 });
  for (
    const env of [
      { AUTHSOME_MASTER_KEY: base64(KEY), COPY: base64(KEY) },
      { AUTHSOME_MASTER_KEY_FILE: `${session.work}/key` },
    ] as Record<string, string>[]
  ) {
    const { code, stdout } = await session.run("authsome run -- env", { env });
    expect(code).toBe(0);
    expect(stdout).toContain("AUTHSOME_PROXY_MODE=true");
    expect(stdout).not.toContain("AUTHSOME_MASTER_KEY");
    expect(stdout).not.toContain(base64(KEY));
  }
});
