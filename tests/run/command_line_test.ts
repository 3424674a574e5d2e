// `authsome run` as a process: what a shell sees of it.
import { expect } from "expect";
import { test } from "node:test";
import { withScenario } from "../support/scenario.ts";

const GROQ = { groq: "gsk_canary" };

function inScenario(
  keys: Record<string, string>,
  body: Parameters<typeof withScenario>[3],
) {
  return () =>
    withScenario(keys, ["api.groq.com"], () => new Response("ok"), body);
}

test(
  "the exit code is the command's, or says why it never started",
  inScenario(GROQ, async ({ authsome, folder }) => {
    Deno.writeTextFileSync(`${folder}/plain`, "x");
    const cases: [string[], number][] = [
      [["run", "--", "true"], 0],
      [["run", "--", "sh", "-c", "exit 77"], 77],
      [["run", "--", "sh", "-c", "kill -TERM $$"], 143],
      [["run", "--", "no-such-command-here"], 127],
      [["run", "--", `${folder}/plain`], 126],
      [["run"], 2],
      [["run", "--"], 2],
      [["run", "--policy", "maybe", "--", "true"], 2],
      [["run", "--connection", "groq", "--", "true"], 2],
      [["run", "--only", "", "--", "true"], 2],
      [["run", "--only", "nope", "--", "true"], 4],
      [["run", "--only", "github", "--", "true"], 3],
      [["run", "--profile", "nope", "--", "true"], 3],
    ];
    for (const [args, code] of cases) {
      const ended = await authsome(args);
      expect([args, ended.code]).toEqual([args, code]);
      expect(ended.stderr.includes("Error:")).toBe(
        code !== 0 && code !== 77 && code !== 143,
      );
      expect(ended.stdout).toBe("");
    }
  }),
);

test(
  "what stands behind -- is the command's alone",
  inScenario(GROQ, async ({ authsome }) => {
    const args = ["--verbose", "--help", "-v", "--", "--only", "x", "\x1b[31m"];
    const { stdout, stderr } = await authsome([
      "run",
      "--only",
      "groq",
      "--",
      "printf",
      "%s|",
      ...args,
    ]);
    expect(stdout).toBe(args.map((argument) => `${argument}|`).join(""));
    expect(stderr).toBe("");
  }),
);

test(
  "without -- the command begins at the first word that is no flag of ours",
  inScenario(GROQ, async ({ authsome }) => {
    const words = ["-s", "--version", "--json", "--help", "-v", "--", "-x"];
    for (const own of [[], ["--only", "groq"], ["--policy=open", "--quiet"]]) {
      expect(await authsome(["run", ...own, "printf", "%s|", ...words]))
        .toEqual({
          code: 0,
          stdout: words.map((word) => `${word}|`).join(""),
          stderr: "",
        });
    }
    const ours = await authsome(["run", "--help", "printf", "x"]);
    expect(ours.stdout).toContain("Usage: authsome run");
    const typo = await authsome(["run", "--onyl", "groq", "printf", "x"]);
    expect(typo).toMatchObject({ code: 2, stdout: "" });
    expect(typo.stderr).toContain("--only");
    // An assignment is none of ours, and its value may be a secret.
    const assigned = await authsome(["run", "WHAT=canary", "printf", "x"]);
    expect(assigned).toMatchObject({ code: 127, stdout: "" });
    expect(assigned.stderr).toContain("authsome run env WHAT=…");
    const secret = await authsome(["run", "KEY=canary", "printf", "x"]);
    expect(secret).toMatchObject({ code: 2, stdout: "" });
    expect(secret.stderr).toContain("history now: revoke it");
    expect(assigned.stderr + secret.stderr).not.toContain("canary");
  }),
);

test(
  "nothing connected is said on stderr, unless --quiet, and the command runs",
  inScenario({}, async ({ authsome }) => {
    const command = ["--", "sh", "-c", "cat; exit 5"];
    const loud = await authsome(["run", ...command], { stdin: "in" });
    expect(loud).toMatchObject({ code: 5, stdout: "in" });
    expect(loud.stderr).toContain("authsome login <provider>");
    expect(await authsome(["run", "--quiet", ...command], { stdin: "in" }))
      .toEqual({ code: 5, stdout: "in", stderr: "" });
  }),
);

test(
  "a home that takes no file is an error before the command starts",
  inScenario(GROQ, async ({ authsome, home, folder }) => {
    Deno.writeTextFileSync(`${home}/run`, "");
    const { code, stderr } = await authsome([
      "run",
      "--",
      "touch",
      `${folder}/ran`,
    ]);
    expect(code).toBe(9);
    expect(stderr).toContain(`${home}/run`);
    expect(() => Deno.statSync(`${folder}/ran`)).toThrow(Deno.errors.NotFound);
  }),
);

test(
  "a roots variable that names no file stops the run and is named",
  inScenario(GROQ, async ({ authsome, folder }) => {
    const env = { AUTHSOME_CA_BUNDLE: `${folder}/none.pem` };
    const { code, stderr } = await authsome(["run", "--", "true"], { env });
    expect(code).toBe(2);
    expect(stderr).toContain("AUTHSOME_CA_BUNDLE");
  }),
);

test(
  "a parent proxy that cannot be used stops the run, and its password is not repeated",
  inScenario(GROQ, async ({ authsome }) => {
    for (const url of ["socks5://me:hunter2@host", "http://", "hunter2@:x"]) {
      for (const name of ["https_proxy", "HTTPS_PROXY", "ALL_PROXY"]) {
        const { code, stderr } = await authsome(["run", "--", "true"], {
          env: { HTTPS_PROXY: "", [name]: url },
        });
        expect([name, code]).toEqual([name, 2]);
        expect(stderr).toContain(name);
        expect(stderr).not.toContain("hunter2");
      }
    }
  }),
);

test(
  "when authsome is killed its proxy is gone, the command lives on, and the next run sweeps",
  inScenario(GROQ, async ({ authsome, client, folder, home }) => {
    const script = `echo $PPID > '${folder}/parent'
      i=0; while [ ! -e '${folder}/go' ] && [ $i -lt 300 ]; do sleep 0.05; i=$((i+1)); done
      echo survived > '${folder}/end'`;
    const running = client(["sh", "-c", script]);
    const parent = Number(await appeared(`${folder}/parent`));
    Deno.kill(parent, "SIGKILL");
    const [{ name }] = [...Deno.readDirSync(`${home}/run`)];
    Deno.writeTextFileSync(`${folder}/go`, "");
    expect(await appeared(`${folder}/end`)).toBe("survived\n");
    const { code, childEnv } = await running;
    expect(code).toBe(137);
    const { hostname, port } = new URL(childEnv.HTTPS_PROXY);
    await expect(Deno.connect({ hostname, port: Number(port) })).rejects
      .toThrow();

    const old = new Date(Date.now() - 60_000);
    Deno.utimeSync(`${home}/run/${name}`, old, old);
    await authsome(["run", "--", "true"]);
    expect([...Deno.readDirSync(`${home}/run`)]).toEqual([]);
  }),
);

/** The text of a file that another process writes, once it is there. */
async function appeared(path: string): Promise<string> {
  for (let tries = 0; tries < 400; tries++) {
    const text = await Deno.readTextFile(path).catch(() => "");
    if (text.endsWith("\n")) return text;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${path} never appeared`);
}
