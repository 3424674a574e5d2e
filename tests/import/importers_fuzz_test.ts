// K2: every importer reads files that nobody can vouch for. Valid ones are changed at random, and whatever is made of them
// is read or refused: with an error of ours, in bounded time, without a secret, a command, a path or a prototype of theirs.
import { expect } from "expect";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { parseEnv } from "node:util";
import { AuthsomeError } from "../../lib/errors.ts";
import type { Harvest } from "../../lib/import/found.ts";
import { readable } from "../../lib/import/scan/assignments.ts";
import { replaceValues } from "../../lib/import/scan/dotenv.ts";
import { loadSource, SOURCES } from "../../lib/import/sources.ts";
import { DEFINITIONS, USER } from "../support/imports/import_files.ts";
import { randomNumbers } from "../../scripts/torture/random.ts";

/** Numbers that the changes are made of. One that has found a fault stays in the list. */
const SEEDS = [1, 20_261_127];
/** Changes for each importer, each seed and each valid text. */
const ROUNDS = 40;
const NAMED = "/given/file";

const S = "canary0123456789abcdef0123456789abcdef01";

/** Valid texts of each form that an importer reads; most importers get each of them. */
const TEXTS: readonly string[] = [
  // hosts.yml, config.yml, hub.
  `github.com:\n    user: me\n    oauth_token: gho_${S}\n    users:\n        me:\n            oauth_token: gho_${S}\nhosts:\n    gitlab.com:\n        token: glpat-${S}\n        api_host: gitlab.com\n`,
  `github.com:\n- user: me\n  oauth_token: ${S}\n  protocol: https\n`,
  // netrc, npmrc, ini, toml.
  `machine api.github.com login me password ${S}\nmacdef init\ncd /\n\ndefault login a password ${S}\n`,
  `//registry.npmjs.org/:_authToken=npm_${S}\n//other.example/:_password="${S}"\nregistry=https://registry.npmjs.org/\n`,
  `[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = ${S}\n[profile x]\nsso_session = y\n`,
  `[distutils]\nindex-servers =\n    pypi\n[pypi]\nusername = __token__\npassword = pypi-${S}\n`,
  `color = ""\n[default]\ntest_mode_api_key = "sk_test_${S}"\nlive_mode_api_key = "sk_live_${S}"\napi_token = "${S}"\n`,
  `export OPENAI_API_KEY="sk-${S}"\nA='${S}' # why\nB=\`x\`\nC="two\nlines"\n`,
  // JSON.
  `{"auths":{"ghcr.io":{"auth":"${
    btoa(`me:${S}`)
  }"},"https://index.docker.io/v1/":{}},"credsStore":"desktop","credHelpers":{"gcr.io":"gcloud"}}`,
  `{"type":"authorized_user","client_id":"x.apps.googleusercontent.com","client_secret":"${S}","refresh_token":"1//${S}","account":""}`,
  `{"users":{"u1":{"id":"u1","email":"me@example.com","auth":{"token":"${S}"}}},"userId":"u1","token":"${S}","username":"me","key":"${S}","expiresAt":1}`,
  `{"OPENAI_API_KEY":"sk-${S}","tokens":{"id_token":"e30.e30.x","access_token":"${S}","refresh_token":"${S}","account_id":"a"},"last_refresh":"2026-11-27T00:00:00Z"}`,
  `{"claudeAiOauth":{"accessToken":"sk-ant-oat01-${S}","refreshToken":"sk-ant-ort01-${S}","expiresAt":1790000000000,"scopes":["user:inference"]},"mcpOAuth":{"x|y":{"serverUrl":"https://mcp.example/","accessToken":"${S}","clientId":"c","expiresAt":1}},"primaryApiKey":"sk-ant-api03-${S}"}`,
  `{"access_token":"ya29.${S}","refresh_token":"1//${S}","token_type":"Bearer","expiry_date":1790000000000,"expires_in":3600,"client_id":"c","redirect_uris":["http://127.0.0.1:1/"],"scope":"a b"}`,
  `{"lastLoggedInUser":{"host":"https://github.com","login":"me"},"loggedInUsers":[{"host":"https://github.com","login":"me"}],"copilotTokens":{"https://github.com:me":"gho_${S}"}}`,
  `{"encrypted":false,"items":[{"type":1,"name":"OpenAI","login":{"username":"me","password":"sk-${S}","uris":[{"uri":"https://api.openai.com"}]},"fields":[{"name":"OPENAI_API_KEY","value":"sk-${S}","type":1}]}]}`,
  `{"encrypted":true,"passwordProtected":true,"salt":"c2FsdA==","kdfType":0,"kdfIterations":600000,"encKeyValidation_DO_NOT_EDIT":"2.a|b|c","data":"2.a|b|c"}`,
  `[{"id":"i1","title":"OpenAI API key","category":"API_CREDENTIAL","vault":{"id":"v"},"urls":[{"href":"https://api.openai.com"}],"fields":[{"id":"credential","label":"credential","type":"CONCEALED","value":"sk-${S}"}]}]`,
  `{"v":1,"identity":"me","provider":"openai","profile":"default","connection_name":"default","auth_type":"api_key","status":"connected","api_key":{"v":1,"kid":"x","enc":"aes-256-gcm","nonce":"AAAAAAAAAAAAAAAA","ciphertext":"${S}","tag":"AAAAAAAAAAAAAAAAAAAAAA=="}}`,
  `{"spec_version":1,"encryption":{"mode":"local_key"},"provider":"acme","flow":"api_key","auth_type":"api_key"}`,
];

