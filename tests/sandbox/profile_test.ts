// The profile of a sandbox, and the environment in it.
import { expect } from "expect";
import { test } from "node:test";
import { sandboxEnvironment } from "../../lib/sandbox/environment.ts";
import {
  absolutePath,
  DEFAULT_PROFILE,
  isWithin,
  mergeProfiles,
} from "../../lib/sandbox/sandbox_profile.ts";
import { parseSandboxProfile } from "../../lib/sandbox/profile_file.ts";

test("an empty profile is the default, a full one is read", () => {
  expect(parseSandboxProfile("{}", "p")).toEqual(DEFAULT_PROFILE);
  expect(parseSandboxProfile(
    '{"allow_write":["a"],"allow_read":["b"],"deny_read":["c"],"allow_env":["D"],"allow_private":["10.1.0.0/16","git.corp.example"],"unix_sockets":true,"network":false}',
    "p",
  )).toEqual({
    allowWrite: ["a"],
    allowRead: ["b"],
    denyRead: ["c"],
    allowEnv: ["D"],
    allowPrivate: ["10.1.0.0/16", "git.corp.example"],
    unixSockets: true,
    network: false,
  });
});

test("a profile with an error is refused whole, and the field is named", () => {
  const cases: [string, string | undefined][] = [
    ['{"deny_raed":[]}', "deny_raed"],
    ['{"allow_write":[1]}', "allow_write.0"],
    ['{"allow_read":[""]}', "allow_read.0"],
    ['{"allow_read":["a\\u0000b"]}', "allow_read.0"],
    ['{"allow_private":["a.example", "10.0.0.0/33"]}', "allow_private"],
    ["[]", undefined],
    ["nonsense", undefined],
  ];
  for (const [text, field] of cases) {
    try {
      parseSandboxProfile(text, "/h/sandbox.json");
      throw new Error(`passed: ${text}`);
    } catch (error) {
      expect(error).toMatchObject({
        code: "Usage",
        subject: { file: "/h/sandbox.json", ...(field ? { field } : {}) },
      });
    }
  }
});

test("both profiles count: allowed by either, denied by either", () => {
  const a = { ...DEFAULT_PROFILE, allowWrite: ["a"], denyRead: ["x"] };
  const b = {
    ...DEFAULT_PROFILE,
    allowWrite: ["b"],
    allowPrivate: ["10.1.0.0/16"],
    unixSockets: true,
    network: false,
  };
  expect(mergeProfiles(a, b)).toEqual({
    ...DEFAULT_PROFILE,
    allowWrite: ["a", "b"],
    denyRead: ["x"],
    allowPrivate: ["10.1.0.0/16"],
    unixSockets: true,
    network: false,
  });
});

test("paths are absolute, of the person or of the working folder", () => {
  const folders = { user: "/home/u", working: "/w" };
  const cases = [
    ["~", "/home/u"],
    ["~/x", "/home/u/x"],
    ["~x", "/w/~x"],
    [".", "/w"],
    ["../y/./z//", "/y/z"],
    ["/a/../../b", "/b"],
  ];
  for (const [path, expected] of cases) {
    expect([path, absolutePath(path!, folders)]).toEqual([path, expected]);
  }
  expect(isWithin("/a/b", "/a")).toBe(true);
  expect(isWithin("/ab", "/a")).toBe(false);
  expect(isWithin("/a", "/")).toBe(true);
});

test("Go is told in the environment which modules are private", () => {
  const own = {
    GOPRIVATE: "github.com/team",
    GONOPROXY: "none",
    GONOSUMDB: "github.com/team",
  };
  expect(sandboxEnvironment(own, [], { general: true, npm: true }))
    .toMatchObject(own);
});

test("the environment: harmless names, authsome's own, placeholders, and what was asked for", () => {
  const env = sandboxEnvironment(
    {
      PATH: "/bin",
      LC_TIME: "C",
      SECRET: "s",
      GH_TOKEN: "authsome-proxy-managed",
      GH_TOKEN__WORK: "authsome-proxy-managed.work",
      HF_TOKEN: "hf_authsome_proxy_managed",
      WANDB_API_KEY: "61757468736f6d65000000000000000000000000",
      DATABASE_URL: "postgres://me:authsome-proxy-managed@db.example.com/x",
      HTTPS_PROXY: "http://p",
      SSL_CERT_FILE: "/ca",
      ASKED: "a",
      TMPDIR: "/elsewhere",
      LD_PRELOAD: "/evil.so",
    },
    ["ASKED"],
  );
  expect(env).toEqual({
    PATH: "/bin",
    LC_TIME: "C",
    GH_TOKEN: "authsome-proxy-managed",
    GH_TOKEN__WORK: "authsome-proxy-managed.work",
    HF_TOKEN: "hf_authsome_proxy_managed",
    WANDB_API_KEY: "61757468736f6d65000000000000000000000000",
    HTTPS_PROXY: "http://p",
    SSL_CERT_FILE: "/ca",
    ASKED: "a",
    TMPDIR: "/tmp",
    XDG_CACHE_HOME: "/tmp/.cache",
    npm_config_cache: "/tmp/.cache/npm",
    AUTHSOME_SANDBOX: "true",
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "branch.autoSetupMerge",
    GIT_CONFIG_VALUE_0: "false",
  });
  // Settings of the person's own stay before it.
  expect(
    sandboxEnvironment({ GIT_CONFIG_COUNT: "2" }, ["GIT_CONFIG_COUNT"], {
      general: true,
      npm: true,
    }),
  ).toMatchObject({ GIT_CONFIG_COUNT: "3", GIT_CONFIG_VALUE_2: "false" });
  const own = { XDG_CACHE_HOME: "/c", npm_config_cache: "/n" };
  const writable = { general: true, npm: true };
  expect(sandboxEnvironment(own, [], writable)).toMatchObject(own);
  expect(Object.keys(sandboxEnvironment({}, [], writable)).sort()).toEqual([
    ...["AUTHSOME_SANDBOX", "GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0"],
    ...["GIT_CONFIG_VALUE_0", "TMPDIR"],
  ]);
});
