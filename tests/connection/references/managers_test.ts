// Each manager by the documented contract of its program: the programs here are fakes (tests/support/fakes/fake_manager.ts).
import { expect } from "expect";
import { test } from "node:test";
import {
  readReference,
  writeReference,
} from "../../../lib/connection/references/read_reference.ts";
import { managerPrograms } from "../../../lib/host/references/manager_programs.ts";
import { Secret } from "../../../lib/secret.ts";
import { fakeManager } from "../../support/fakes/fake_manager.ts";
import { withHome } from "../../support/home.ts";

const OLD = "canary-old-71c3";
const NEW = `canary-new-"quoted"-$x`;
const ITEM = "0b5ee1f8-ee1a-4a6c-9b0a-6f5a6b1a2c3d";

/** One reference, and what its program is asked and answers. */
interface Contract {
  text: string;
  program: string;
  /** Arguments, and what is printed. */
  read: [args: string, stdout: string];
  /** What the program says that is locked, and the command that unlocks it. */
  locked: [stderr: string, unlock: string];
  /** What it says of a secret that is not there. */
  missing: string;
  /** Arguments that take a new value, and what is on stdin; what is printed before if it is not the same as `read`. */
  write?: [args: string, stdin: string, whole?: [args: string, stdout: string]];
}

const opItem = (value: string) => ({
  id: "abc",
  title: "item",
  fields: [
    { id: "username", label: "user", value: "me" },
    { id: "f1", label: "field", section: { id: "s", label: "one" }, value },
  ],
});
const bwItem = (value: string) => ({
  id: ITEM,
  login: { username: "me", password: "p" },
  fields: [{ name: "key", value, type: 1 }],
});
const ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x-AbCdEf";

const CONTRACTS: Contract[] = [
  {
    text: "op://vault/item/field",
    program: "op",
    read: ["read --no-newline op://vault/item/field", OLD],
    locked: [
      "[ERROR] 2026/11/27 You are not currently signed in. Please run `op signin --help`",
      "op signin",
    ],
    missing:
      `[ERROR] 2026/11/27 could not read secret 'op://vault/item/field': "item" isn't an item`,
    write: [
      "item edit item --vault vault --format json",
      JSON.stringify(opItem(NEW)),
      [
        "item get item --vault vault --format json",
        JSON.stringify(opItem(OLD)),
      ],
    ],
  },
  {
    text: "bw:openai#key",
    program: "bw",
    read: [
      "--nointeraction get item openai",
      JSON.stringify(bwItem(OLD)),
    ],
    locked: ["Vault is locked.", `export BW_SESSION="$(bw unlock --raw)"`],
    missing: "Not found.",
    write: [
      `--nointeraction edit item ${ITEM}`,
      btoa(JSON.stringify(bwItem(NEW))),
    ],
  },
  {
    text: "vault:secret/api/openai#key",
    program: "vault",
    read: ["kv get -mount=secret -field=key api/openai", `${OLD}\n`],
    locked: [
      "Error making API request.\n\nURL: GET http://127.0.0.1:8200/v1\nCode: 403. Errors:\n\n* permission denied",
      "vault login",
    ],
    missing: 'Field "key" not present in secret',
    write: ["kv patch -mount=secret api/openai key=-", NEW],
  },
  {
    text: `aws-sm:${ARN}#key`,
    program: "aws",
    read: [
      `secretsmanager get-secret-value --secret-id ${ARN} --region eu-west-1 --query SecretString --output json`,
      JSON.stringify(JSON.stringify({ user: "me", key: OLD })),
    ],
    locked: [
      "Error loading SSO Token: Token for x does not exist",
      "aws sso login",
    ],
    missing:
      "An error occurred (ResourceNotFoundException) when calling the GetSecretValue operation",
    write: [
      `secretsmanager put-secret-value --secret-id ${ARN} --region eu-west-1 --secret-string file:///dev/stdin --output json`,
      JSON.stringify({ user: "me", key: NEW }),
    ],
  },
  {
    text: "gcp-sm:my-project/openai",
    program: "gcloud",
    read: [
      "secrets versions access latest --secret=openai --project=my-project --quiet",
      OLD,
    ],
    locked: [
      "ERROR: (gcloud.secrets.versions.access) You do not currently have an active account selected.",
      "gcloud auth login",
    ],
    missing: "ERROR: (gcloud) NOT_FOUND: Secret [x] not found",
    write: [
      "secrets versions add openai --project=my-project --data-file=- --quiet",
      NEW,
    ],
  },
  {
    text: "azure-kv:my-vault/openai",
    program: "az",
    read: [
      "keyvault secret show --vault-name=my-vault --name=openai --query=value --output=json",
      `${JSON.stringify(OLD)}\n`,
    ],
    locked: ["ERROR: Please run 'az login' to setup account.", "az login"],
    missing: "ERROR: (SecretNotFound) A secret with (name/id) openai",
    write: [
      "keyvault secret set --vault-name=my-vault --name=openai --file=/dev/stdin --encoding=utf-8 --query=id --output=json",
      NEW,
    ],
  },
  {
    text: "infisical:64f0/dev/a/b/OPENAI",
    program: "infisical",
    read: [
      "secrets get OPENAI --projectId=64f0 --env=dev --path=/a/b --plain --silent",
      `${OLD}\n`,
    ],
    locked: [
      "error: your login session has expired, please run [infisical login]",
      "infisical login",
    ],
    missing: "error: secret not found",
  },
  {
    text: "doppler:app/prd/OPENAI_API_KEY",
    program: "doppler",
    read: [
      "secrets get OPENAI_API_KEY --plain --project app --config prd",
      `${OLD}\n`,
    ],
    locked: ["Doppler Error: you must provide a token", "doppler login"],
    missing: "Doppler Error: Could not find requested secret: OPENAI_API_KEY",
    write: [
      "secrets set OPENAI_API_KEY --silent --no-interactive --project app --config prd",
      NEW,
    ],
  },
];

