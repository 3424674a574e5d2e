// The logins of the Gemini CLI and of Copilot, as they are found where those look; of an unknown shape, nothing is taken.
import { expect } from "expect";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { loadSource } from "../../lib/import/sources.ts";
import type { Harvest } from "../../lib/import/found.ts";

const HOME = "/home/you";
const GEMINI = `${HOME}/.gemini/oauth_creds.json`;
const COPILOT = `${HOME}/.copilot/config.json`;
const TOKEN = `gho_${"canary".repeat(6)}`;

async function harvest(
  source: string,
  files: Readonly<Record<string, string>>,
  { variables = {}, path, output = () => undefined }: {
    variables?: Record<string, string>;
    path?: string;
    output?(command: readonly string[]): string | undefined;
  } = {},
): Promise<Harvest> {
  const result = await (await loadSource(source)).harvest({
    env: { get: (name) => variables[name], toObject: () => variables },
    userFolder: HOME,
    definitions: [],
    now: 0,
    read: (path) =>
      Object.hasOwn(files, path)
        ? { path, text: files[path]!, modifiedAt: 1 }
        : undefined,
    list: () => [],
    output: (command) => Promise.resolve(output(command)),
    databaseRows: () => Promise.resolve([]),
    md5: (text) => createHash("md5").update(text).digest("hex"),
    ...path === undefined ? {} : { path },
  });
  expect(JSON.stringify(result)).not.toContain("canary");
  return result;
}

/** The one login of a harvest, with its tokens. */
function only({ found: [first, ...others] }: Harvest) {
  expect(others).toEqual([]);
  const { credential, client, provider, from } = first!;
  if (credential.type !== "oauth2") throw new Error("it is a key");
  return {
    ...{ provider, from, client: client!.clientId },
    access: credential.accessToken.reveal(),
    refresh: credential.refreshToken?.reveal(),
    expiresAt: credential.expiresAt,
    captured: credential.captured,
  };
}

const login = {
  access_token: "ya29.canary-access",
  refresh_token: "1//canary-refresh",
  scope: "openid https://www.googleapis.com/auth/cloud-platform",
  token_type: "Bearer",
  id_token: `x.${btoa(JSON.stringify({ sub: "account" }))}.canary`,
  expiry_date: 5,
};

test("gemini: the login in its file, in the folder that a variable names too", async () => {
  const expected = {
    provider: "gemini",
    from: "gemini oauth_creds.json",
    client:
      "681255809395-oo8ft2oprdrnp9e3aqf6av3hmdib135j.apps.googleusercontent.com",
    access: login.access_token,
    refresh: login.refresh_token,
    expiresAt: 5,
    captured: { account_id: "account", login_place: GEMINI },
  };
  expect(only(await harvest("gemini", { [GEMINI]: JSON.stringify(login) })))
    .toEqual(expected);
  const place = "/other/.gemini/oauth_creds.json";
  expect(only(
    await harvest("gemini", { [place]: JSON.stringify(login) }, {
      variables: { GEMINI_CLI_HOME: "/other" },
    }),
  )).toEqual({
    ...expected,
    captured: { account_id: "account", login_place: place },
  });
});

test("gemini: each member that is not as it was seen makes the shape another one", async () => {
  for (
    const strange of [
      { ...login, access_token: 7 },
      { ...login, refresh_token: undefined },
      { ...login, expiry_date: "tomorrow" },
      { ...login, scope: ["openid"] },
      { ...login, token_type: "MAC" },
      { ...login, id_token: 7 },
      { ...login, type: "authorized_user" },
      { ...login, access_token: "ya29.authsomeproxymanaged000000000000" },
      {},
    ]
  ) {
    const { found, skipped } = await harvest("gemini", {
      [GEMINI]: JSON.stringify(strange),
    });
    expect([found, skipped]).toEqual([[], [
      expect.objectContaining({
        provider: "gemini",
        reason: expect.stringContaining("is not known"),
        hint: expect.stringContaining("gemini"),
      }),
    ]]);
  }
});

