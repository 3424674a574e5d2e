// What a command finds in its environment, for every variable that any definition declares; and which variables a
// definition may claim at all.
import { expect } from "expect";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { PLACEHOLDER } from "../../lib/placeholder.ts";
import { variablesOf } from "../../lib/provider/reading/check.ts";
import { publicVariables } from "../../lib/provider/credential_fields.ts";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import { parseDefinition } from "../../lib/provider/reading/parse.ts";
import { isCredentialVariable } from "../../lib/provider/variable_name.ts";
import {
  childEnvironment,
  placeholderVariables,
  secretVariables,
} from "../../lib/run/child_env.ts";
import { sandboxEnvironment } from "../../lib/sandbox/environment.ts";
import { bundledProviders } from "../../providers/mod.ts";
import { connect, withBroker } from "../support/connected.ts";
import { runCommand } from "../support/fakes/fake_machine.ts";
import { withHome } from "../support/home.ts";
import { cliCommand, processOf } from "../support/program.ts";
import { noSandbox, sandboxTest } from "../support/sandbox/sandbox.ts";

const CATALOGUE = bundledProviders.names.map((name) =>
  JSON.parse(bundledProviders.text(name)!) as ProviderDefinition
);
/** Variables of secrets. Read from the files themselves, so that no function of ours can forget a place. */
const DECLARED = [
  ...new Set(CATALOGUE.flatMap((definition) => [
    ...[definition.api_key?.env_var ?? []].flat(),
    ...[definition.client?.client_secret_env ?? []].flat(),
    ...Object.entries(definition.export?.env ?? {})
      .filter(([, field]) => isSecret(definition, field))
      .map(([name]) => name),
  ])),
].sort();

function isSecret(
  { auth_type, api_key }: ProviderDefinition,
  field: string,
): boolean {
  return auth_type === "oauth2"
    ? /^(?:access|refresh)_token$/.test(field)
    : (api_key?.secret_fields ?? ["api_key"]).includes(field);
}
const PARENT = Object.fromEntries(
  DECLARED.flatMap((name) => [name, name.toLowerCase(), name.toUpperCase()])
    .map((name) => [name, `canary-${name}-0123456789`]),
);

function leaked(env: Readonly<Record<string, string>>): string[] {
  return Object.keys(env).filter((name) => env[name]!.includes("canary"));
}

function child(
  connected: readonly ProviderDefinition[],
  parent: Readonly<Record<string, string>> = PARENT,
  held?: ReadonlyMap<string, string>,
) {
  return childEnvironment(parent, {
    proxyUrl: "http://authsome:pw@127.0.0.1:4000",
    caBundlePath: "/ca.pem",
    wgetrcPath: "/wgetrc",
    placeholders: new Map(
      connected.flatMap(placeholderVariables).map((name) => [
        name,
        PLACEHOLDER,
      ]),
    ),
    secrets: CATALOGUE.flatMap(secretVariables),
    hosts: [],
    ...held ? { held } : {},
  });
}

test("no declared variable of the catalogue reaches a command with its value, plain or sandboxed, connected or not", () => {
  expect(DECLARED.length).toBeGreaterThan(350);
  expect(DECLARED).toEqual(
    expect.arrayContaining(["NODE_AUTH_TOKEN", "LD_ACCESS_TOKEN"]),
  );
  for (const connected of [[], CATALOGUE]) {
    const { env } = child(connected);
    expect(leaked(env)).toEqual([]);
    for (const writable of [true, false]) {
      const inside = sandboxEnvironment(env, DECLARED, {
        general: writable,
        npm: writable,
      });
      expect(leaked(inside)).toEqual([]);
    }
  }
  // Each alone, too: no provider is a reason for another's variable to stay.
  for (const one of CATALOGUE) expect(leaked(child([one]).env)).toEqual([]);
});

test("what a connected provider exports or reads is the placeholder, whatever its name begins with", () => {
  const { env } = child(CATALOGUE);
  const wanted = CATALOGUE.flatMap((definition) => [
    ...[definition.api_key?.env_var ?? []].flat(),
    ...Object.entries(definition.export?.env ?? {})
      .filter(([, field]) =>
        field !== "refresh_token" && isSecret(definition, field)
      )
      .map(([name]) => name),
  ]);
  expect(wanted).toEqual(
    expect.arrayContaining(["NPM_TOKEN", "NODE_AUTH_TOKEN", "LD_ACCESS_TOKEN"]),
  );
  expect(wanted.filter((name) => env[name] !== PLACEHOLDER)).toEqual([]);
  const inside = sandboxEnvironment(env, [], { general: true, npm: true });
  expect(wanted.filter((name) => inside[name] !== PLACEHOLDER)).toEqual([]);
});

