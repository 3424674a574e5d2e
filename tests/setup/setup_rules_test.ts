import { expect } from "expect";
import { test } from "node:test";
import { hintsFor, withoutPasswords } from "../../scripts/setup/failure.ts";
import { isInstalled, stamp } from "../../scripts/setup/installed.ts";
import { installerEnvironment } from "../../scripts/setup/npm_settings.ts";
import { withHome } from "../support/home.ts";

/** A project that wants `a` 1.0.0, with these files in its node_modules. */
async function withModules(
  files: Record<string, string>,
  body: (root: string) => void,
): Promise<void> {
  await withHome(async (folder) => {
    const root = `${folder}/`;
    await Deno.writeTextFile(`${root}deno.lock`, "lock");
    await Deno.writeTextFile(
      `${root}package.json`,
      '{"dependencies":{"a":"1.0.0"}}',
    );
    for (const [path, text] of Object.entries(files)) {
      const file = `${root}node_modules/${path}`;
      await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), {
        recursive: true,
      });
      await Deno.writeTextFile(file, text);
    }
    body(root);
  });
}

const A = { "a/package.json": '{"version":"1.0.0"}' };
const OLD = { "a/package.json": '{"version":"0.9.0"}' };
const NPM = { ".package-lock.json": "{}" };
const DENO = { ".deno/.setup-cache.bin": "" };
const INNER = ".deno/a@1.0.0/node_modules/a/package.json";
const MARK = ".deno/a@1.0.0/.initialized";

for (
  const [name, files, whole] of [
    ["nothing", {}, false],
    ["only the packages", A, false],
    ["npm's, whole", { ...A, ...NPM }, true],
    ["npm's, of another lock file", { ...OLD, ...NPM }, false],
    ["npm's, without one", NPM, false],
    ["Deno's, whole", { ...A, ...DENO, [INNER]: "", [MARK]: "" }, true],
    ["Deno's, before its last step", { ...A, [INNER]: "", [MARK]: "" }, false],
    ["Deno's, one half made", { ...A, ...DENO, [INNER]: "" }, false],
    ["a stamp of this lock file", { ".authsome-setup": "lock" }, true],
    ["a stamp of another", {
      ...A,
      ...NPM,
      ".authsome-setup": "other",
    }, false],
  ] as const
) {
  test(`isInstalled() ${whole ? "knows" : "refuses"} ${name}`, async () => {
    await withModules(files, (root) => {
      expect(isInstalled(root)).toBe(whole);
    });
  });
}

test("stamp() makes it installed", async () => {
  await withModules(A, (root) => {
    stamp(root);
    expect(isInstalled(root)).toBe(true);
  });
});

test("installerEnvironment() hands on what npm is told, and takes nothing back that the variables say", () => {
  const files: Record<string, string> = { "/npm.pem": "N", "/own.pem": "O" };
  const read = (path: string) => files[path];
  const npm = {
    cafile: "/npm.pem",
    ca: ["C"],
    proxy: "http://p:1",
    "https-proxy": "http://p:2",
    noproxy: ["a", "b"],
    registry: "https://npm.example/",
  };
  expect(installerEnvironment(npm, {}, read)).toEqual({
    env: {
      NO_COLOR: "1",
      DENO_TLS_CA_STORE: "mozilla,system",
      HTTPS_PROXY: "http://p:2",
      HTTP_PROXY: "http://p:2",
      NO_PROXY: "a,b",
      NPM_CONFIG_REGISTRY: "https://npm.example/",
    },
    ca: "N\nC",
    notes: [],
  });
  const own = {
    DENO_CERT: "/own.pem",
    DENO_TLS_CA_STORE: "system",
    https_proxy: "http://q",
    http_proxy: "http://q",
    no_proxy: "c",
    NPM_CONFIG_REGISTRY: "https://r/",
  };
  expect(installerEnvironment(npm, own, read)).toEqual({
    env: { ...own, NO_COLOR: "1" },
    ca: "O\nN\nC",
    notes: [],
  });
});

test("installerEnvironment() leaves everything alone where npm is told nothing", () => {
  const npm = {
    cafile: null,
    ca: null,
    proxy: null,
    "https-proxy": null,
    noproxy: [""],
    registry: "https://registry.npmjs.org/",
  };
  for (const settings of [npm, {}]) {
    expect(installerEnvironment(settings, { DENO_CERT: "/own" }, () => "O"))
      .toEqual({
        env: {
          DENO_CERT: "/own",
          DENO_TLS_CA_STORE: "mozilla,system",
          NO_COLOR: "1",
        },
        ca: "",
        notes: [],
      });
  }
});

test("installerEnvironment() notes files that cannot be read", () => {
  const { env, notes } = installerEnvironment(
    { cafile: "/gone" },
    { SSL_CERT_FILE: "/gone" },
    () => undefined,
  );
  expect(notes).toEqual([
    "npm's cafile names /gone, unreadable",
    "SSL_CERT_FILE names /gone, unreadable",
  ]);
  // Deno would fail for it.
  expect(env.DENO_TLS_CA_STORE).toBe(undefined);
});

test("hintsFor() knows the usual reasons", () => {
  const hint = (said: string, env = {}, verifiesNothing = false) =>
    hintsFor({ said: [said] }, env, verifiesNothing).join("\n");
  for (
    const [said, wanted] of [
      ["invalid peer certificate: UnknownIssuer", "DENO_CERT="],
      ["Failed opening CA file: No such file", "DENO_CERT="],
      ["No space left on device (os error 28)", "disk is full"],
      ["Read-only file system (os error 30)", "yours to write"],
      ["Permission denied (os error 13)", "yours to write"],
      ["failed to look up address: dns error", "HTTPS_PROXY=http://host"],
      ["https://r/ did not answer within 15 s", "HTTPS_PROXY=http://host"],
      ["Bad response: 403", "npm login"],
      ["Tarball checksum did not match", "NPM_CONFIG_REGISTRY"],
      ["something else", "give the same command again"],
    ]
  ) {
    expect([said, hint(said!)]).toEqual([
      said,
      expect.stringContaining(wanted!),
    ]);
  }
  expect(hint("client error (Connect)", { https_proxy: "http://p:9" }))
    .toContain("the proxy is http://p:9");
  expect(hint("certificate", {}, true)).toContain("strict-ssl=false");
});

test("withoutPasswords() keeps the rest of an address", () => {
  expect(withoutPasswords("a http://me:p%40w@h:1/x and https://h/@scope"))
    .toBe("a http://…@h:1/x and https://h/@scope");
});
