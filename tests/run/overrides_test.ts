// A person's own settings that lead past the run's proxy, or to other roots: real programs come to the API all the same.
import { expect } from "expect";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { overrides } from "../../lib/run/overrides/overrides.ts";
import {
  gitParameters,
  gitVariables,
} from "../../lib/run/overrides/git_variables.ts";
import { personSettings } from "../../lib/run/overrides/person_settings.ts";
import { childEnvironment } from "../../lib/run/child_env.ts";
import { packageIndex } from "../support/servers/package_index.ts";
import { sandboxTest } from "../support/sandbox/sandbox.ts";
import { missing, type Scenario, withScenario } from "../support/scenario.ts";

const KEY = `sk-${"o1".repeat(20)}`;
const GITHUB_KEY = `ghp_${"g2".repeat(20)}`;
const KEYS = { openai: KEY, "github-pat": GITHUB_KEY };
const HOSTS = [
  "api.openai.com",
  "github.com",
  "registry.npmjs.org",
  "pypi.org",
  "crates.io",
  "index.crates.io",
  "rubygems.org",
  "cloudresourcemanager.googleapis.com",
];
const PYTHON = "/usr/bin/python3";
const MODELS = "https://api.openai.com/v1/models";
const REPOSITORY = "https://github.com/team/project.git";
const HEAD = "1".repeat(40);
/** Nothing listens there. */
const DEAD = "http://127.0.0.1:9";

const NO_GEMS = gzipSync(new Uint8Array([4, 8, 0x5b, 0]));

let packages: Awaited<ReturnType<typeof packageIndex>> = {};

function internet(request: Request): Response {
  const { host, pathname } = new URL(request.url);
  const { headers } = request;
  switch (host) {
    case "api.openai.com":
      return headers.get("authorization") === `Bearer ${KEY}`
        ? new Response(headers.get("user-agent"))
        : new Response("who are you?", { status: 401 });
    case "github.com":
      // The file is asked for without a credential.
      if (pathname.endsWith("/HEAD")) {
        return new Response("ref: refs/heads/main\n");
      }
      return headers.get("authorization")?.startsWith("Basic ")
        ? new Response(`${HEAD}\trefs/heads/main\n`)
        : new Response("who are you?", { status: 401 });
    case "cloudresourcemanager.googleapis.com":
      return Response.json({ projects: [{ projectId: "known" }] });
    case "rubygems.org":
      // An array of nothing in the format of Ruby's Marshal, by gzip.
      return new Response(NO_GEMS);
    case "index.crates.io":
      return Response.json({
        dl: "https://crates.io",
        api: "https://crates.io",
      });
    case "crates.io":
      return Response.json({
        crates: [{ name: "tiny", max_version: "1.0.0", description: "x" }],
        meta: { total: 1 },
      });
  }
  const file = packages[decodeURIComponent(pathname)];
  return file === undefined
    ? new Response("none", { status: 404 })
    : new Response(file, {
      headers: typeof file === "string"
        ? {
          "content-type": host === "pypi.org"
            ? "text/html"
            : "application/json",
        }
        : {},
    });
}

/** A program, its settings below the person's folder, and what shows that the others of its settings count. */
interface Tried {
  needs: string | false;
  files: Record<string, string>;
  command: string;
  prints: string;
  /** Variables that a run sets for it: without them it goes elsewhere. */
  by: string[];
  env?: Record<string, string>;
}

const git =
  `git ls-remote --heads ${REPOSITORY} | cut -f2 && git config user.name`;
const gitTried = {
  needs: await missing("git"),
  command: git,
  prints: "refs/heads/main\nme\n",
  by: ["GIT_CONFIG_COUNT"],
};
const own = (name: string) => Deno.env.get(name);