test("the loader's and the runtimes' own variables stay, even if a definition declares them", () => {
  const own = {
    LD_LIBRARY_PATH: "/opt/lib",
    NODE_OPTIONS: "--max-old-space-size=4096",
    NODE_ENV: "test",
    NODE_PATH: "/opt/node",
    PYTHONPATH: "/opt/python",
    PATH: "/usr/bin",
  };
  const hostile = { ...CATALOGUE[0]!, api_key: { env_var: Object.keys(own) } };
  const { env } = childEnvironment(own, {
    proxyUrl: "http://authsome:pw@127.0.0.1:4000",
    caBundlePath: "/ca.pem",
    wgetrcPath: "/wgetrc",
    placeholders: new Map(Object.keys(own).map((name) => [name, PLACEHOLDER])),
    secrets: secretVariables(hostile),
    hosts: [],
  });
  expect(env).toMatchObject(own);
});

test("a secret of a connection under any other name is its placeholder", () => {
  const held = new Map([
    ["sk-live-0123456789abcdef", PLACEHOLDER],
    ["gho_work/0123456789abcdef", `${PLACEHOLDER}.work`],
    ["shortkey", PLACEHOLDER],
  ]);
  const { env, replaced } = child([], {
    MY_KEY: "sk-live-0123456789abcdef",
    npm_config__authToken: "gho_work/0123456789abcdef",
    REMOTE: "https://x:sk-live-0123456789abcdef@git.example.com/r",
    ENCODED: "https://x:gho_work%2F0123456789abcdef@git.example.com/r",
    SHORT: "shortkey",
    SENTENCE: "shortkeys are no secret",
    PATH: "/usr/bin",
  }, held);
  expect(env).toMatchObject({
    MY_KEY: PLACEHOLDER,
    npm_config__authToken: `${PLACEHOLDER}.work`,
    REMOTE: `https://x:${PLACEHOLDER}@git.example.com/r`,
    ENCODED: `https://x:${PLACEHOLDER}.work@git.example.com/r`,
    SHORT: PLACEHOLDER,
    SENTENCE: "shortkeys are no secret",
    PATH: "/usr/bin",
  });
  expect(replaced).toEqual([
    ...["ENCODED", "MY_KEY", "REMOTE", "SHORT", "npm_config__authToken"],
  ]);
});

test("a key that is a common word or path takes no plain variable away", () => {
  const plain = {
    PATH: "/usr/bin",
    HOME: "/home/person",
    SHELL: "/usr/bin/zsh",
    USER: "administrator",
    LOGNAME: "administrator",
    PWD: "/home/person/projects/one",
    OLDPWD: "/home/person",
    TERM: "xterm-256color",
    LANG: "en_US.UTF-8",
    TMPDIR: "/var/tmp/person",
  };
  const held = new Map([
    ...Object.values(plain),
    "/home/person/projects",
  ].map((secret) => [secret, PLACEHOLDER]));
  const { env, replaced } = child([], { ...plain, MY_KEY: "/usr/bin" }, held);
  expect(env).toMatchObject(plain);
  expect(replaced).toEqual(["MY_KEY"]);
});

test("passwords of other proxies do not reach a command", () => {
  const names = ["HTTPS_PROXY", "ftp_proxy", "ALL_PROXY", "RSYNC_PROXY"];
  const { env } = child(
    [],
    Object.fromEntries(
      names.map((name) => [name, "http://me:canary@corp.example:3128"]),
    ),
  );
  expect(leaked(env)).toEqual([]);
});

