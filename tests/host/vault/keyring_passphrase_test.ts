// The source of mode `passphrase`: with fakes for the person and the kernel, and then the real command line and keyctl.
import { expect } from "expect";
import { test } from "node:test";
import { configFile } from "../../../lib/host/home/config_file.ts";
import {
  passphraseKeyring,
  type PassphraseOptions,
} from "../../../lib/host/vault/keyring_passphrase.ts";
import type { SessionKey } from "../../../lib/host/vault/session_key.ts";
import { updateConfig } from "../../../lib/config.ts";
import { sealByPassphrase } from "../../../lib/vault/passphrase_seal.ts";
import { withHome } from "../../support/home.ts";

const KEY = crypto.getRandomValues(new Uint8Array(32));
const OTHER = crypto.getRandomValues(new Uint8Array(32));
/** As little as Argon2 allows: what is tested here is not the cost. */
const COST = { memory: 64, iterations: 2, parallelism: 1 };
const PASS = "correct horse battery staple";

/** Nobody else's session keyring. */
function fakeSession(): SessionKey & { text?: string | undefined } {
  return {
    text: undefined,
    read() {
      return Promise.resolve(this.text);
    },
    keep(text) {
      this.text = text;
      return Promise.resolve();
    },
    replace(text) {
      if (this.text !== undefined) this.text = text;
      return Promise.resolve();
    },
    forget() {
      const there = this.text !== undefined;
      this.text = undefined;
      return Promise.resolve(there);
    },
  };
}

/** The keyring of a process in `home` whose person answers in turn, and what that person was asked and told. */
async function processIn(
  home: string,
  answers: string[] | undefined,
  { variables = {}, session = fakeSession() }: {
    variables?: Record<string, string>;
    session?: SessionKey;
  } = {},
) {
  const asked: string[] = [];
  const told: string[] = [];
  const options: PassphraseOptions = {
    home,
    configFile: configFile(home, `${home}/config.json`),
    env: { get: (name) => variables[name], toObject: () => variables },
    warn: (line) => told.push(line),
    session,
    cost: COST,
    ...answers && {
      ask(message: string) {
        asked.push(message);
        const answer = answers.shift();
        if (answer === undefined) throw new Error(`asked: ${message}`);
        return Promise.resolve(answer);
      },
    },
  };
  return { keyring: await passphraseKeyring(options), asked, told };
}

const sealIn = (home: string) =>
  JSON.parse(Deno.readTextFileSync(`${home}/config.json`)).encryption
    .passphrase;

test("a new passphrase is asked for twice, and opens the key in the next process", () =>
  withHome(async (home) => {
    const first = await processIn(home, [PASS, "other", PASS, PASS]);
    expect(await first.keyring.read()).toBe(undefined);
    await first.keyring.create(KEY);
    expect(first.asked).toEqual([
      "New passphrase of this vault",
      "The same once more",
      "They differ. New passphrase of this vault",
      "The same once more",
    ]);
    // Known by now.
    const read = await first.keyring.read();
    expect(read).toEqual(KEY);
    read!.fill(0);
    expect(await first.keyring.read()).toEqual(KEY);
    // Never replaces one that exists.
    await (await processIn(home, [])).keyring.create(OTHER);

    const second = await processIn(home, ["wrong", "wrong again", PASS]);
    expect(await second.keyring.read()).toEqual(KEY);
    expect(second.asked.length).toBe(3);
    expect(second.told).toEqual([]);
  }));

test("three wrong ones are an error, and so is a wrong one from a variable at once", () =>
  withHome(async (home) => {
    await (await processIn(home, [PASS, PASS])).keyring.create(KEY);
    const typed = await processIn(home, [
      "canary1",
      "canary2",
      "canary3",
      PASS,
    ]);
    const failed = await typed.keyring.read().catch((error) => error);
    expect(failed).toMatchObject({
      code: "MasterKeyUnavailable",
      exitCode: 9,
      message: "Cannot open the vault: 3 wrong passphrases were typed",
    });
    expect(Deno.inspect(failed)).not.toContain("canary");
    const given = await processIn(home, [], {
      variables: { AUTHSOME_PASSPHRASE: "canary4" },
    });
    const wrong = await given.keyring.read().catch((error) => error);
    expect(wrong.message).toBe(
      "Cannot open the vault: AUTHSOME_PASSPHRASE is not its passphrase",
    );
    expect(Deno.inspect(wrong)).not.toContain("canary");
  }));

test("without a terminal it says what to set, and takes it from a variable or a private file", () =>
  withHome(async (home) => {
    const nobody = await processIn(home, undefined);
    await expect(nobody.keyring.create(KEY)).rejects.toMatchObject({
      code: "MasterKeyUnavailable",
    });
    expect(() => Deno.statSync(`${home}/config.json`)).toThrow();
    const variables = { AUTHSOME_PASSPHRASE: PASS };
    await (await processIn(home, undefined, { variables })).keyring.create(KEY);
    const error = await nobody.keyring.read().catch((error) => error);
    expect(error.message).toContain("there is no terminal to ask for it");
    expect(error.hint).toContain("authsome key unlock");
    expect(error.hint).toContain("AUTHSOME_PASSPHRASE_FILE");
    for (const end of ["", "\n", "\r\n"]) {
      Deno.writeTextFileSync(`${home}/pass`, `${PASS}${end}`);
      Deno.chmodSync(`${home}/pass`, 0o600);
      const { keyring } = await processIn(home, undefined, {
        variables: { AUTHSOME_PASSPHRASE_FILE: `${home}/pass` },
      });
      expect(await keyring.read()).toEqual(KEY);
    }
    Deno.chmodSync(`${home}/pass`, 0o644);
    const open = await processIn(home, undefined, {
      variables: { AUTHSOME_PASSPHRASE_FILE: `${home}/pass` },
    });
    await expect(open.keyring.read()).rejects.toThrow(/mode is 644/);
  }));

