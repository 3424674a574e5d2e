// The keychains of Linux (the real Secret Service, on a session bus of its own) and macOS (its commands, as values).
import { expect } from "expect";
import { test } from "node:test";
import {
  type Keychain,
  KEYCHAINS,
  osKeyring,
} from "../../../lib/host/vault/keyring_os.ts";
import { findProgram } from "../../../lib/host/run/programs.ts";
import { leaksInFolder } from "../../support/leaks.ts";
import { withHome } from "../../support/home.ts";
import { processOf, textCommand } from "../../support/program.ts";
import { missing } from "../../support/missing.ts";

const ACCOUNT = "0123456789abcdef";
const SECRET = "c2VjcmV0LWNhbmFyeQ";

test("no keychain is given the key as an argument", () => {
  for (const keychain of Object.values(KEYCHAINS)) {
    for (const kept of [keychain.store, keychain.replace]) {
      const { command, stdin } = kept(ACCOUNT, SECRET);
      expect(command.join(" ")).not.toContain(SECRET);
      expect(stdin).toContain(SECRET);
    }
  }
  expect(KEYCHAINS.darwin!.store(ACCOUNT, SECRET)).toEqual({
    command: ["/usr/bin/security", "-i"],
    stdin:
      `add-generic-password -s authsome -a ${ACCOUNT} -l authsome -w ${SECRET}\n`,
  });
  expect(KEYCHAINS.darwin!.find(ACCOUNT).command.join(" ")).toBe(
    `/usr/bin/security find-generic-password -s authsome -a ${ACCOUNT} -w`,
  );
});

test("a missing key and a failing keychain are told apart", () => {
  const { darwin, linux } = KEYCHAINS;
  expect(darwin!.isMissing({ code: 44, stderr: "not found" })).toBe(true);
  expect(darwin!.isMissing({ code: 36, stderr: "" })).toBe(false);
  expect(linux!.isMissing({ code: 1, stderr: "" })).toBe(true);
  expect(linux!.isMissing({ code: 1, stderr: "Cannot autolaunch D-Bus" }))
    .toBe(false);
});

test("without a usable keychain, or with a failing one, there is an error and nothing is kept", () =>
  withHome(async (home) => {
    expect(() => osKeyring(home, "windows")).toThrow(
      /Cannot use the keychain of this system/,
    );
    const using = (linux: Keychain) => osKeyring(home, "linux", { linux });
    const failing = {
      ...KEYCHAINS.linux!,
      find: () => ({ command: ["sh", "-c", "echo locked >&2; exit 1"] }),
      store: () => ({ command: ["false"] }),
      list: undefined,
    };
    await expect(using(failing).read()).rejects.toMatchObject({
      code: "MasterKeyUnavailable",
      exitCode: 9,
    });
    const forgetful = { ...failing, find: () => ({ command: ["false"] }) };
    await expect(using(forgetful).create(new Uint8Array(32))).rejects
      .toMatchObject({ code: "MasterKeyUnavailable" });
    const wrong = {
      ...failing,
      find: () => ({ command: ["echo", SECRET] }),
    };
    const error = await using(wrong).read().catch((error) => error);
    expect(error).toMatchObject({ code: "MasterKeyUnavailable" });
    expect(Deno.inspect(error)).not.toContain(SECRET);
  }));

test("a key that another process has just made is read, and a locked one is none", () =>
  withHome(async (home) => {
    const made = `${home}/made`;
    const key = "ab".repeat(32);
    const keychain = (listed: string): Keychain => ({
      ...KEYCHAINS.linux!,
      find: () => ({
        command: ["sh", "-c", `[ -e '${made}' ] && echo ${key}`],
      }),
      list: () => ({
        command: ["sh", "-c", `touch '${made}'; echo '[/1]'; ${listed}`],
      }),
    });
    const read = async (listed: string) => {
      const linux = keychain(listed);
      return await osKeyring(home, "linux", { linux }).read();
    };
    expect(await read("echo 'secret = x'"))
      .toEqual(new Uint8Array(32).fill(0xab));
    Deno.removeSync(made);
    await expect(read("echo 'label = authsome'")).rejects.toMatchObject({
      code: "MasterKeyUnavailable",
      message: expect.stringContaining("it is locked"),
    });
  }));

test("a keychain that ends without reading the key is an error like another", () =>
  withHome(async (home) => {
    const deaf: Keychain = {
      ...KEYCHAINS.linux!,
      find: () => ({ command: ["false"] }),
      // More than a pipe holds, so that the write fails for certain.
      store: () => ({ command: ["false"], stdin: "x".repeat(1 << 20) }),
      list: () => ({ command: ["true"] }),
    };
    await expect(
      osKeyring(home, "linux", { linux: deaf }).create(new Uint8Array(32)),
    ).rejects.toMatchObject({ code: "MasterKeyUnavailable" });
  }));

