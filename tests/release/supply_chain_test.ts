// M: what a release is built from is pinned, whole and runs nothing by itself, and what comes of it can be checked.
import { expect } from "expect";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const ROOT = new URL("../../", import.meta.url).pathname;
const read = (path: string) => readFileSync(`${ROOT}${path}`, "utf8");
const json = (path: string) => JSON.parse(read(path));

test("what is made of the bundle has no path of the build in it, and no code cache of chance", () => {
  const script = read("scripts/build/sea.ts");
  expect(script).toContain("main: MAIN");
  expect(script).toMatch(/const MAIN = "[\w.]+";/);
  expect(script).toContain('"--random-seed=1", "--build-sea"');
});

test("every package of both locks has an integrity, and comes from the registry under its own name", () => {
  const { packages } = json("package-lock.json") as {
    packages: Record<string, Record<string, string>>;
  };
  const places = Object.entries(packages).filter(([place]) => place !== "");
  expect(places.length).toBeGreaterThan(100);
  for (const [place, { integrity, resolved, link }] of places) {
    expect([place, integrity, resolved, link]).toEqual([
      place,
      expect.stringMatching(/^sha512-[\w+/]{86}==$/),
      // Else it names a server, a folder or a repository.
      undefined,
      undefined,
    ]);
  }
  const { version, npm, ...others } = json("deno.lock");
  expect([version, Object.keys(others).sort()]).toEqual([
    "5",
    ["specifiers", "workspace"],
  ]);
  for (
    const [name, { integrity, tarball }] of Object.entries<
      Record<string, string>
    >(npm)
  ) {
    expect([name, integrity, tarball]).toEqual([
      name,
      expect.stringMatching(/^sha512-[\w+/]{86}==$/),
      undefined,
    ]);
  }
});

test("every dependency is pinned to one version, the same in the import map and for npm", () => {
  const { dependencies, devDependencies } = json("package.json");
  const wanted: Record<string, string> = {
    ...dependencies,
    ...devDependencies,
  };
  for (const version of Object.values(wanted)) {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  }
  const { imports } = json("deno.json") as { imports: Record<string, string> };
  const mapped = Object.values(imports).flatMap((specifier) =>
    /^(\w+):((?:@[^/]+\/)?[^@/]+)@([^/]+)/.exec(specifier)?.slice(1) ?? []
  );
  for (let at = 0; at < mapped.length; at += 3) {
    const [registry, name, version] = mapped.slice(at, at + 3);
    expect([registry, name, version]).toEqual(["npm", name, wanted[name!]]);
  }
  // Each one has its reason.
  const reasons = read("docs/decisions/dependencies.md");
  for (const name of Object.keys(dependencies)) {
    expect([name, reasons.includes(`\`${name}\``)]).toEqual([name, true]);
  }
});

/** What a credential passes through without leaving this process; the rest is for people, files and servers of others. */
const CREDENTIAL_PATH = {
  vault: [],
  oauth: ["oauth4webapi"],
  request: ["aws4fetch"],
  connection: [],
  proxy: [],
  wire: [],
  // What sends the log on, which has no secret.
  audit: ["@opentelemetry/otlp-transformer"],
  ssh: ["bcrypt-pbkdf"],
  mint: ["aws4fetch", "oauth4webapi", "tldts"],
};

test("the path of a credential has the packages that are listed here and no other", () => {
  const imported = (folder: string): string[] =>
    [...Deno.readDirSync(`${ROOT}lib/${folder}`)].flatMap((entry) =>
      entry.isDirectory ? imported(`${folder}/${entry.name}`) : [
        ...read(`lib/${folder}/${entry.name}`).matchAll(
          /(?:from|import\()\s*"([^."][^"]*)"/g,
        ),
      ].map(([, name]) => name!)
    ).filter((name) => !name.startsWith("node:"));
  for (const [room, packages] of Object.entries(CREDENTIAL_PATH)) {
    expect([room, [...new Set(imported(room))].sort()]).toEqual([
      room,
      packages,
    ]);
  }
});

test("an install runs no script of a package, and is frozen", () => {
  expect(read(".npmrc")).toMatch(/^ignore-scripts=true$/m);
  expect(read("scripts/setup/installer.ts")).toContain(
    'args: ["install", "--frozen"]',
  );
  expect(json("deno.json").allowScripts).toBe(undefined);
  expect(json("deno.json").lock).toBe(undefined);
  const tasks = json("deno.json").tasks as Record<
    string,
    string | { command: string }
  >;
  for (const name of ["ok", "test", "build:npm", "build:deno", "sea"]) {
    const task = tasks[name]!;
    expect([name, typeof task === "string" ? task : task.command]).toEqual([
      name,
      expect.stringContaining("--frozen"),
    ]);
  }
});

test("a release has checksums, a bill of materials and an attestation of where it was built", () => {
  const release = read(".github/workflows/release.yml");
  expect(release).toMatch(
    /cp build\/authsome-\*-\* build\/SHA256SUMS build\/authsome\.cdx\.json .*release\//,
  );
  expect(release).toMatch(
    /actions\/attest-build-provenance@[0-9a-f]{40} .*\n\s+with:\n\s+subject-path: release\/\*\n/,
  );
  expect(release).toMatch(/id-token: write\n\s+attestations: write\n/);
  expect(release).toContain("npm publish ./dist --provenance");
  // No secret that could be stolen publishes anything.
  expect(release).not.toMatch(/secrets\.|NODE_AUTH_TOKEN|NPM_TOKEN/);
});
