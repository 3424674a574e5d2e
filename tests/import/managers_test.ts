// Password managers: an op that is a fake of the documented contract of 1Password's, and exports sealed as Bitwarden does.
import { expect } from "expect";
import { test } from "node:test";
import { argon2id } from "../../lib/argon2id.ts";
import { base64 } from "../../lib/bytes.ts";
import { harvest, leftOut, opened } from "../support/imports/import_files.ts";

const KEY = `sk-proj-${"c".repeat(40)}canary`;
const PAT = `ghp_${"c".repeat(30)}canary`;
const OTHER_PAT = `ghp_${"d".repeat(30)}canary`;

/** What the fake op holds: the head of each item, and its fields. */
const ITEMS: Record<string, { head: object; fields: object[] }> = {
  openai: {
    head: { title: "OpenAI API key", category: "API_CREDENTIAL" },
    fields: [
      { id: "username", label: "username", type: "STRING", value: "me" },
      { id: "credential", label: "credential", type: "CONCEALED", value: KEY },
    ],
  },
  github: {
    head: {
      title: "Work account",
      category: "LOGIN",
      urls: [{ primary: true, href: "https://github.com/login" }],
    },
    fields: [
      { label: "password", purpose: "PASSWORD", value: "canary-of-website" },
      { label: "token", type: "CONCEALED", value: PAT },
    ],
  },
  second: {
    head: {
      title: "GitHub/bot",
      category: "LOGIN",
      urls: [{ href: "api.github.com" }],
    },
    fields: [{ label: "personal access token", value: OTHER_PAT }],
  },
  website: {
    head: {
      title: "Stripe dashboard",
      category: "LOGIN",
      urls: [{ href: "https://api.stripe.com" }],
    },
    fields: [{ label: "password", value: "canary-of-website" }],
  },
  variable: {
    head: { title: "env of acme", category: "API_CREDENTIAL" },
    fields: [
      { label: "GROQ_API_KEY", value: `gsk_${"c".repeat(46)}canary` },
      { label: "one-time password", type: "OTP", value: "canary" },
    ],
  },
  aws: {
    head: { title: "AWS", category: "API_CREDENTIAL" },
    fields: [
      { label: "access key id", value: "AKIAIOSFODNN7EXAMPLA" },
      { label: "secret access key", value: `canary${"c".repeat(34)}` },
    ],
  },
  unknown: {
    head: { title: "Intranet", category: "API_CREDENTIAL" },
    fields: [{ label: "credential", value: "canary" }],
  },
  bank: {
    head: {
      title: "Bank",
      category: "LOGIN",
      urls: [{ href: "https://bank.example" }],
    },
    fields: [{ label: "password", value: "canary" }],
  },
  locked: {
    head: { title: "Anthropic", category: "API_CREDENTIAL" },
    fields: [],
  },
};

/** A fake of op 2, before and since it has `--reveal`. */
function fakeOp(asked: string[] = [], { hasReveal = true } = {}) {
  return (command: readonly string[]): Promise<string | undefined> => {
    asked.push(command.join(" "));
    const [, , verb, id] = command;
    if (verb === "list") {
      return Promise.resolve(JSON.stringify(
        Object.entries(ITEMS).map(([id, { head }]) => ({
          id,
          ...head,
          vault: { id: "v1", name: "Private" },
        })),
      ));
    }
    const item = ITEMS[id!];
    if (!item || id === "locked") return Promise.resolve(undefined);
    if (command.includes("--reveal") && !hasReveal) {
      return Promise.resolve(undefined);
    }
    return Promise.resolve(
      JSON.stringify({ id, ...item.head, fields: item.fields }),
    );
  };
}

const TAKEN = [
  { is: "openai", api_key: KEY },
  { is: "github-pat", api_key: PAT },
  { is: "github-pat/GitHub-bot", api_key: OTHER_PAT },
  { is: "groq", api_key: `gsk_${"c".repeat(46)}canary` },
  {
    is: "aws",
    access_key_id: "AKIAIOSFODNN7EXAMPLA",
    secret_access_key: `canary${"c".repeat(34)}`,
  },
];