test("a keychain that waits for a person says so, once, while it waits", () =>
  withHome(async (home) => {
    const unlocked = `${home}/unlocked`;
    const waiting: Keychain = {
      ...KEYCHAINS.linux!,
      find: () => ({
        command: [
          "sh",
          "-c",
          `until [ -e '${unlocked}' ]; do sleep 0.05; done; echo ${
            "ab".repeat(32)
          }`,
        ],
      }),
      store: () => ({ command: ["false"] }),
      isMissing: () => false,
    };
    const said: string[] = [];
    const keyring = osKeyring(home, "linux", { linux: waiting }, (line) => {
      said.push(line);
      Deno.writeTextFileSync(unlocked, "");
    });
    expect(await keyring.read()).toEqual(new Uint8Array(32).fill(0xab));
    // It is open now, so that nobody is waited for.
    expect(await keyring.read()).toEqual(new Uint8Array(32).fill(0xab));
    expect(said).toEqual([
      "Waiting for the keychain of this system (sh): unlock it if it asks you to, within 120 seconds",
    ]);
  }));

// The bus asks for the name of its user.
const skip = await missing("id", "-un") ||
  await missing("dbus-run-session") ||
  await missing("gnome-keyring-daemon", "--version") ||
  !findProgram("secret-tool", Deno.env) && "secret-tool is not installed";

test(
  "a home whose master key is in the Secret Service",
  { skip },
  () =>
    withHome(async (folder) => {
      const home = `${folder}/home`;
      Deno.mkdirSync(home, { mode: 0o700 });
      Deno.mkdirSync(`${folder}/user/.local/share/keyrings`, {
        recursive: true,
      });
      Deno.writeTextFileSync(
        `${home}/config.json`,
        '{"spec_version":1,"encryption":{"mode":"keyring"}}',
        { mode: 0o600 },
      );
      const program = (body: string) =>
        textCommand(`
          import { Authsome } from ${
          JSON.stringify(new URL("../../../mod.ts", import.meta.url).href)
        };
          const authsome = await Authsome.open({ home: ${
          JSON.stringify(home)
        } });
          ${body}
          await authsome.close();`).map(quote).join(" ");
      const login = (name: string) =>
        program(
          `await authsome.login("openai", { apiKey: "sk-canary-${name}", connection: "${name}" });`,
        );
      const script = `
        printf 'pw\\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
        ${["a", "b", "c"].map((name) => `${login(name)} &`).join("\n")}
        wait
        ${
        program(
          `console.log((await authsome.listConnections()).map(({ name }) => name).join(" "));`,
        )
      }`;
      const run = async (command: string[]) => {
        const { stdout, stderr } = await processOf(command, {
          env: {
            ...Deno.env.toObject(),
            HOME: `${folder}/user`,
            XDG_RUNTIME_DIR: folder,
            DENO_DIR: Deno.env.get("DENO_DIR") ??
              `${Deno.env.get("HOME")}/.cache/deno`,
          },
        }).output();
        const text = new TextDecoder();
        return { stdout: text.decode(stdout), stderr: text.decode(stderr) };
      };
      const { stdout, stderr } = await run(
        ["dbus-run-session", "--", "sh", "-c", script],
      );
      expect([stdout, stdout === "a b c\n" ? "" : stderr]).toEqual([
        "a b c\n",
        "",
      ]);
      expect(() => Deno.statSync(`${home}/master.key`)).toThrow();
      expect(leaksInFolder(home, "sk-canary-a")).toEqual([]);

      // Without the session there is no key; a new one over the vault would lose it.
      const alone = await run(
        ["env", "-u", "DBUS_SESSION_BUS_ADDRESS", "sh", "-c", login("d")],
      );
      expect(alone.stderr).toContain("Cannot use the keychain of this system");

      // A locked one says of the key what it says of a missing one; nobody is there to unlock it.
      Deno.mkdirSync(`${folder}/dbus-1/services`, { recursive: true });
      Deno.writeTextFileSync(
        `${folder}/dbus-1/services/org.gnome.keyring.SystemPrompter.service`,
        "[D-BUS Service]\nName=org.gnome.keyring.SystemPrompter\nExec=/bin/false\n",
      );
      const locked = await run([
        ...["dbus-run-session", "--", "sh", "-c"],
        `gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1
        ${login("e")}`,
      ]);
      expect(locked.stderr).toContain("it is locked, and was not unlocked");
    }),
);

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