/** What is put into a text, or takes its place. */
const PIECES: readonly string[] = [
  ...["", "\0", "\r", "\n", "\n\n", "\t", " ", "\ufeff", "\ud800", "\u202e"],
  ...['"', "'", "`", "\\", "{", "}", "[", "]", ":", ",", "=", "#", "|", "-"],
  ...["&a ", "*a", "<<: *a\n", "!!js/function 'x'", "!!binary ", "? ", "---\n"],
  ...["__proto__", '"__proto__":{"polluted":true},', "constructor.prototype"],
  ...["__proto__:\n  polluted: true\n", "[__proto__]\npolluted = true\n"],
  ...["toString", "hasOwnProperty", "null", "true", "NaN", "1e999", "-1"],
  ...["$(touch /tmp/x)", "`id`", "${HOME}", "; id", "--help", "-", "../../.."],
  ...["../../../etc/passwd", "/etc/shadow", "C:\\x", "file:///etc/passwd"],
  ...["https://evil.example/", "http://[::1]/", "javascript:1", "%00"],
  ...["machine", "default", "macdef", "password", "\x1b[31m", "é", "🐎"],
  ...["99999999999999999999", "0x10", "{}", "[]", '""', "[[x]]\n", "[a.b]\n"],
];

/** Texts that take for ever where an expression is careless, or that end a stack. */
const LONG: readonly string[] = [
  ...["a", " ", "\t", "\n", "=", '"', "'", "\\", "[", "{", "(", "-", "#", ":"]
    .map((piece) => piece.repeat(20_000)),
  ...["[[", '{"a":', "[1,", "- ", "a: ", "? ", '\\"', " \\\n", "a=b ", "\r\n"]
    .map((piece) => piece.repeat(10_000)),
  "machine ".repeat(20_000),
  "machine a login b password c\n".repeat(5_000),
  // More than any settings.
  '"'.repeat(1_000_000),
  `[${"x".repeat(60_000)}`,
  `//${"a/".repeat(30_000)}:_authToken`,
  `"${"\\u0041".repeat(20_000)}`,
  `{"auths":${'{"a":'.repeat(20_000)}`,
  // Nine aliases of nine aliases, and so on.
  `a: &a [x,x,x,x,x,x,x,x,x]\n${
    [..."bcdefghij"].map((name, at) =>
      `${name}: &${name} [${Array(9).fill(`*${"abcdefghij"[at]}`).join(",")}]`
    ).join("\n")
  }\n`,
];

function changed(text: string, random: () => number): string {
  const any = (limit: number) => Math.floor(random() * limit);
  const pick = (list: readonly string[]) => list[any(list.length)]!;
  for (let changes = 1 + any(6); changes > 0; changes--) {
    const at = any(text.length + 1);
    const to = at + any(Math.min(40, text.length - at + 1));
    switch (any(5)) {
      case 0:
        text = text.slice(0, at) + pick(PIECES) + text.slice(at);
        break;
      case 1:
        text = text.slice(0, at) + pick(PIECES) + text.slice(to);
        break;
      case 2:
        text = text.slice(0, at) + text.slice(to);
        break;
      case 3:
        text = text.slice(0, to) + text.slice(at, to) + text.slice(to);
        break;
      default:
        // A part of another form.
        text = text.slice(0, at) + pick(TEXTS).slice(any(200), 200 + any(200)) +
          text.slice(to);
    }
  }
  return text;
}

/** What an importer asked of the machine. */
interface Asked {
  paths: string[];
  commands: (readonly string[])[];
}