const PROGRAMS: Record<string, Tried> = {
  "git, of its file": {
    ...gitTried,
    files: {
      ".gitconfig": `[user]\nname = me\n[http]\nproxy = ${DEAD}\n`,
    },
  },
  "git, for a URL in a file that its file includes": {
    ...gitTried,
    files: {
      ".gitconfig": "[user]\nname = me\n[include]\npath = more.config\n",
      "more.config": `[http "https://github.com/team/"]\nproxy = ${DEAD}\n` +
        `sslCAInfo = /none.pem\n`,
    },
  },
  "git, in its folder of settings": {
    ...gitTried,
    files: {
      ".config/git/config":
        `[user]\nname = me\n[http "https://github.com"]\nproxy = ${DEAD}\n`,
    },
  },
  "git, for the remote of the repository": {
    ...gitTried,
    files: {
      ".gitconfig": "[user]\nname = me\n",
      "work/.git/HEAD": "ref: refs/heads/main\n",
      "work/.git/objects/x": "",
      "work/.git/refs/x": "",
      "work/.git/config":
        `[remote "origin"]\nurl = ${REPOSITORY}\nproxy = ${DEAD}\n`,
    },
    command: "git ls-remote --heads origin | cut -f2 && git config user.name",
  },
  "git, by the variables of the shell": {
    ...gitTried,
    files: {},
    env: {
      GIT_CONFIG_COUNT: "2",
      GIT_CONFIG_KEY_0: "user.name",
      GIT_CONFIG_VALUE_0: "me",
      GIT_CONFIG_KEY_1: "http.https://github.com/.proxy",
      GIT_CONFIG_VALUE_1: DEAD,
      GIT_CONFIG_PARAMETERS: `'http.proxy'='${DEAD}' 'alias.x'='status'`,
    },
    by: [],
  },
  curl: {
    needs: await missing("curl"),
    files: {
      ".curlrc":
        `user-agent = "mine"\nproxy = ${DEAD}\nproxy-user = a:b\nnoproxy = "*"\ncacert = /none.pem\n`,
    },
    command: `curl -sS --fail ${MODELS}`,
    prints: "mine",
    by: ["CURL_HOME"],
  },
  "curl, with options as on a command line": {
    needs: await missing("curl"),
    files: { ".curlrc": `-A mine\n-x ${DEAD}\n` },
    command: `curl -sS --fail ${MODELS}`,
    prints: "mine",
    by: ["CURL_HOME"],
  },
  wget: {
    needs: await missing("wget"),
    files: {
      ".wgetrc":
        `user_agent = mine\nhttps_proxy = ${DEAD}\nca_certificate = /none.pem\n`,
    },
    command: `wget -q -t 1 -O - ${MODELS}`,
    prints: "mine",
    by: ["WGETRC"],
  },
  "wget, without a proxy": {
    needs: await missing("wget"),
    files: { ".wgetrc": "User-Agent = mine\nUse-Proxy = off\n" },
    command: `wget -q -t 1 -O - ${MODELS}`,
    prints: "mine",
    by: ["WGETRC"],
  },
  npm: {
    needs: await missing("npm"),
    files: {
      ".npmrc": `https-proxy=${DEAD}\nproxy=${DEAD}\ncafile=/none.pem\n` +
        "fetch-retries=0\n@mine:registry=https://registry.npmjs.org/\n",
      "work/.npmrc": `noproxy=registry.npmjs.org\n`,
      "work/package.json": "{}",
    },
    command: "npm view --no-update-notifier tiny version && " +
      "npm config get @mine:registry",
    prints: "1.0.0\nhttps://registry.npmjs.org/\n",
    by: ["npm_config_proxy", "npm_config_https_proxy", "npm_config_noproxy"],
  },
  pnpm: {
    needs: await missing("pnpm"),
    files: {
      "work/pnpm-workspace.yaml":
        `httpsProxy: ${DEAD}\nhttpProxy: ${DEAD}\nnoProxy: registry.npmjs.org\nfetchRetries: 0\n`,
      "work/package.json": "{}",
    },
    command: "pnpm view tiny version",
    prints: "1.0.0\n",
    // Without the others it would ask the registry itself.
    by: ["pnpm_config_https_proxy", "npm_config_https_proxy"],
  },
  pip: {
    needs: await missing(PYTHON, "-m", "pip", "--version"),
    files: {
      ".config/pip/pip.conf":
        `[global]\nproxy = ${DEAD}\ncert = /none.pem\nretries = 0\n`,
    },
    command:
      `${PYTHON} -m pip download -q --disable-pip-version-check --no-deps -d got tiny && ls got && ${PYTHON} -m pip config get global.retries`,
    prints: "tiny-1.0.0-py3-none-any.whl\n0\n",
    by: ["PIP_PROXY"],
  },
  gem: {
    needs: await missing("gem"),
    files: {
      ".gemrc":
        `:http_proxy: ${DEAD}\n:ssl_ca_cert: /none.pem\n:update_sources: false\n`,
    },
    command:
      `gem search --remote --exact tiny >/dev/null && gem environment | grep -o ':update_sources.*'`,
    prints: ":update_sources => false\n",
    by: ["GEMRC"],
  },
  gcloud: {
    needs: await missing("gcloud"),
    files: {
      ".config/gcloud/configurations/config_default":
        "[core]\nproject = mine\n[proxy]\ntype = http\naddress = 127.0.0.1\nport = 9\n",
      ".config/gcloud/active_config": "default",
      "work/token": "ya29.none",
    },
    command:
      "gcloud projects list --access-token-file=token --format='value(projectId)' && gcloud config get project",
    prints: "known\nmine\n",
    // Without them it would try again for a minute.
    by: [],
  },
  cargo: {
    needs: await missing("cargo"),
    files: {
      ".cargo/config.toml":
        `[http]\nproxy = "${DEAD}"\ncainfo = "/none.pem"\n[net]\nretry = 0\n[alias]\nlook-for = "search"\n`,
    },
    command: "cargo look-for tiny",
    prints: 'tiny = "1.0.0"    # x\n',
    by: ["CARGO_HTTP_PROXY"],
    env: {
      RUSTUP_HOME: own("RUSTUP_HOME") ?? `${own("HOME")}/.rustup`,
    },
  },
};