test("a real run shows none of them, and a key under an unrelated name as its placeholder", () =>
  withHome(async (home) => {
    const key = "lin_api_canary_0123456789";
    const token = "npm_canary_0123456789";
    await withBroker(home, async (broker) => {
      await connect(broker, "linear-api-key", key);
      await connect(broker, "npm", token);
    });
    // A file of the user that hides the bundled one, and one that cannot be read, hide no variable.
    Deno.mkdirSync(`${home}/providers`, { recursive: true, mode: 0o700 });
    const github = JSON.parse(bundledProviders.text("github")!);
    Deno.writeTextFileSync(
      `${home}/providers/github.json`,
      JSON.stringify({ ...github, export: { env: {} }, client: {} }),
    );
    Deno.writeTextFileSync(`${home}/providers/openai.json`, "{");
    const script = "env; exit 0";
    const ended = await processOf(
      cliCommand("run", "--", "/bin/sh", "-c", script),
      {
        env: {
          ...PARENT,
          PATH: Deno.env.get("PATH")!,
          HOME: home,
          AUTHSOME_HOME: home,
          MY_KEY: key,
          NODE_AUTH_TOKEN: token,
          MY_URL: `https://me:${token}@example.com/`,
        },
        clearEnv: true,
      },
    ).output();
    const out = new TextDecoder().decode(ended.stdout);
    expect(out).toContain("AUTHSOME_PROXY_MODE=true");
    expect(out.split("\n").filter((line) => line.includes("canary")))
      .toEqual([]);
    expect(out).toContain(`MY_KEY=${PLACEHOLDER}\n`);
    expect(out).toContain(`MY_URL=https://me:${PLACEHOLDER}@example.com/\n`);
    expect(out).toContain(`NODE_AUTH_TOKEN=${PLACEHOLDER}\n`);
    const err = new TextDecoder().decode(ended.stderr);
    expect(err).toContain("MY_KEY, MY_URL");
    expect(err).not.toContain("canary_0123456789");
  }));

sandboxTest(
  "a real run in the sandbox shows none of them either",
  { npm: "npm_canary_0123456789" },
  ["registry.npmjs.org"],
  () => new Response("ok"),
  async (sandbox) => {
    const { stdout } = await sandbox.inside(["env"], {
      env: {
        ...PARENT,
        MY_KEY: "npm_canary_0123456789",
        NODE_AUTH_TOKEN: "npm_canary_0123456789",
      },
    });
    expect(stdout).toContain("AUTHSOME_SANDBOX=true");
    expect(stdout.split("\n").filter((line) => line.includes("canary")))
      .toEqual([]);
    expect(stdout).toContain(`NODE_AUTH_TOKEN=${PLACEHOLDER}\n`);
    expect(stdout).toContain(`MY_KEY=${PLACEHOLDER}\n`);
  },
  noSandbox,
);

/** Names that some program runs, loads or obeys. */
const DANGEROUS = (`
  GIT_EXTERNAL_DIFF GIT_SSH GIT_SSH_COMMAND GIT_ASKPASS GIT_EDITOR GIT_SEQUENCE_EDITOR GIT_PAGER GIT_PROXY_COMMAND
  GIT_CONFIG_GLOBAL GIT_CONFIG_COUNT GIT_CONFIG_KEY_0 GIT_CONFIG_VALUE_0 GIT_CONFIG_PARAMETERS GIT_TEMPLATE_DIR
  GIT_EXEC_PATH GIT_DIR GIT_SSL_KEY GIT_AUTHOR_EMAIL SSH_ASKPASS SUDO_ASKPASS SSH_AUTH_SOCK PROMPT_COMMAND EDITOR
  VISUAL PAGER MANPAGER LESSOPEN LESSCLOSE LESSKEY LESS JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS PERL5OPT
  PERL5DB PERL5LIB RUBYOPT RUBYLIB PYTHONSTARTUP PYTHONPATH PYTHONHOME PYTHONINSPECT NODE_OPTIONS NODE_PATH
  NODE_REPL_EXTERNAL_MODULE BASH_ENV ENV ZDOTDIR PS1 PS4 IFS LD_PRELOAD LD_AUDIT DYLD_INSERT_LIBRARIES MAKEFLAGS
  MAVEN_OPTS GRADLE_OPTS RUSTC_WRAPPER RUSTC CC CXX LD CARGO_BUILD_RUSTC_WRAPPER CARGO_REGISTRY_CREDENTIAL_PROVIDER
  GOFLAGS GOPROXY npm_config_script_shell npm_config_node_options npm_config__authToken NPM_CONFIG_KEY BROWSER TERMINFO
  OPENSSL_CONF OPENSSL_MODULES GCONV_PATH XDG_CONFIG_HOME HOME PATH DOCKER_HOST KUBECONFIG AWS_CONFIG_FILE
  AWS_SHARED_CREDENTIALS_FILE GOOGLE_APPLICATION_CREDENTIALS HTTPS_PROXY SSL_CERT_FILE AUTHSOME_HOME
  AUTHSOME_PASSPHRASE AUTHSOME_API_KEY DENO_DIR DENO_CERT DENO_AUTH_TOKENS RESTIC_PASSWORD_COMMAND BORG_PASSCOMMAND
  ANSIBLE_VAULT_PASSWORD_FILE RSYNC_RSH CVS_RSH SVN_SSH TAR_OPTIONS WGETRC CURL_HOME INPUTRC SHELLOPTS BASHOPTS
  FPATH TMUX_TMPDIR VIMINIT EXINIT EMACSLOADPATH HISTFILE MAIL SHELL TERM LANG LC_ALL TF_CLI_CONFIG_FILE
  PIP_INDEX_URL UV_INDEX_URL UV_PROJECT HOMEBREW_ARTIFACT_DOMAIN AWS_REGION COMPOSE_FILE DATABASE_URL KEY TOKEN
  GIT_PRIVATE npm_config_private ACME_KEY_PRIVATE_COMMAND
`).trim().split(/\s+/);