test("op: the items that are keys of providers; no password of a website, and nothing else is read", async () => {
  const asked: string[] = [];
  const result = await harvest("op", {}, { output: fakeOp(asked) });
  expect(opened(result)).toEqual(TAKEN);
  expect(leftOut(result)).toEqual([
    "op Intranet: no provider matches its title or address",
    "op Anthropic: op did not give it",
  ]);
  expect(result.skipped.at(-1)).toMatchObject({ isSealed: true });
  expect(asked[0]).toBe("op item list --format json");
  expect(asked).toContain(
    "op item get openai --format json --vault v1 --reveal",
  );
  expect(asked.filter((command) => command.includes("bank"))).toEqual([]);
  const older = await harvest("op", {}, {
    output: fakeOp([], { hasReveal: false }),
  });
  expect(opened(older)).toEqual(TAKEN);
});

test("op: not there, locked, or of another kind", async () => {
  await expect(harvest("op", {})).rejects.toMatchObject({
    code: "CredentialMissing",
  });
  await expect(harvest("op", {}, {
    output: ([, verb]) =>
      Promise.resolve(verb === "--version" ? "2.31.0" : undefined),
  })).rejects.toMatchObject({
    code: "MasterKeyUnavailable",
    hint: expect.stringContaining("op signin"),
  });
  for (const text of ["canary", "{}", "7", ""]) {
    const error = await harvest("op", {}, {
      output: () => Promise.resolve(text),
    }).catch((error) => error);
    expect([error.code, `${error.message}`.includes("canary")])
      .toEqual(["StoreUnavailable", false]);
  }
  const odd = [7, null, {}, { id: "--vault" }, { id: "a b" }, { id: ["x"] }];
  const asked: string[] = [];
  const result = await harvest("op", {}, {
    output: (command) => {
      asked.push(command.join(" "));
      return Promise.resolve(
        JSON.stringify(
          odd.map((item) =>
            typeof item === "object" && item
              ? { title: "OpenAI", category: "API_CREDENTIAL", ...item }
              : item
          ),
        ),
      );
    },
  });
  expect(result).toMatchObject({ found: [], skipped: [] });
  expect(asked).toEqual(["op item list --format json"]);
});

const EXPORT = {
  encrypted: false,
  folders: [],
  items: [
    {
      type: 1,
      name: "OpenAI",
      login: { uris: [{ uri: "https://platform.openai.com" }], password: KEY },
    },
    { type: 2, name: "Keys", fields: [{ name: "GITHUB_PAT", value: "x" }] },
    {
      type: 2,
      name: "Hub",
      fields: [{ name: "GH_TOKEN", value: PAT, type: 1 }],
    },
    {
      type: 1,
      name: "Stripe",
      login: { password: "canary-of-website" },
    },
    { type: 3, name: "OpenAI", card: { number: "canary" } },
    {
      type: 1,
      name: "Groq",
      deletedDate: "2026-01-01T00:00:00Z",
      login: { password: `gsk_${"c".repeat(46)}canary` },
    },
  ],
};

/** Seals an export as Bitwarden does. */
async function sealed(
  password: string,
  kdf: "pbkdf2" | "argon2id",
  change: object = {},
): Promise<string> {
  const salt = "c2FsdA==";
  const text = new TextEncoder();
  const parameters = kdf === "pbkdf2"
    ? { kdfType: 0, kdfIterations: 5000 }
    : { kdfType: 1, kdfIterations: 2, kdfMemory: 16, kdfParallelism: 4 };
  const key = kdf === "pbkdf2"
    ? await crypto.subtle.deriveBits(
      {
        name: "PBKDF2",
        hash: "SHA-256",
        salt: text.encode(salt),
        iterations: 5000,
      },
      await crypto.subtle.importKey(
        "raw",
        text.encode(password),
        "PBKDF2",
        false,
        ["deriveBits"],
      ),
      256,
    )
    : await argon2id(
      password,
      new Uint8Array(await crypto.subtle.digest("SHA-256", text.encode(salt))),
      { memory: 16 * 1024, iterations: 2, parallelism: 4 },
    );
  const hmac = (raw: BufferSource) =>
    crypto.subtle.importKey(
      "raw",
      raw,
      { name: "HMAC", hash: "SHA-256" },
      false,
      [
        "sign",
      ],
    );
  const expand = async (info: string) =>
    await crypto.subtle.sign(
      "HMAC",
      await hmac(key),
      text.encode(`${info}\x01`),
    );
  const iv = crypto.getRandomValues(new Uint8Array(16));
  const aes = await crypto.subtle.importKey(
    "raw",
    await expand("enc"),
    "AES-CBC",
    false,
    ["encrypt"],
  );
  const data = new Uint8Array(
    await crypto.subtle.encrypt(
      { name: "AES-CBC", iv },
      aes,
      text.encode(JSON.stringify(EXPORT)),
    ),
  );
  const mac = await crypto.subtle.sign(
    "HMAC",
    await hmac(await expand("mac")),
    Uint8Array.of(...iv, ...data),
  );
  return JSON.stringify({
    encrypted: true,
    passwordProtected: true,
    salt,
    ...parameters,
    data: `2.${base64(iv)}|${base64(data)}|${base64(new Uint8Array(mac))}`,
    ...change,
  });
}