function writeFiles(folder: string, files: Readonly<Record<string, string>>) {
  for (const [name, text] of Object.entries(files)) {
    const path = `${folder}/${name}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.writeTextFileSync(path, text);
  }
}

async function inScenario(body: (scenario: Scenario) => Promise<void>) {
  await withScenario(KEYS, HOSTS, internet, async (scenario) => {
    Deno.mkdirSync(`${scenario.folder}/work`);
    packages = await packageIndex(scenario.folder);
    await body(scenario);
  });
}

for (const [name, tried] of Object.entries(PROGRAMS)) {
  const { needs, files, command, prints, by, env = {} } = tried;
  test(
    `another proxy and other roots in a person's settings: ${name}`,
    { skip: needs || await missing(PYTHON) || await missing("tar") },
    () =>
      inScenario(async ({ folder, client, api }) => {
        writeFiles(folder, files);
        const before = readAll(folder, files);
        const options = { cwd: `${folder}/work`, env };
        const { code, stdout, stderr } = await client(
          ["sh", "-c", command],
          options,
        );
        expect([code, stdout, stdout === prints ? "" : stderr])
          .toEqual([0, prints, ""]);
        expect(api.requests.length).toBeGreaterThan(0);
        expect(readAll(folder, files)).toEqual(before);
        if (by.length === 0) return;
        const count = api.requests.length;
        const unset = by.flatMap((variable) => ["-u", variable]);
        const without = await client(
          ["env", ...unset, "sh", "-c", command],
          // The helper for Node leads npm to the proxy as well.
          { ...options, options: ["--no-shims"] },
        );
        expect(without.stdout).not.toBe(prints);
        expect(api.requests.length).toBe(count);
      }),
  );
}

function readAll(folder: string, files: Readonly<Record<string, string>>) {
  return Object.keys(files).map((name) =>
    Deno.readTextFileSync(`${folder}/${name}`)
  );
}

test(
  "what the command writes on its own command line is its own will",
  {
    skip: await missing("git") || await missing("curl") || await missing("tar"),
  },
  () =>
    inScenario(async ({ client, api }) => {
      const own = await client([
        ...["sh", "-c"],
        `git -c http.proxy=${DEAD} ls-remote ${REPOSITORY}; curl -sS -x ${DEAD} ${MODELS}`,
      ]);
      expect(own.code).not.toBe(0);
      expect(api.requests).toEqual([]);
    }),
);