const PROVIDERS = ["acme", "git", "java", "prompt", "less", "restic", "aws"];

test("a variable that some program runs, loads or obeys is no credential's name, whatever the provider is called", () => {
  for (const provider of PROVIDERS) {
    const allowed = DANGEROUS.filter((name) =>
      isCredentialVariable(name, provider) ||
      isCredentialVariable(name.toLowerCase(), provider)
    );
    expect([provider, allowed]).toEqual([provider, []]);
  }
});

test("names of credentials are, and every name of the catalogue", () => {
  for (
    const [provider, name] of [
      ["acme", "ACME_API_KEY"],
      ["acme", "acme_api_key"],
      ["acme", "NODE_AUTH_TOKEN"],
      ["acme", "NOTES_SECRET"],
      ["acme", "API_KEY"],
      ["acme", "ACME2_PASSWORD"],
      ["acme", "ACME_CID"],
      ["acme-notes", "ACME_ACCOUNT"],
      ["acme-notes", "ACMENOTES_CLIENT_ID"],
      ["terraform", "TF_TOKEN_app_terraform_io"],
      ["mailjet", "MJ_APIKEY_PRIVATE"],
    ] as const
  ) expect([name, isCredentialVariable(name, provider)]).toEqual([name, true]);
  expect(
    CATALOGUE.flatMap((definition) =>
      variablesOf(definition)
        .filter(([, name]) =>
          !publicVariables(definition).has(name) &&
          !isCredentialVariable(name, definition.name)
        )
        .map(([field, name]) => `${definition.name} ${field} ${name}`)
    ),
  ).toEqual([]);
});

function stranger(name: string, place: string): string {
  return JSON.stringify({
    schema_version: 1,
    name: "acme",
    display_name: "Acme",
    auth_type: place.startsWith("client") ? "oauth2" : "api_key",
    flow: place.startsWith("client") ? "pkce" : "api_key",
    api_url: "api.acme-notes.com",
    ...place === "export" ? { export: { env: { [name]: "api_key" } } } : {},
    ...place === "env_var" ? { api_key: { env_var: ["ACME_KEY", name] } } : {},
    ...place.startsWith("client")
      ? {
        client: place.endsWith(".env")
          ? { fields: { account: { env: name } } }
          : { [place.slice(7)]: name },
        oauth: { issuer: "https://acme-notes.com" },
      }
      : {},
  });
}

const PLACES = [
  "export",
  "env_var",
  "client.client_id_env",
  "client.client_secret_env",
  "client.private_key_env",
  "client.fields.account.env",
];

test("a definition with such a variable is refused, in every field that names one", () => {
  for (const place of PLACES) {
    expect(
      parseDefinition(stranger("ACME_TOKEN", place), { file: "x" }).unusual,
    ).toBe(undefined);
    for (const name of DANGEROUS) {
      expect(() => parseDefinition(stranger(name, place), { file: "x" }))
        .toThrow(/is not named like a credential|is a system variable/);
    }
  }
});