/** Imports in a world where every file, command and database row is what `text` gives. */
async function harvest(
  name: string,
  text: () => string,
  path: string | undefined,
): Promise<{ result: Harvest | AuthsomeError; asked: Asked }> {
  const asked: Asked = { paths: [], commands: [] };
  const source = await loadSource(name);
  try {
    const result = await source.harvest({
      env: { get: () => undefined, toObject: () => ({}) },
      userFolder: USER,
      definitions: DEFINITIONS,
      now: 0,
      read(path) {
        asked.paths.push(path);
        return { path, text: text(), modifiedAt: 0 };
      },
      list(path) {
        asked.paths.push(path);
        return [
          ...["acme.json", "mcp-remote-0.1.29", "default"],
          `${"a".repeat(32)}_tokens.json`,
        ];
      },
      output(command) {
        asked.commands.push(command);
        return Promise.resolve(text());
      },
      databaseRows(path) {
        asked.paths.push(path);
        return Promise.resolve([
          { key: text().slice(0, 80), value: text() },
          { key: "profile:me:openai:connection:default", value: text() },
          { key: "k", value: { file: text().slice(0, 60) } },
        ]);
      },
      md5: (text) => createHash("md5").update(text).digest("hex"),
      ...path === undefined ? {} : { path },
    });
    return { result, asked };
  } catch (error) {
    if (error instanceof AuthsomeError) return { result: error, asked };
    throw error;
  }
}

/** Programs that importers ask, and what a name of one that a file gives may be. */
const PROGRAM =
  /^(?:\/usr\/bin\/)?(?:gh|glab|op|gcloud|security|secret-tool|python3?|keyring|docker-credential-[\w.-]+)$/;

function judge({ result, asked }: Awaited<ReturnType<typeof harvest>>): void {
  if (result instanceof AuthsomeError) {
    for (const text of [result.message, result.hint, JSON.stringify(result)]) {
      expect(text).not.toContain(S.slice(0, 20));
    }
  }
  if (!(result instanceof AuthsomeError)) {
    for (const { from } of [...result.found, ...result.skipped]) {
      expect(from).not.toBe("");
    }
  }
  for (const path of asked.paths) {
    expect(path).toMatch(new RegExp(`^(?:${USER}|${NAMED}|/given)(?:/|$)`));
    expect(path.split(/[\\/]/)).not.toContain("..");
  }
  for (const [program] of asked.commands) expect(program).toMatch(PROGRAM);
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as Record<string, unknown>).polluted).toBe(undefined);
}

for (const name of Object.keys(SOURCES)) {
  const attempt = async (
    text: () => string,
    path: string | undefined,
    what: string,
  ) => {
    try {
      judge(await harvest(name, text, path));
    } catch (error) {
      throw new Error(`${name}, ${what}`, { cause: error });
    }
  };

  test(`import ${name} reads or refuses whatever a file, a command and a database hold`, async () => {
    let taken = 0;
    for (const seed of SEEDS) {
      for (const [at, text] of TEXTS.entries()) {
        const random = randomNumbers(seed + at);
        for (let round = 0; round < ROUNDS; round++) {
          const what = `seed ${seed}, text ${at}, round ${round}`;
          await attempt(
            () => changed(text, random),
            round % 2 === 0 ? NAMED : undefined,
            what,
          );
        }
        const { result } = await harvest(name, () => text, NAMED);
        if (result instanceof AuthsomeError) continue;
        taken++;
        // A change may have put it where a name is. Definitions are text of the file's, which is shown before it is taken.
        expect(JSON.stringify({ ...result, definitions: [] })).not.toContain(S);
      }
    }
    // Otherwise what is changed here is nothing that it reads.
    expect(taken).toBeGreaterThan(0);
  });

  test(`import ${name} reads or refuses what is long or deep`, async () => {
    for (const [at, text] of LONG.entries()) {
      for (const path of [NAMED, undefined]) {
        await attempt(() => text, path, `long text ${at}`);
      }
    }
  });
}

test("a dotenv file is read or refused, and changed nowhere but in the value that is wanted", () => {
  const parse = (text: string) => parseEnv(text) as Record<string, string>;
  const judged = (text: string) => {
    try {
      readable(text);
      replaceValues(text, new Map([["A", S]]), () => "placeholder", parse);
    } catch (error) {
      expect(error).toBeInstanceOf(AuthsomeError);
      expect(String(error)).not.toContain(S);
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
  };
  for (const seed of SEEDS) {
    for (const [at, text] of TEXTS.entries()) {
      const random = randomNumbers(seed + at);
      for (let round = 0; round < ROUNDS; round++) {
        judged(changed(text, random));
      }
    }
  }
  LONG.forEach(judged);
});