test("pnpm's own names of the settings are given, and named to the person", () => {
  const { env } = overrides({}, [], PLACES);
  expect(
    Object.fromEntries(
      Object.entries(env).filter(([name]) => name.startsWith("pnpm_")),
    ),
  ).toEqual({
    pnpm_config_proxy: PROXY,
    pnpm_config_http_proxy: PROXY,
    pnpm_config_https_proxy: PROXY,
    pnpm_config_noproxy: "localhost",
    pnpm_config_no_proxy: "localhost",
  });
  const files: Record<string, string> = {
    "/work/pnpm-workspace.yaml":
      "packages:\n  - a\nhttpsProxy: x\nhttpProxy: x\nnoProxy: a\n",
    "/me/.config/pnpm/rc": "https-proxy=x\nnoproxy=a\n",
  };
  expect(
    personSettings({ HOME: "/me" }, {
      working: "/work",
      read: (path) => files[path],
    }, true),
  ).toEqual([
    {
      program: "pnpm",
      path: "/me/.config/pnpm/rc",
      keys: ["https-proxy", "noproxy"],
    },
    {
      program: "pnpm",
      path: "/work/pnpm-workspace.yaml",
      keys: ["httpsProxy", "httpProxy", "noProxy"],
    },
  ]);
});

const { curl, wget } = PROGRAMS;
sandboxTest(
  "another proxy and other roots in a person's settings: git, curl and wget in the sandbox",
  KEYS,
  HOSTS,
  internet,
  async (sandbox) => {
    writeFiles(sandbox.folder, {
      ...curl!.files,
      ...wget!.files,
      ".gitconfig":
        `[user]\nname = me\n[http "https://github.com/"]\nproxy = ${DEAD}\n`,
    });
    const { code, stdout, stderr } = await sandbox.sh(
      `${git} && ${curl!.command} && ${wget!.command}`,
      {
        env: {
          GIT_CONFIG_COUNT: "1",
          GIT_CONFIG_KEY_0: "x.secret",
          GIT_CONFIG_VALUE_0: "canary",
        },
      },
    );
    const prints = "refs/heads/main\nme\nminemine";
    expect([code, stdout, stdout === prints ? "" : stderr])
      .toEqual([0, prints, ""]);
    const env = await sandbox.sh("env; git config --list", {
      env: {
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: "x.secret",
        GIT_CONFIG_VALUE_0: "canary",
      },
    });
    expect(env.stdout).toContain("branch.autosetupmerge=false");
    expect(env.stdout).not.toContain("canary");
  },
  curl!.needs || wget!.needs || gitTried.needs,
);

test("--dry-run and explain name what is overridden, and no value of it", {
  skip: await missing("tar") || await missing(PYTHON),
}, () =>
  inScenario(async ({ folder, authsome, client }) => {
    writeFiles(folder, {
      ".gitconfig":
        `[http]\nproxy = http://me:canary@127.0.0.1:9\n[user]\nname = me\n`,
      ".curlrc": "proxy = http://canary\ncacert = x\n",
      "work/.npmrc": "https-proxy=http://canary\n",
      ".cargo/config.toml": '[http]\nproxy = "canary"\n',
    });
    const cwd = `${folder}/work`;
    const { stdout } = await authsome(["run", "--dry-run", "true"], { cwd });
    const json = await authsome(["run", "--dry-run", "--json", "true"], {
      cwd,
    });
    const found = JSON.parse(json.stdout).overridden;
    expect(found).toEqual([
      { program: "git", path: `${folder}/.gitconfig`, keys: ["http.proxy"] },
      {
        program: "curl",
        path: `${folder}/.curlrc`,
        keys: ["proxy", "cacert"],
      },
      { program: "npm", path: `${cwd}/.npmrc`, keys: ["https-proxy"] },
      {
        program: "cargo",
        path: `${folder}/.cargo/config.toml`,
        keys: ["proxy"],
      },
    ]);
    expect(stdout).toContain(`overridden   http.proxy in ${folder}/.gitconfig`);
    expect(stdout + json.stdout).not.toContain("canary");

    const lines = linesOf(stdout);
    expect(lines.length).toBe(4);
    const request = `import urllib.request as r; r.urlopen("${MODELS}").read()`;
    // What is explained, after which command in a run.
    for (
      const [what, after] of [
        [MODELS],
        ["https://example.com/"],
        ["--last", ["true"]],
        ["--last", [PYTHON, "-c", request]],
      ] as [string, string[]?][]
    ) {
      if (after) expect((await client(after, { cwd })).code).toBe(0);
      const text = await authsome(["explain", what], { cwd });
      const told = await authsome(["explain", what, "--json"], { cwd });
      expect(linesOf(text.stdout)).toEqual(lines);
      expect(JSON.parse(told.stdout).overridden).toEqual(found);
      expect(text.stdout + told.stdout).not.toContain("canary");
    }
  }));