test("register refuses it; with --force it is shown in red first, then works, and is forgotten by remove", () =>
  withHome(async (home) => {
    const files = {
      "acme.json": stranger("GIT_EXTERNAL_DIFF", "export"),
      "plain.json": stranger("ACME_KEY", "export"),
    };
    const call = (line: string, more: object = {}) =>
      runCommand(line.split(" "), { home, files, ...more });
    for (const flags of ["", " --yes"]) {
      const refused = await call(`register acme.json${flags}`);
      expect([refused.code, refused.stderr]).toEqual([
        4,
        expect.stringMatching(
          /^Error: acme\.json: "export\.env\.GIT_EXTERNAL_DIFF" is .*not named like a credential[^]*--force/,
        ),
      ]);
    }
    expect(folder(home)).toEqual([]);

    const asked = await call("register acme.json --force", {
      tty: true,
      stdin: "n\n",
    });
    expect(asked.code).toBe(2);
    expect(asked.stderr).toMatch(
      // deno-lint-ignore no-control-regex
      /\x1b\[31mWarning:\x1b\[0m It uses the variable GIT_EXTERNAL_DIFF, [^\n]* a program may run, load or obey[^]*Install "acme"\?/,
    );
    expect(folder(home)).toEqual([]);
    const plain = await call("register acme.json --force", {
      tty: true,
      stdin: "n\n",
      env: { NO_COLOR: "1" },
    });
    expect(plain.stderr).toContain("Warning: It uses the variable GIT_EXT");
    expect(plain.stderr).not.toContain("\x1b");

    expect((await call("register acme.json --force --yes")).code).toBe(0);
    await withBroker(home, (broker) => connect(broker, "acme", "secret-value"));
    const exported = await call("export acme");
    expect(exported.stdout).toBe("export GIT_EXTERNAL_DIFF='secret-value'\n");

    // Another definition of that name asks for itself.
    expect((await call("register plain.json --force --yes")).code).toBe(0);
    Deno.writeTextFileSync(
      `${home}/providers/acme.json`,
      files["acme.json"],
    );
    expect((await call("export acme")).code).toBe(4);
    expect((await call("register acme.json --force --yes")).code).toBe(0);
    expect((await call("export acme")).code).toBe(0);
    expect((await call("remove acme --yes")).code).toBe(0);
    expect(Deno.readTextFileSync(`${home}/config.json`)).not.toContain(
      "GIT_EXTERNAL_DIFF",
    );
  }));

test("a file that was put into providers/ by hand is held to the same, and says the way out", () =>
  withHome(async (home) => {
    Deno.mkdirSync(`${home}/providers`, { recursive: true, mode: 0o700 });
    const path = `${home}/providers/acme.json`;
    const text = stranger("PROMPT_COMMAND", "export");
    // Whatever the file says of itself.
    const files = {
      [path]: JSON.stringify({
        ...JSON.parse(text),
        allowed_variables: ["PROMPT_COMMAND"],
        unusual: ["PROMPT_COMMAND"],
      }),
    };
    Deno.writeTextFileSync(path, files[path]!);
    await withBroker(home, (broker) => connect(broker, "acme", "secret-value"));
    for (const line of ["export acme", "inspect acme", "login acme"]) {
      const { code, stdout, stderr } = await runCommand(line.split(" "), {
        home,
      });
      expect([line, code, stdout]).toEqual([line, 4, ""]);
      expect(stderr).toContain("PROMPT_COMMAND");
      expect(stderr).toContain(`authsome register --force ${path}\n`);
    }
    const run = await processOf(cliCommand("run", "--", "true"), {
      env: { AUTHSOME_HOME: home },
    }).output();
    expect(new TextDecoder().decode(run.stderr)).toContain(
      `authsome register --force ${path}\n`,
    );
    const all = await runCommand(["export"], { home });
    expect(all.stdout).toBe("");
    const forced = await runCommand(["register", path, "--force", "--yes"], {
      home,
      files,
    });
    expect(forced.code).toBe(0);
    expect((await runCommand(["export", "acme"], { home })).stdout).toBe(
      "export PROMPT_COMMAND='secret-value'\n",
    );
  }));

test("a variable of another provider is shown in red", () =>
  withHome(async (home) => {
    const { stderr } = await runCommand(["register", "acme.json"], {
      home,
      files: { "acme.json": stranger("OPENAI_API_KEY", "env_var") },
      tty: true,
      stdin: "n\n",
    });
    expect(stderr).toMatch(
      // deno-lint-ignore no-control-regex
      /\x1b\[31mWarning:\x1b\[0m It uses OPENAI_API_KEY, a variable of "openai": a login sends its value/,
    );
  }));

function folder(home: string): string[] {
  try {
    return readdirSync(`${home}/providers`);
  } catch {
    return [];
  }
}
