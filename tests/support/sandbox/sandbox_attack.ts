/** What attacks on the sandbox share: a command inside, and a machine that differs from this one. @module */
import { expect } from "expect";
import { cliCommand } from "../program.ts";
import { type Sandbox, type SandboxOptions, sandboxTest } from "./sandbox.ts";
import { type Ended, missing, spawn } from "../scenario.ts";

const PYTHON = "/usr/bin/python3";
/** Why {@linkcode py} cannot be used, or `false`. */
export const noPython: string | false = await missing(PYTHON);
/** Why what only root can is not tested, or `false`. */
export const notRoot: string | false = Deno.uid() === 0
  ? false
  : "it needs root";

/** A test in a sandbox with one connection. */
export function attack(
  name: string,
  body: (sandbox: Sandbox) => Promise<void>,
  needs: string | false = false,
): void {
  sandboxTest(
    name,
    { groq: "gsk_canary" },
    ["api.groq.com"],
    () => new Response("ok"),
    body,
    needs,
  );
}

/** What `script` prints inside; it must end well, so that its words were really reached. */
export async function printed(
  sandbox: Sandbox,
  script: string,
  options?: SandboxOptions,
): Promise<string> {
  const { code, stdout, stderr } = await sandbox.sh(script, options);
  expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
  return stdout.trim();
}

/** The shell command that runs `script` by Python. */
export function py(script: string): string {
  return `${PYTHON} - <<'EOF'\n${script}\nEOF`;
}

/** Makes a file with the folders that it lies in. */
export function write(path: string, text = "canary"): void {
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  Deno.writeTextFileSync(path, text);
}

/** The sandbox in a world that differs from this machine: `world` are arguments of an outer bubblewrap. */
export async function inWorld(
  { work, env }: Sandbox,
  world: readonly string[],
  script: string,
  { env: more = {}, options = [], cwd = work }: SandboxOptions = {},
): Promise<Ended> {
  return await spawn(
    [
      ...["bwrap", ...world, "--chdir", cwd, "--"],
      ...cliCommand("run", "--sandbox", ...options, "--", "sh", "-c", script),
    ],
    { ...env, ...more },
  );
}

/** /etc/passwd with another folder for this user, who may have had no entry. */
export function passwd(sandbox: Sandbox, folder: string): string[] {
  const uid = String(Deno.uid());
  const path = `${sandbox.folder}/passwd`;
  const others = Deno.readTextFileSync("/etc/passwd").split("\n")
    .filter((line) => line.split(":")[2] !== uid);
  Deno.writeTextFileSync(
    path,
    [`me:x:${uid}:${uid}::${folder}:/bin/sh`, ...others].join("\n"),
  );
  return ["--dev-bind", "/", "/", "--ro-bind", path, "/etc/passwd"];
}

/** Whether something is at `path`. */
export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
