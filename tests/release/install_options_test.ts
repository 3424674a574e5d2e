// What install.sh is asked for, and what it downloads. The executable is a stand-in that only says its version.
import { expect } from "expect";
import { after, test } from "node:test";
import { VERSION } from "../../lib/version.ts";
import { installers } from "../../scripts/release/installers.ts";
import type { Release } from "../../scripts/release/release.ts";
import { missing, spawn } from "../support/scenario.ts";

const PATH = Deno.env.get("PATH")!;
const folder = await Deno.makeTempDir({ prefix: "authsome-release-" });
const name = `authsome-${Deno.build.os === "darwin" ? "macos" : "linux"}-${
  Deno.build.arch === "x86_64" ? "x64" : "arm64"
}`;
const windows = Deno.build.os === "windows" ? "no sh" : false;
const xz = windows || await missing("xz");

const checksums = new Map<string, string>();
async function offer(file: string): Promise<void> {
  const bytes = await Deno.readFile(`${folder}/${file}`);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  checksums.set(file, new Uint8Array(digest).toHex());
}
await Deno.writeTextFile(
  `${folder}/${name}`,
  `#!/bin/sh\necho "authsome ${VERSION}"\n`,
);
await offer(name);
if (!xz) {
  await spawn(["xz", "--keep", `${folder}/${name}`], { PATH });
  await offer(`${name}.xz`);
}

let requests: string[] = [];
const server = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen() {} },
  async (request) => {
    const file = new URL(request.url).pathname.slice(1);
    requests.push(file);
    return new Response((await Deno.open(`${folder}/${file}`)).readable);
  },
);
after(async () => {
  await server.shutdown();
  await Deno.remove(folder, { recursive: true });
});
const release: Release = {
  version: VERSION,
  baseUrl: `http://127.0.0.1:${server.addr.port}`,
  homepage: "https://authsome.example",
  checksums,
};

/** Runs install.sh in a home of its own; what is in that afterwards. */
async function install(
  args: string[],
  path = PATH,
  from: Release = release,
) {
  const home = await Deno.makeTempDir({ dir: folder });
  const script = `${home}.sh`;
  await Deno.writeTextFile(
    script,
    (await installers(from)).get("install.sh")!,
  );
  requests = [];
  const env = { PATH: path, HOME: home, TMPDIR: home };
  const ended = await spawn(["/bin/sh", script, ...args], env);
  const made = [...Deno.readDirSync(home)].map(({ name }) => name);
  return { ...ended, home, made };
}

for (const option of ["--help", "-h"]) {
  test(`install.sh ${option} says how it is used, and does nothing`, {
    skip: windows,
  }, async () => {
    const { code, stdout, stderr, made } = await install([option]);
    expect({ code, stderr, made, requests })
      .toEqual({ code: 0, stderr: "", made: [], requests: [] });
    expect(stdout).toMatch(/^Usage: sh install\.sh/);
    expect(stdout).toContain("--prefix <folder>");
    expect(stdout).toContain(release.baseUrl);
  });
}

for (
  const [args, wanted] of [
    [["--root"], "unknown option --root"],
    [["--prefx=/x"], "unknown option --prefx=/x"],
    [["/opt/me"], 'unknown argument "/opt/me"'],
    [[""], 'unknown argument ""'],
    [["--prefix"], "--prefix needs a folder"],
    [["--prefix="], "must be an absolute path"],
    [["--prefix", "relative"], "must be an absolute path"],
  ] as const
) {
  test(`install.sh refuses ${JSON.stringify(args)} with what it takes`, {
    skip: windows,
  }, async () => {
    const { code, stdout, stderr, made } = await install([...args]);
    expect({ code, stdout, made, requests })
      .toEqual({ code: 2, stdout: "", made: [], requests: [] });
    expect(stderr).toContain(wanted);
    expect(stderr).toContain("Usage: sh install.sh");
  });
}

test("install.sh downloads what is compressed, and verifies that", {
  skip: xz,
}, async () => {
  const { code, stdout, stderr, home, made } = await install([]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(requests).toEqual([`${name}.xz`]);
  expect(stdout).toContain(`verified: ${checksums.get(`${name}.xz`)}`);
  expect(made).toEqual([".local"]);
  const said = await spawn([`${home}/.local/bin/authsome`], { PATH });
  expect(said.stdout).toBe(`authsome ${VERSION}\n`);

  const other = new Map([...checksums, [`${name}.xz`, "0".repeat(64)]]);
  const refused = await install([], PATH, { ...release, checksums: other });
  expect([refused.code, refused.made]).toEqual([1, []]);
  expect(refused.stderr).toContain("nothing was installed");
});

test("install.sh without xz downloads the executable as it is", {
  skip: xz || await missing("curl"),
}, async () => {
  const bin = await Deno.makeTempDir({ dir: folder });
  const tools =
    "uname ldd grep sed mktemp rm curl sha256sum shasum mkdir chmod mv";
  for (const tool of tools.split(" ")) {
    const { stdout } = await spawn(["/bin/sh", "-c", `command -v ${tool}`], {
      PATH,
    });
    if (stdout) await Deno.symlink(stdout.trim(), `${bin}/${tool}`);
  }
  const { code, stderr, home } = await install([], bin);
  expect([code, stderr]).toEqual([0, ""]);
  expect(requests).toEqual([name]);
  const said = await spawn([`${home}/.local/bin/authsome`], { PATH });
  expect(said.stdout).toBe(`authsome ${VERSION}\n`);
});