/** The lines about what is overridden, without the blanks between their words. */
function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line.startsWith("overridden"))
    .map((line) => line.split(/ +/).join(" "));
}

test("variables of the shell that lead elsewhere are removed, in any spelling; others of the same programs stay", () => {
  const gone = Object.fromEntries(
    [
      ...["GRPC_PROXY", "all_proxy", "All_Proxy"],
      ...["ws_proxy", "wss_proxy", "socks_proxy", "SOCKS5_PROXY", "ftp_proxy"],
      ...["npm_config_proxy", "NPM_CONFIG_HTTPS_PROXY", "npm_config_noproxy"],
      ...["pnpm_config_https_proxy", "YARN_HTTPS_PROXY", "yarn_proxy"],
      ...["PIP_PROXY", "CARGO_HTTP_PROXY", "UV_HTTPS_PROXY", "CGI_HTTP_PROXY"],
      ...["GLOBAL_AGENT_NO_PROXY", "CLOUDSDK_PROXY_ADDRESS", "HEX_HTTP_PROXY"],
      ...[
        "GIT_PROXY_COMMAND",
        "BUNDLE_HTTP_PROXY",
        "http_proxy",
        "Https_Proxy",
      ],
    ].map((name) => [name, "elsewhere"]),
  );
  const kept = {
    GOPROXY: "https://goproxy.example",
    GONOPROXY: "x",
    NPM_CONFIG_REGISTRY: "https://r.example",
    PIP_INDEX_URL: "https://i.example",
    MY_PROXY_PORT: "1",
    MAVEN_OPTS: "-Xmx1g",
  };
  const { env } = childEnvironment({
    ...gone,
    ...kept,
    GRADLE_OPTS:
      '-Dhttps.proxyHost=elsewhere -Xmx2g -Dhttp.nonProxyHosts="a|elsewhere" -DsocksProxyHost=elsewhere -Dmine=1',
    GIT_CONFIG_PARAMETERS:
      `'http.proxy'='elsewhere' 'alias.x'='it'\\''s' 'remote.o.proxy=elsewhere' 'user.name=me'`,
  }, {
    ...{ proxyUrl: "http://u:p@127.0.0.1:1", caBundlePath: "/ca" },
    ...{ wgetrcPath: "/w", placeholders: new Map(), secrets: [], hosts: [] },
  });
  expect(JSON.stringify(env)).not.toContain("elsewhere");
  expect(env).toMatchObject({
    ...kept,
    GRADLE_OPTS: "-Xmx2g -Dmine=1",
    GIT_CONFIG_PARAMETERS: `'alias.x'='it'\\''s' 'user.name=me'`,
  });
});

const PROXY = "http://u:p@127.0.0.1:1";
const PLACES = {
  ...{ proxyUrl: PROXY, caBundlePath: "/run/ca.pem", folder: "/run" },
  noProxy: "localhost",
};