test("bitwarden: keys in logins and notes of an export, as it is and protected with a password", async () => {
  const password = "correct horse";
  const expected = [
    { is: "openai", api_key: KEY },
    { is: "github-pat", api_key: PAT },
  ];
  const path = "/x.json";
  const plain = await harvest("bitwarden", { [path]: JSON.stringify(EXPORT) }, {
    path,
  });
  expect(opened(plain)).toEqual(expected);
  for (const kdf of ["pbkdf2", "argon2id"] as const) {
    const files = {
      [path]: await sealed(password, kdf),
      "/password": `${password}\n`,
    };
    for (
      const way of [
        { passphrase: password },
        { variables: { AUTHSOME_IMPORT_PASSWORD: password } },
        { variables: { AUTHSOME_IMPORT_PASSWORD_FILE: "/password" } },
      ] as Parameters<typeof harvest>[2][]
    ) {
      const result = await harvest("bitwarden", files, { path, ...way });
      expect(opened(result)).toEqual(expected);
    }
    for (
      const [way, message] of [
        [{ passphrase: "canary" }, "this is not its password"],
        [{}, "is protected with a password"],
      ] as const
    ) {
      const error = await harvest("bitwarden", files, { path, ...way })
        .catch((error) => error);
      expect(error).toMatchObject({
        code: "MasterKeyUnavailable",
        exitCode: 9,
      });
      expect(error.message).toContain(message);
      expect(error.message).not.toContain("canary");
    }
  }
});

test("bitwarden: an export of an account, one that was changed, one that costs too much, and none", async () => {
  const path = "/x.json";
  const refused = async (text: string) =>
    await harvest("bitwarden", { [path]: text }, { path, passphrase: "p" })
      .catch((error) => error);
  expect(
    await refused('{"encrypted":true,"encKeyValidation_DO_NOT_EDIT":"2.x"}'),
  ).toMatchObject({
    code: "MasterKeyUnavailable",
    hint: expect.stringContaining("Password protected"),
  });
  const good = JSON.parse(await sealed("p", "pbkdf2"));
  const [iv, data, mac] = good.data.slice(2).split("|");
  const other = (text: string) =>
    text.replace(/^./, (c) => c === "A" ? "B" : "A");
  for (
    const changed of [
      `2.${iv}|${other(data)}|${mac}`,
      `2.${iv}|${data}|${other(mac)}`,
      `2.${other(iv)}|${data}|${mac}`,
    ]
  ) {
    expect(await refused(JSON.stringify({ ...good, data: changed })))
      .toMatchObject({ code: "MasterKeyUnavailable" });
  }
  for (
    const change of [
      { kdfIterations: 1e12 },
      { kdfIterations: 0 },
      { kdfIterations: "5000" },
      { kdfType: 7 },
      { kdfType: 1, kdfIterations: 3, kdfMemory: 1 << 20, kdfParallelism: 4 },
      { kdfType: 1, kdfIterations: 3, kdfMemory: 64 },
      { data: "0.abc" },
      { data: 7 },
      { salt: "" },
    ]
  ) {
    expect(await refused(JSON.stringify({ ...good, ...change })))
      .toMatchObject({ code: "StoreUnavailable" });
  }
  expect(await refused("{}")).toMatchObject({ code: "StoreUnavailable" });
  await expect(harvest("bitwarden", {}, { path })).rejects.toMatchObject({
    code: "CredentialMissing",
  });
});
