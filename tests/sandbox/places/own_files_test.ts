// authsome itself is not written by the commands that it runs. Real bubblewrap.
import { expect } from "expect";
import { DENO_ONLY, moduleCommand } from "../../support/program.ts";
import {
  ROOT,
  type Sandbox,
  sandboxTest,
} from "../../support/sandbox/sandbox.ts";
import { spawn } from "../../support/scenario.ts";

function attack(name: string, body: (sandbox: Sandbox) => Promise<void>) {
  const handler = () => new Response("ok");
  sandboxTest(name, { groq: "gsk_canary" }, [], handler, body);
}

/** The package, which `scripts/test_node.ts` tests. */
const DIST = `${
  (Deno.env.get("AUTHSOME_TEST_CLI") ?? "").replace(/\/[^/]*$/, "")
}/../../dist`;

/** Tries to change `file`, to replace it and each folder above it up to `top`, and to put a file beside it. */
function changes(file: string, top: string): string {
  const folders: string[] = [];
  for (let at = file; at !== top; at = at.slice(0, at.lastIndexOf("/"))) {
    folders.push(at);
  }
  return `
    { true >> '${file}'; } 2>/dev/null && echo opened
    { true > '${
    file.slice(0, file.lastIndexOf("/"))
  }/beside'; } 2>/dev/null && echo beside
    ${
    folders.map((path) =>
      `mv '${path}' '${path}.away' 2>/dev/null && echo moved '${path}' && mv '${path}.away' '${path}'`
    ).join("\n")
  }
    rm -f '${file}' 2>/dev/null; [ -e '${file}' ] || echo removed
    echo done`;
}

attack("the modules that authsome is run from", async (sandbox) => {
  const { work, env } = sandbox;
  // A checkout, or what npm installs in a project.
  const own = DENO_ONLY ? `${work}/node_modules` : `${work}/tools/authsome`;
  const app = DENO_ONLY ? `${own}/authsome/dist` : own;
  Deno.mkdirSync(app, { recursive: true });
  const copied = await spawn(
    [
      ...["cp", "-r"],
      ...DENO_ONLY
        ? ["authsome.mjs", "cli.mjs", "lib"]
        : ["lib", "providers", "cli.ts", "mod.ts", "deno.json", "package.json"],
      `${app}/`,
    ],
    { PATH: env.PATH! },
    undefined,
    DENO_ONLY ? DIST : ROOT,
  );
  expect([copied.code, copied.stderr]).toEqual([0, ""]);
  if (!DENO_ONLY) {
    Deno.symlinkSync(`${ROOT}/node_modules`, `${app}/node_modules`);
  }
  const [file, start, folder] = DENO_ONLY
    ? ["cli.mjs", "authsome.mjs", `${own}/authsome`]
    : ["lib/run/proxied_run.ts", "cli.ts", `${app}/lib`];
  for (const cwd of [work, own, app, folder]) {
    const { code, stdout, stderr } = await spawn(
      [
        ...moduleCommand(`${app}/${start}`, "run", "--sandbox", "--"),
        ...["sh", "-c", changes(`${app}/${file}`, work)],
      ],
      env,
      undefined,
      cwd,
    );
    expect([cwd, code, stdout, code ? stderr : ""])
      .toEqual([cwd, 0, "done\n", ""]);
    expect(stderr).toContain(`"${own}" is not writable in the sandbox`);
  }
});

attack("the runtime, where its folder is writable", async (sandbox) => {
  const { folder, work, env } = sandbox;
  const program = `${folder}/runtime/bin/program`;
  Deno.mkdirSync(`${folder}/runtime/bin`, { recursive: true });
  Deno.copyFileSync(Deno.execPath(), program);
  const [, ...rest] = moduleCommand(
    `${ROOT}/cli.ts`,
    ...["run", "--sandbox", "--allow-write", `${folder}/runtime`, "--"],
  );
  const { code, stdout, stderr } = await spawn(
    [
      ...[program, ...rest, "sh", "-c"],
      // A program that runs cannot be opened for writing in any case.
      changes(program, `${folder}/runtime`).replace("&& echo beside", ""),
    ],
    env,
    undefined,
    work,
  );
  expect([code, stdout, stderr]).toEqual([0, "done\n", ""]);
});

attack(
  "what the runtime has compiled, and what authsome trusts",
  async (sandbox) => {
    const { folder, work, env } = sandbox;
    const cache = `${folder}/.cache`;
    const compiled = `${cache}/${DENO_ONLY ? "authsome" : "deno"}`;
    Deno.mkdirSync(compiled, { recursive: true });
    Deno.writeTextFileSync(`${compiled}/compiled`, "x");
    const trusted = `${work}/certificates/ca.pem`;
    Deno.mkdirSync(`${work}/certificates`);
    Deno.copyFileSync(env.AUTHSOME_CA_BUNDLE!, trusted);
    const options = ["--allow-write", "~/.cache"];
    const variables = { DENO_DIR: "", AUTHSOME_CA_BUNDLE: trusted };
    const { code, stdout, stderr } = await sandbox.sh(
      changes(`${compiled}/compiled`, cache) +
        changes(trusted, work).replace("&& echo beside", "") +
        `\ntrue > '${cache}/mine' && echo mine; echo "$DENO_DIR"`,
      { options, env: variables },
    );
    expect([code, stderr]).toEqual([0, ""]);
    // A link to it could be replaced, and nothing can be mounted on a link.
    Deno.symlinkSync(`${work}/certificates`, `${work}/link`);
    for (const path of [`${work}/link/ca.pem`, "link/ca.pem"]) {
      const linked = await sandbox.sh("echo ran", {
        env: { AUTHSOME_CA_BUNDLE: path },
      });
      expect([linked.code, linked.stdout]).toEqual([2, ""]);
      expect(linked.stderr).toContain(`replace the link ${work}/link`);
    }
    expect(stdout).toBe(
      `done\ndone\nmine\n${DENO_ONLY ? "" : "/tmp/.cache/deno"}\n`,
    );
    for (const path of [compiled, `${compiled}/compiled`]) {
      const refused = await sandbox.sh("echo ran", {
        options: ["--allow-write", path],
        env: variables,
      });
      expect([refused.code, refused.stdout]).toEqual([2, ""]);
      expect(refused.stderr).toContain("authsome itself is run from");
    }
  },
);

attack("folders of programs in a writable folder", async (sandbox) => {
  const { folder, env } = sandbox;
  const bin = `${folder}/tools/some/bin`;
  Deno.mkdirSync(bin, { recursive: true });
  Deno.writeTextFileSync(`${bin}/tool`, "#!/bin/sh\n", { mode: 0o755 });
  const PATH = `${bin}:${env.PATH}`;
  const script = changes(`${bin}/tool`, `${folder}/tools`);
  expect(
    await sandbox.sh(script, {
      options: ["--allow-write", "~/tools"],
      env: { PATH },
    }),
  ).toMatchObject({ code: 0, stdout: "done\n" });
  // Whoever names it means to install something.
  expect(
    await sandbox.sh(`true > ${bin}/new && echo made`, {
      options: ["--allow-write", bin],
      env: { PATH },
    }),
  ).toMatchObject({ code: 0, stdout: "made\n" });
});
