// The first command in a fresh clone: where the packages cannot be installed it says why, and nothing half made stays.
import { expect } from "expect";
import { test } from "node:test";
import { DENO } from "../support/program.ts";
import { missing } from "../support/scenario.ts";
import { type Clone, withClone } from "./fresh_clone.ts";

const RAN = "demo ran\n";

function modules({ root }: Clone): string[] {
  try {
    return [...Deno.readDirSync(`${root}node_modules`)].map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}

test("without a network it says why; with one the same command works, and later ones say nothing", async () => {
  await withClone(async (clone) => {
    const failed = await clone.demo({
      HTTPS_PROXY: "http://me:pw@127.0.0.1:9",
    });
    expect([failed.code, failed.stdout]).toEqual([1, ""]);
    expect(failed.stderr).toContain("Connection refused");
    expect(failed.stderr).toContain("the proxy is http://…@127.0.0.1:9");
    expect(modules(clone)).toEqual([]);

    const env = { DENO_CERT: clone.caFile };
    const done = await clone.demo(env);
    expect([done.code, done.stdout]).toEqual([0, RAN]);
    expect(modules(clone)).toContain("tiny");

    const requests = clone.api.requests.length;
    const again = await clone.demo();
    expect([again.code, again.stdout]).toEqual([0, RAN]);
    expect(again.stderr).not.toMatch(/install/i);
    expect(clone.api.requests).toHaveLength(requests);
  });
});

test("a CA that is not known is named as the reason, and how to name it", async () => {
  await withClone(async (clone) => {
    const { code, stderr } = await clone.demo();
    expect(code).toBe(1);
    expect(stderr).toContain("UnknownIssuer");
    for (
      const name of ["DENO_CERT", "SSL_CERT_FILE", "npm config set cafile"]
    ) {
      expect(stderr).toContain(name);
    }
    expect(modules(clone)).toEqual([]);
  });
});

for (const name of ["DENO_CERT", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"]) {
  test(`a CA that ${name} names is trusted`, async () => {
    await withClone(async (clone) => {
      const { code, stderr } = await clone.demo({ [name]: clone.caFile });
      expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
    });
  });
}

const npm = await missing("npm");
test("npm's own settings serve: its CA, its proxy and its registry", {
  skip: npm,
}, async () => {
  await withClone(async (clone) => {
    const { HTTPS_PROXY, HOME } = clone.env;
    await Deno.writeTextFile(
      `${HOME}/.npmrc`,
      `cafile=${clone.caFile}\nhttps-proxy=${HTTPS_PROXY}\n`,
    );
    const done = await clone.demo({ HTTPS_PROXY: "" });
    expect([done.code, done.code === 0 ? "" : done.stderr]).toEqual([0, ""]);
    expect(done.stdout).toBe(RAN);
    expect([...Deno.readDirSync(`${clone.root}build`)].map(({ name }) => name))
      .toEqual(["setup.lock"]);
  });
});

test("what an earlier version left half made, without a stamp, is replaced", async () => {
  await withClone(async (clone) => {
    const half = `${clone.root}node_modules/.deno/tiny@1.0.0/node_modules`;
    await Deno.mkdir(half, { recursive: true });
    const { code, stdout, stderr } = await clone.demo({
      DENO_CERT: clone.caFile,
    });
    expect([code, code === 0 ? "" : stderr, stdout]).toEqual([0, "", RAN]);
    expect(modules(clone)).toContain("tiny");
    expect(
      await Deno.readTextFile(`${clone.root}node_modules/tiny/package.json`),
    )
      .toContain("tiny");
  });
});

test("a lock file that has changed is installed, also by a Deno that is one of the packages", async () => {
  await withClone(async (clone) => {
    const folder = `${clone.root}node_modules/deno`;
    await Deno.mkdir(folder, { recursive: true });
    await Deno.copyFile(DENO, `${folder}/deno`);
    await Deno.writeTextFile(
      `${clone.root}node_modules/.authsome-setup`,
      "another lock file",
    );
    const child = new Deno.Command(`${folder}/deno`, {
      args: ["task", "demo"],
      cwd: clone.root,
      clearEnv: true,
      env: {
        ...clone.env,
        PATH: `${folder}:${clone.env.PATH}`,
        DENO_CERT: clone.caFile,
      },
    });
    const { code, stderr } = await child.output();
    expect([code, code === 0 ? "" : new TextDecoder().decode(stderr)])
      .toEqual([0, ""]);
    expect(modules(clone)).toContain("tiny");
    expect(modules(clone)).not.toContain("deno");
  });
});

test("a folder that cannot be written is named", async () => {
  await withClone(async (clone) => {
    await Deno.writeTextFile(`${clone.root}build`, "a file in its place");
    const { code, stderr } = await clone.demo();
    expect(code).toBe(1);
    expect(stderr).toContain(`${clone.root}build`);
    expect(stderr).toContain("Hint: ");
  });
});

for (const [signal, wanted] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  test(`${signal} in the middle leaves nothing half made`, {
    skip: Deno.build.os === "windows" && "it has no such signals",
  }, async () => {
    await withClone(async (clone) => {
      const asked = Promise.withResolvers<void>();
      const open = Promise.withResolvers<void>();
      clone.registry.before = () => {
        asked.resolve();
        return open.promise;
      };
      const child = new Deno.Command(DENO, {
        args: [
          ...["run", "--no-config", "--allow-all"],
          `${clone.root}scripts/setup.ts`,
        ],
        cwd: clone.root,
        clearEnv: true,
        env: { ...clone.env, DENO_CERT: clone.caFile },
        stderr: "piped",
      }).spawn();
      await asked.promise;
      // A part is there already.
      await Deno.mkdir(`${clone.root}node_modules/half`, { recursive: true });
      child.kill(signal);
      const { code, stderr } = await child.output();
      open.resolve();
      expect(code).toBe(wanted);
      expect(new TextDecoder().decode(stderr)).toContain("Interrupted");
      expect(modules(clone)).toEqual([]);
      const { stdout } = await clone.demo({ DENO_CERT: clone.caFile });
      expect(stdout).toBe(RAN);
    });
  });
}