test("git's variables: ours come first, the person's others stay, and a count that is none is left to git", () => {
  const env = {
    GIT_CONFIG_COUNT: "2",
    GIT_CONFIG_KEY_0: "HTTP.Proxy",
    GIT_CONFIG_VALUE_0: "x",
    GIT_CONFIG_KEY_1: "user.name",
    GIT_CONFIG_VALUE_1: "me",
  };
  expect(gitVariables(env, ["remote.origin.proxy"], PROXY)).toEqual({
    env: {
      GIT_CONFIG_COUNT: "3",
      GIT_CONFIG_KEY_0: "http.proxy",
      GIT_CONFIG_VALUE_0: PROXY,
      GIT_CONFIG_KEY_1: "remote.origin.proxy",
      GIT_CONFIG_VALUE_1: PROXY,
      GIT_CONFIG_KEY_2: "user.name",
      GIT_CONFIG_VALUE_2: "me",
    },
    shared: ["GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_2", "GIT_CONFIG_VALUE_2"],
  });
  expect(gitVariables({ GIT_CONFIG_COUNT: "x" }, [], PROXY).env).toEqual({});
  expect(gitParameters("")).toBe("");
});

test("gcloud, conda, gem and Maven are told what counts more than their files", () => {
  const files: Record<string, string> = {
    "/home/me/.config/gcloud/configurations/config_default":
      "[core]\nproject = p\n[proxy]\naddress = x\n",
    "/home/me/.condarc": "channels: [a]\nproxy_servers:\n  https: http://x\n",
    "/home/me/.gemrc": ":sources: [a]\n:http_proxy: http://x\n",
    "/mine": ":http_proxy: http://x\n",
    "/home/me/.curlrc": "# proxy = none\nuser-agent = mine\n",
  };
  const env = { HOME: "/home/me", GEMRC: "/mine" };
  const read = (path: string) => files[path];
  const settings = personSettings(env, { working: "/work", read });
  expect(settings.map(({ program }) => program)).toEqual([
    ...["conda", "gem", "gcloud"],
  ]);
  const made = overrides(env, settings, PLACES, read);
  expect(made.env).toMatchObject({
    CONDARC: "/run/condarc.yml",
    GEMRC: "/mine:/run/gemrc",
    CLOUDSDK_PROXY_TYPE: "http",
    CLOUDSDK_PROXY_ADDRESS: "127.0.0.1",
    CLOUDSDK_PROXY_PORT: "1",
    CLOUDSDK_PROXY_USERNAME: "u",
    CLOUDSDK_PROXY_PASSWORD: "p",
  });
  expect(made.files).toEqual({
    "condarc.yml": `proxy_servers:\n  http: "${PROXY}"\n  https: "${PROXY}"\n`,
    gemrc: `:http_proxy: "${PROXY}"\n:ssl_ca_cert: "/run/ca.pem"\n`,
  });
  // Of its usual files it reads the first alone, and none of them where the variable is set.
  const gemOf = (env: Record<string, string>) => {
    const found = personSettings(env, { working: "/work", read });
    return overrides(env, found, PLACES, read).env.GEMRC;
  };
  expect(gemOf({ HOME: "/home/me" })).toBe("/home/me/.gemrc:/run/gemrc");
  expect(gemOf({ HOME: "/home/me", GEMRC: "/none" })).toBeUndefined();
  const maven = {
    "/home/me/.m2/settings.xml":
      "<settings><proxies>\n<proxy><host>x</host></proxy>\n</proxies><servers/></settings>",
  } as Record<string, string>;
  const found = personSettings(env, {
    working: "/work",
    read: (path) => maven[path],
  });
  expect(overrides({ MAVEN_ARGS: "-B" }, found, PLACES, (path) => maven[path]))
    .toMatchObject({
      env: { MAVEN_ARGS: "-B -s /run/settings.xml" },
      files: { "settings.xml": "<settings><servers/></settings>" },
    });
  // The sandbox does not show the person's, nor a copy of it.
  expect(
    overrides({}, found, { ...PLACES, sandboxed: true }, (path) => maven[path])
      .files,
  ).toEqual({});
  // And where nothing leads elsewhere, none of this.
  const none = overrides({}, [], PLACES);
  expect(none.files).toEqual({});
  for (const name of ["CURL_HOME", "WGETRC", "PIP_PROXY", "GEMRC"]) {
    expect(none.env).not.toHaveProperty(name);
  }
});