test("a short passphrase is taken with a word of warning", () =>
  withHome(async (home) => {
    const { keyring, told } = await processIn(home, ["short", "short"]);
    await keyring.create(KEY);
    expect(told).toEqual([expect.stringContaining("fewer than 12 characters")]);
    expect(told.join()).not.toContain("short passphrase");
  }));

test("a seal that is cheaper than today's is made anew at the next unlock, with the same key", () =>
  withHome(async (home) => {
    const file = configFile(home, `${home}/config.json`);
    const cheap = await sealByPassphrase(PASS, KEY, { ...COST, iterations: 1 });
    await updateConfig(file, {
      encryption: { mode: "passphrase", passphrase: cheap },
    });
    // A wrong passphrase changes nothing.
    await (await processIn(home, ["a", "b", "c"])).keyring.read()
      .catch(() => {});
    expect(sealIn(home)).toEqual(cheap);
    expect(await (await processIn(home, [PASS])).keyring.read()).toEqual(KEY);
    const seal = sealIn(home);
    expect(seal).toMatchObject(COST);
    expect(seal.salt).not.toBe(cheap.salt);
    expect(await (await processIn(home, [PASS])).keyring.read()).toEqual(KEY);
    expect(sealIn(home)).toEqual(seal);
  }));

test("another passphrase seals the same key, another key has the same passphrase", () =>
  withHome(async (home) => {
    await (await processIn(home, [PASS, PASS])).keyring.create(KEY);
    const changing = await processIn(home, [
      PASS,
      "the new one",
      "the new one",
    ]);
    await changing.keyring.change();
    expect(await (await processIn(home, ["the new one"])).keyring.read())
      .toEqual(KEY);
    await expect((await processIn(home, [PASS, PASS, PASS])).keyring.read())
      .rejects.toThrow(/3 wrong passphrases/);

    await (await processIn(home, ["the new one"])).keyring.replace(OTHER);
    const { keyring } = await processIn(home, ["the new one"]);
    expect(await keyring.read()).toEqual(OTHER);
    await keyring.remove();
    expect(await keyring.read()).toBe(undefined);
    expect(sealIn(home)).toBe(undefined);
  }));

test("an unlocked key is used without a question, until it is locked or its passphrase changed; another key is unlocked too", () =>
  withHome(async (home) => {
    const session = fakeSession();
    const make = (answers: string[]) => processIn(home, answers, { session });
    await (await make([PASS, PASS])).keyring.create(KEY);
    const ends: (() => Promise<unknown>)[] = [
      async () => (await make([])).keyring.lock(),
      async () => (await make([PASS, PASS, PASS])).keyring.change(),
    ];
    for (const end of ends) {
      await (await make([PASS])).keyring.unlock(60);
      expect(await (await make([])).keyring.read()).toEqual(KEY);
      const kept = session.text;
      await end();
      expect(session.text).toBe(undefined);
      const { keyring, asked } = await make([PASS]);
      expect(await keyring.read()).toEqual(KEY);
      expect(asked.length).toBe(1);
      // What another session kept of the old seal is not used for the new one.
      session.text = kept;
      if (end !== ends[0]) {
        expect(await (await make([PASS])).keyring.read()).toEqual(KEY);
        expect((await make([PASS])).asked.length).toBe(0);
      }
      session.text = undefined;
    }
    expect(await (await make([])).keyring.lock()).toBe(false);

    // Programs that run without a passphrase go on when the key is replaced.
    await (await make([PASS])).keyring.unlock(60);
    const kept = session.text;
    await (await make([PASS])).keyring.replace(OTHER);
    expect(await (await make([])).keyring.read()).toEqual(OTHER);
    session.text = kept;
    await expect((await make([])).keyring.read()).rejects.toThrow("asked");
    // What another session kept of the key before stays shut.
    session.text = undefined;
    await (await make([PASS])).keyring.replace(KEY);
    expect(session.text).toBe(undefined);
  }));

test("a program that has opened the vault asks nobody again, and takes the passphrase that it is given then", () =>
  withHome(async (home) => {
    await (await processIn(home, [PASS, PASS])).keyring.create(KEY);
    const typed = await processIn(home, [PASS, "typed again"]);
    const variables = { AUTHSOME_PASSPHRASE: PASS };
    const given = await processIn(home, undefined, { variables });
    for (const { keyring } of [typed, given]) {
      expect(await keyring.read()).toEqual(KEY);
    }
    // Another key behind the same passphrase opens.
    await (await processIn(home, [PASS])).keyring.replace(OTHER);
    for (const { keyring } of [typed, given]) {
      expect(await keyring.read({ running: true })).toEqual(OTHER);
    }
    const other = await processIn(home, [PASS, "typed again", "typed again"]);
    await other.keyring.change();
    for (const { keyring } of [typed, given]) {
      for (let times = 0; times < 2; times++) {
        await expect(keyring.read({ running: true })).rejects.toMatchObject({
          code: "MasterKeyUnavailable",
          message: expect.stringContaining("while this program runs"),
          hint: expect.stringContaining("authsome key unlock"),
        });
      }
    }
    expect(typed.asked.length).toBe(1);
    variables.AUTHSOME_PASSPHRASE = "typed again";
    expect(await given.keyring.read({ running: true })).toEqual(OTHER);
  }));