test("gemini: a login that is encrypted is said, with what changes it", async () => {
  const encrypted = { [`${HOME}/.gemini/gemini-credentials.json`]: "00:11:22" };
  for (
    const found of [
      await harvest("gemini", encrypted),
      await harvest("gemini", {}, {
        variables: { GEMINI_FORCE_ENCRYPTED_FILE_STORAGE: "true" },
      }),
    ]
  ) {
    expect(found).toEqual({
      found: [],
      skipped: [expect.objectContaining({
        hint: expect.stringContaining("GEMINI_FORCE_ENCRYPTED_FILE_STORAGE"),
      })],
    });
  }
  await expect(harvest("gemini", {})).rejects.toThrow("it does not exist");
});

const host = "https://github.com";
const settings = {
  authTokens: {
    [`${host}:octo:github`]: { token: TOKEN },
    [`${host}:octo`]: { token: `${TOKEN}old` },
    [`${host}:other`]: { token: `${TOKEN}other` },
  },
  loggedInUsers: [{ host, login: "octo" }, { host, login: "other" }],
  lastLoggedInUser: { host, login: "octo" },
};
const commented = (value: unknown) =>
  `// Managed.
${JSON.stringify(value, null, 2)}
`;

test("copilot: the login of the account in use, in a file below a comment", async () => {
  expect(only(await harvest("copilot", { [COPILOT]: commented(settings) })))
    .toEqual({
      provider: "copilot",
      from: "copilot config.json",
      client: "Ov23ctDVkRmgkPke0Mmm",
      access: TOKEN,
      refresh: undefined,
      expiresAt: undefined,
      captured: { account_id: "octo", login_place: COPILOT },
    });
});

test("copilot: its variable comes first, and its keychain before the login of gh", async () => {
  const { authTokens: _, ...without } = settings;
  const files = { [COPILOT]: commented(without) };
  const asked: string[] = [];
  const output = (answers: Readonly<Record<string, string>>) =>
  (
    command: readonly string[],
  ) => {
    asked.push(command.join(" "));
    return answers[command[0]!];
  };
  const of = async (...rest: Parameters<typeof harvest>) => {
    const { access, from, captured } = only(await harvest(...rest));
    return { access, from, captured };
  };
  expect(
    await of("copilot", { [COPILOT]: commented(settings) }, {
      variables: { COPILOT_GITHUB_TOKEN: `${TOKEN}v` },
    }),
  ).toEqual({
    access: `${TOKEN}v`,
    from: "COPILOT_GITHUB_TOKEN",
    captured: {},
  });
  expect(
    await of("copilot", files, {
      output: output({ "secret-tool": `${TOKEN}k\n`, gh: TOKEN }),
    }),
  ).toEqual({
    access: `${TOKEN}k`,
    from: "copilot keychain",
    captured: { account_id: "octo" },
  });
  expect(asked).toEqual([
    `secret-tool lookup service copilot-cli username ${host}:octo:github`,
  ]);
  expect(await of("copilot", files, { output: output({ gh: `${TOKEN}g\n` }) }))
    .toEqual({ access: `${TOKEN}g`, from: "gh auth token", captured: {} });
  expect(await harvest("copilot", files)).toEqual({
    found: [],
    skipped: [expect.objectContaining({
      hint: expect.stringContaining("storeTokenPlaintext"),
    })],
  });
  await expect(harvest("copilot", {})).rejects.toThrow("it does not exist");
});

test("copilot: each member that is not as it was seen makes the shape another one", async () => {
  for (
    const strange of [
      { ...settings, lastLoggedInUser: undefined },
      { ...settings, lastLoggedInUser: { host, login: 7 } },
      { ...settings, lastLoggedInUser: { host, login: "nobody" } },
      {
        ...settings,
        lastLoggedInUser: { host: "https://acme.ghe.com", login: "octo" },
      },
      { ...settings, authTokens: { [`${host}:octo`]: TOKEN } },
      { ...settings, authTokens: [] },
      {
        ...settings,
        authTokens: {
          [`${host}:octo`]: {
            token: "gho_authsomeproxymanaged0000000000000000",
          },
        },
      },
    ]
  ) {
    const { found, skipped } = await harvest("copilot", {
      [COPILOT]: commented(strange),
    });
    expect([found, skipped.length]).toEqual([[], 1]);
  }
  await expect(harvest("copilot", { [COPILOT]: "// {" })).rejects.toThrow(
    "is not a JSON object",
  );
});
