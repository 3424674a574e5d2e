// What installs a release, against a file server on loopback. The executable is the real one (`build/authsome`) where it
// was built, else a stand-in that only says its version.
import { expect } from "expect";
import { after, test } from "node:test";
import { VERSION } from "../../lib/version.ts";
import { writeDeb } from "../../scripts/release/deb.ts";
import { installers } from "../../scripts/release/installers.ts";
import { EXECUTABLES, type Release } from "../../scripts/release/release.ts";
import { parsePowerShell } from "../support/terminal/powershell.ts";
import { missing, spawn } from "../support/scenario.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const folder = await Deno.makeTempDir({ prefix: "authsome-release-" });
const name = `authsome-${Deno.build.os === "darwin" ? "macos" : "linux"}-${
  Deno.build.arch === "x86_64" ? "x64" : "arm64"
}`;
const STAND_IN = `#!/bin/sh\necho "authsome ${VERSION}"\n`;
const real = await Deno.stat(`${ROOT}build/authsome`).catch(() => undefined);
if (real) await Deno.copyFile(`${ROOT}build/authsome`, `${folder}/${name}`);
else await Deno.writeTextFile(`${folder}/${name}`, STAND_IN);
const sha = new Uint8Array(
  await crypto.subtle.digest(
    "SHA-256",
    await Deno.readFile(`${folder}/${name}`),
  ),
).toHex();

const requests: string[] = [];
const server = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen() {} },
  async (request) => {
    const file = new URL(request.url).pathname.slice(1);
    requests.push(file);
    try {
      return new Response((await Deno.open(`${folder}/${file}`)).readable);
    } catch {
      return new Response("not here", { status: 404 });
    }
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
  checksums: new Map([[name, sha]]),
};
const everywhere: Release = {
  ...release,
  checksums: new Map(EXECUTABLES.map((name, at) => [name, `${at}`.repeat(64)])),
};

const windows = Deno.build.os === "windows" ? "no sh" : false;

/** Runs the install.sh of `release` into a prefix of its own. */
async function install(
  release: Release,
  options: { args?: string[]; env?: Record<string, string> } = {},
) {
  const prefix = await Deno.makeTempDir({ dir: folder });
  const script = `${prefix}/install.sh`;
  await Deno.writeTextFile(
    script,
    (await installers(release)).get("install.sh")!,
  );
  const ended = await spawn(
    ["sh", script, ...options.args ?? ["--prefix", `${prefix}/new`]],
    { PATH: Deno.env.get("PATH")!, HOME: prefix, ...options.env },
  );
  return { ...ended, prefix };
}

const exists = (path: string) => Deno.lstat(path).then(() => true, () => false);

test(
  `install.sh installs ${
    real ? "the executable" : "a stand-in"
  } and says what it did`,
  { skip: windows },
  async () => {
    const { code, stdout, stderr, prefix } = await install(release);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(`Checksum verified: ${sha}`);
    expect(stdout).toContain(
      `Installed authsome ${VERSION} as ${prefix}/new/bin/authsome`,
    );
    expect(stdout).toContain("not in your PATH");
    expect([...Deno.readDirSync(`${prefix}/new/bin`)].map(({ name }) => name))
      .toEqual(["authsome"]);
    const said = await spawn([`${prefix}/new/bin/authsome`, "--version"], {
      PATH: Deno.env.get("PATH")!,
      HOME: prefix,
    });
    expect(said.stdout).toBe(`authsome ${VERSION}\n`);
  },
);

test(
  "install.sh goes to ~/.local unless it is told otherwise, also with wget",
  { skip: windows || await missing("wget") },
  async () => {
    const bin = await Deno.makeTempDir({ dir: folder });
    // A machine without curl.
    for (
      const tool of [
        "sh",
        "uname",
        "ldd",
        "grep",
        "sed",
        "mktemp",
        "rm",
        "wget",
        "sha256sum",
        "mkdir",
        "chmod",
        "mv",
      ]
    ) {
      const found = await spawn(["sh", "-c", `command -v ${tool}`], {
        PATH: Deno.env.get("PATH")!,
      });
      if (found.code === 0) {
        await Deno.symlink(
          found.stdout.trim(),
          `${bin}/${tool}`,
        );
      }
    }
    const { code, stderr, prefix } = await install(release, {
      args: [],
      env: { PATH: bin },
    });
    expect([code, stderr]).toEqual([0, ""]);
    expect(await exists(`${prefix}/.local/bin/authsome`)).toBe(true);
  },
);