for (const { text, program, read, locked, missing, write } of CONTRACTS) {
  test(`${program}: a secret is read, locked, missing and replaced (a fake of the program)`, () =>
    withHome(async (folder) => {
      const fake = fakeManager(folder, program, {
        prints: {
          [read[0]]: read[1],
          ...write?.[2] && { [write[2][0]]: write[2][1] },
        },
        takes: write ? [write[0]] : [],
      });
      const variables: Record<string, string> = {
        PATH: fake.folder,
        HOME: folder,
        AUTHSOME_PASSPHRASE: "canary-passphrase",
        OTHER_API_KEY: "canary-other",
        LD_PRELOAD: "",
        [`${program.toUpperCase()}_ADDR`]: "x",
      };
      const env = {
        get: (name: string) => variables[name],
        toObject: () => ({ ...variables }),
      };
      const managers = managerPrograms(env, { system: [] });
      const context = { env, managers: () => Promise.resolve(managers) };
      expect((await readReference(context, text)).reveal()).toBe(OLD);
      expect(fake.calls()).toEqual([read[0]]);
      // What the program needs, and nothing of others.
      expect(Object.keys(fake.environment())).not.toContain("OTHER_API_KEY");
      expect(Object.keys(fake.environment())).not.toContain(
        "AUTHSOME_PASSPHRASE",
      );
      expect(fake.workingFolder()).toBe(Deno.realPathSync(folder));
      if (write) {
        await writeReference(context, text, new Secret(NEW));
        expect(fake.taken(write[0])).toBe(write[1]);
        expect(fake.calls().join("\n")).not.toContain(NEW);
      } else {
        await expect(writeReference(context, text, new Secret(NEW))).rejects
          .toMatchObject({ code: "OperationNotAllowed" });
      }
      fake.lock(`${locked[0]}\ncanary-stderr`);
      const error = await readReference(context, text).catch((error) => error);
      expect(error).toMatchObject({
        code: "CredentialMissing",
        message: expect.stringMatching(/ is locked, or you are not logged in/),
        hint: locked[1],
      });
      fake.lock(`${missing}\ncanary-stderr`);
      const absent = await readReference(context, text).catch((error) => error);
      expect(absent).toMatchObject({
        code: "CredentialMissing",
        message: expect.stringMatching(/ has no such secret$/),
      });
      fake.lock("dial tcp 127.0.0.1:1: connect: connection refused");
      await expect(readReference(context, text)).rejects.toMatchObject({
        code: "EndpointUnreachable",
      });
      fake.lock("canary-stderr");
      const failed = await readReference(context, text).catch((error) => error);
      expect(failed).toMatchObject({
        code: "CredentialMissing",
        message: `Cannot read ${text}: ${program} failed`,
      });
      for (const each of [error, absent, failed]) {
        expect(Deno.inspect(each)).not.toContain("canary-");
      }
      Deno.removeSync(`${fake.folder}/${program}`);
      await expect(readReference(context, text)).rejects.toMatchObject({
        message: expect.stringContaining("is not installed"),
      });
    }));
}