test(
  "install.sh installs nothing whose checksum is another",
  { skip: windows },
  async () => {
    const wrong = { ...release, checksums: new Map([[name, "0".repeat(64)]]) };
    const { code, stderr, prefix } = await install(wrong);
    expect(code).toBe(1);
    expect(stderr).toContain(
      `the checksum of ${name} is ${sha}, expected ${
        "0".repeat(64)
      }; nothing was installed`,
    );
    expect(await exists(`${prefix}/new`)).toBe(false);
  },
);

test("install.sh says what it cannot do, and leaves nothing behind", {
  skip: windows,
}, async () => {
  const temporary = await Deno.makeTempDir({ dir: folder });
  const env = { TMPDIR: temporary };
  const gone = { ...release, baseUrl: `${release.baseUrl}/gone` };
  const other = {
    ...release,
    checksums: new Map([["authsome-windows-x64.exe", sha]]),
  };
  expect((await install(gone, { env })).stderr).toContain(
    `cannot download ${gone.baseUrl}/${name}`,
  );
  expect((await install(other, { env })).stderr).toContain(
    `this release has no ${name}`,
  );
  expect(
    (await install(release, { env, args: ["--prefix", "relative"] })).stderr,
  ).toContain("must be an absolute path");
  expect((await install(release, { env, args: ["--root"] })).stderr).toContain(
    "unknown option --root",
  );
  expect([...Deno.readDirSync(temporary)]).toEqual([]);
});

test("nothing that a shell would read gets into a script", async () => {
  await expect(
    installers({ ...release, baseUrl: "https://x.example/'; rm -rf ~" }),
  ).rejects.toThrow("cannot use");
  await expect(installers({ ...release, version: "1.0$(id)" })).rejects.toThrow(
    "cannot use",
  );
});

test("formula, manifest and PowerShell script have every field, and none is left to fill in", async () => {
  const files = await installers(everywhere);
  expect([...files.keys()].sort()).toEqual(
    ["authsome.json", "authsome.rb", "index.json", "install.ps1", "install.sh"],
  );
  for (const [file, text] of files) {
    expect([file, /@[A-Z_]+@/.exec(text)]).toEqual([file, null]);
  }
  const formula = files.get("authsome.rb")!;
  for (
    const [at, platform] of [
      "linux-arm64",
      "linux-x64",
      "macos-arm64",
      "macos-x64",
    ].entries()
  ) {
    expect(formula).toContain(
      `url "${release.baseUrl}/authsome-${platform}"\n      sha256 "${
        `${at}`.repeat(64)
      }"`,
    );
  }
  expect(formula.match(/^ *(?:\S.* do|class .*|def .*)$/gm)?.length).toBe(
    formula.match(/^ *end$/gm)?.length,
  );
  expect(JSON.parse(files.get("authsome.json")!)).toMatchObject({
    version: VERSION,
    license: "MIT",
    bin: "authsome.exe",
    architecture: {
      "64bit": {
        url: `${release.baseUrl}/authsome-windows-x64.exe#/authsome.exe`,
        hash: "4".repeat(64),
      },
    },
  });
  expect(files.get("install.ps1")).toContain(
    `${"4".repeat(64)}  authsome-windows-x64.exe`,
  );
  expect(JSON.parse(files.get("index.json")!).files).toHaveLength(5);
  // A release for some systems has no formula that would fail on the others.
  expect([...(await installers(release)).keys()]).not.toContain("authsome.rb");
});

test("install.ps1 is PowerShell to its grammar", async () => {
  const script = (await installers(everywhere)).get("install.ps1")!;
  expect((await parsePowerShell(script)).type).toBe("program");
});

const pwsh = await missing("pwsh");
test("install.ps1 is PowerShell", {
  skip: pwsh,
}, async () => {
  const script = `${folder}/install.ps1`;
  await Deno.writeTextFile(
    script,
    (await installers(everywhere)).get("install.ps1")!,
  );
  const { stdout } = await spawn([
    "pwsh",
    "-NoProfile",
    "-Command",
    `$e = $null; [void][Management.Automation.Language.Parser]::ParseFile('${script}', [ref]$null, [ref]$e); $e.Count`,
  ], { PATH: Deno.env.get("PATH")!, HOME: folder });
  expect(stdout.trim()).toBe("0");
});

const ruby = await missing("ruby");
test(
  "authsome.rb is Ruby",
  { skip: ruby },
  async () => {
    const formula = `${folder}/authsome.rb`;
    await Deno.writeTextFile(
      formula,
      (await installers(everywhere)).get("authsome.rb")!,
    );
    expect(
      (await spawn(["ruby", "-c", formula], {
        PATH: Deno.env.get("PATH")!,
        HOME: folder,
      })).stdout,
    ).toBe("Syntax OK\n");
  },
);

const dpkg = await missing("dpkg-deb");
test(
  "the .deb installs, works and is removed",
  { skip: dpkg },
  async () => {
    const architecture = Deno.build.arch === "x86_64" ? "amd64" : "arm64";
    const deb = await writeDeb({
      version: VERSION,
      architecture,
      executable: `${folder}/${name}`,
      homepage: release.homepage,
      folder,
    });
    const env = {
      PATH: `${Deno.env.get("PATH")!}:/usr/sbin:/sbin`,
      HOME: folder,
    };
    const fields = await spawn([
      "dpkg-deb",
      "--field",
      deb,
      "Package",
      "Version",
      "Architecture",
    ], env);
    expect(fields.stdout).toBe(
      `Package: authsome\nVersion: ${VERSION}\nArchitecture: ${architecture}\n`,
    );
    const contents = await spawn(["dpkg-deb", "--contents", deb], env);
    expect(contents.stdout).toMatch(
      /^-rwxr-xr-x root\/root .* \.\/usr\/bin\/authsome$/m,
    );
    expect(contents.stdout).toMatch(
      /^-rw-r--r-- root\/root .* \.\/usr\/share\/man\/man1\/authsome\.1\.gz$/m,
    );

    // Another root, so that this machine stays as it is.
    const root = await Deno.makeTempDir({ dir: folder });
    for (const path of ["info", "updates", "triggers"]) {
      await Deno.mkdir(`${root}/var/lib/dpkg/${path}`, { recursive: true });
    }
    await Deno.writeTextFile(`${root}/var/lib/dpkg/status`, "");
    const dpkgIn = (...args: string[]) =>
      spawn(
        ["dpkg", `--root=${root}`, "--force-depends,not-root", ...args],
        env,
      );
    const installed = await dpkgIn("--install", deb);
    expect([installed.code, installed.code === 0 ? "" : installed.stderr])
      .toEqual([0, ""]);
    const said = await spawn([`${root}/usr/bin/authsome`, "--version"], env);
    expect(said.stdout).toBe(`authsome ${VERSION}\n`);
    const files = await dpkgIn("--listfiles", "authsome");
    expect(files.stdout).toContain(
      "/usr/share/bash-completion/completions/authsome",
    );
    expect((await dpkgIn("--purge", "authsome")).code).toBe(0);
    expect(await exists(`${root}/usr/bin/authsome`)).toBe(false);
  },
);

const apt = await missing("apt-get") || dpkg;
test("apt-get would install the .deb", {
  skip: apt,
}, async () => {
  const architecture = (await spawn(["dpkg", "--print-architecture"], {
    PATH: Deno.env.get("PATH")!,
  })).stdout.trim();
  const deb = `${folder}/authsome_${VERSION}_${architecture}.deb`;
  const { code, stdout, stderr } = await spawn(
    ["apt-get", "install", "--simulate", "--no-install-recommends", deb],
    { PATH: Deno.env.get("PATH")!, HOME: folder, LC_ALL: "C" },
  );
  expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^Inst authsome /m);
});