test("OpenBao is asked where only its address is set, and where Vault is not installed (fakes of both)", () =>
  withHome(async (folder) => {
    const args = "kv get -mount=secret -field=value openai";
    const fakes = ["vault", "bao"].map((program) =>
      fakeManager(folder, program, { prints: { [args]: program } })
    );
    const read = async (variables: Record<string, string>) => {
      const all: Record<string, string> = {
        PATH: fakes[0]!.folder,
        HOME: folder,
        ...variables,
      };
      const env = { get: (name: string) => all[name], toObject: () => all };
      const managers = managerPrograms(env, { system: [] });
      const context = { env, managers: () => Promise.resolve(managers) };
      return (await readReference(context, "vault:secret/openai")).reveal();
    };
    expect(await read({})).toBe("vault");
    expect(await read({ BAO_ADDR: "http://127.0.0.1:1" })).toBe("bao");
    expect(await read({ BAO_ADDR: "x", VAULT_ADDR: "x" })).toBe("vault");
    Deno.removeSync(`${fakes[0]!.folder}/vault`);
    expect(await read({})).toBe("bao");
  }));

test("a program that does not end, or does not stop writing, is ended", () =>
  withHome(async (folder) => {
    const bin = `${folder}/bin`;
    Deno.mkdirSync(bin, { mode: 0o700 });
    const variables: Record<string, string> = {
      PATH: `${bin}:/usr/bin:/bin`,
      HOME: folder,
    };
    const env = {
      get: (name: string) => variables[name],
      toObject: () => variables,
    };
    const script = (text: string) =>
      Deno.writeTextFileSync(`${bin}/op`, `#!/bin/sh\n${text}\n`, {
        mode: 0o755,
      });
    const own = { system: [] };
    const call = { program: "op", args: [], variables: [] };
    script("while :; do echo canary-canary-canary-canary; done");
    expect(await managerPrograms(env, { ...own, bytes: 4096 }).run(call))
      .toEqual({
        kind: "large",
      });
    script("while :; do echo canary-canary-canary-canary >&2; done");
    expect(await managerPrograms(env, { ...own, bytes: 4096 }).run(call))
      .toEqual({
        kind: "large",
      });
    // What it started keeps its pipes open.
    script("sleep 20 &\nexec sleep 20");
    expect(await managerPrograms(env, { ...own, milliseconds: 200 }).run(call))
      .toEqual({ kind: "late" });
    script("exit 7");
    expect(
      await managerPrograms(env, own).run({
        ...call,
        input: "x".repeat(1 << 20),
      }),
    )
      .toEqual({ kind: "ended", code: 7, stdout: "", stderr: "" });
  }));
