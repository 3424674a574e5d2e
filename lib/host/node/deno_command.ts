/** Child processes as Deno has them, over `node:child_process`. @module */
import fs from "node:fs";
import { constants } from "node:os";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import type * as ChildProcesses from "node:child_process";

const STDIO = { piped: "pipe", null: "ignore", inherit: "inherit" } as const;

/** As `Deno.Command`. */
export class Command {
  readonly #program: string;
  readonly #options: Deno.CommandOptions;

  constructor(program: string | URL, options: Deno.CommandOptions = {}) {
    this.#program = String(program);
    this.#options = options;
  }

  spawn(): ChildProcess {
    return this.#start("inherit");
  }

  async output(): Promise<Deno.CommandOutput> {
    return await this.#start("piped", "null").output();
  }

  outputSync(): Deno.CommandOutput {
    const { args = [], cwd, env } = this.#options;
    const { spawnSync } = process.getBuiltinModule("node:child_process");
    const ended = spawnSync(this.#program, args, {
      cwd,
      env: this.#env(),
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    if (ended.error) {
      throw startError(this.#program, env?.PATH ?? process.env.PATH ?? "", cwd);
    }
    const { status, signal, stdout, stderr } = ended;
    return {
      success: status === 0,
      code: status ?? 128 + (constants.signals[signal!] ?? 0),
      signal: signal as Deno.Signal | null,
      stdout: new Uint8Array(stdout),
      stderr: new Uint8Array(stderr),
    };
  }

  #env(): NodeJS.ProcessEnv {
    const { clearEnv, env } = this.#options;
    return clearEnv ? { ...env } : { ...process.env, ...env };
  }

  #start(
    otherwise: keyof typeof STDIO,
    input: keyof typeof STDIO = otherwise,
  ): ChildProcess {
    const { args = [], cwd, stdin, stdout, stderr, detached } = this.#options;
    // Loaded by the first command that starts another program.
    const { spawn } = process.getBuiltinModule("node:child_process");
    const env = this.#env();
    const child = spawn(this.#program, args, {
      cwd,
      env,
      detached,
      stdio: [
        STDIO[stdin ?? input],
        STDIO[stdout ?? otherwise],
        STDIO[stderr ?? otherwise],
      ],
      windowsHide: true,
    });
    if (child.pid === undefined) {
      child.on("error", () => {});
      throw startError(this.#program, env.PATH ?? "", cwd);
    }
    return new ChildProcess(child);
  }
}

/** As `Deno.ChildProcess`. */
class ChildProcess {
  readonly pid: number;
  readonly status: Promise<Deno.CommandStatus>;
  readonly #child: ChildProcesses.ChildProcess;
  #stdin?: WritableStream<Uint8Array>;
  #stdout?: ReadableStream<Uint8Array>;
  #stderr?: ReadableStream<Uint8Array>;

  constructor(child: ChildProcesses.ChildProcess) {
    this.#child = child;
    this.pid = child.pid!;
    this.status = new Promise((resolve) =>
      child.once("exit", (code, signal) =>
        resolve({
          success: code === 0,
          code: code ?? 128 + (constants.signals[signal!] ?? 0),
          signal: signal as Deno.Signal | null,
        }))
    );
  }

  get stdin(): WritableStream<Uint8Array> {
    return this.#stdin ??= writable(this.#child.stdin!);
  }
  get stdout(): ReadableStream<Uint8Array> {
    return this.#stdout ??= readable(this.#child.stdout!);
  }
  get stderr(): ReadableStream<Uint8Array> {
    return this.#stderr ??= readable(this.#child.stderr!);
  }

  async output(): Promise<Deno.CommandOutput> {
    const [status, stdout, stderr] = await Promise.all([
      this.status,
      collect(this.#child.stdout),
      collect(this.#child.stderr),
    ]);
    return { ...status, stdout, stderr };
  }

  kill(signal: Deno.Signal | number = "SIGTERM"): void {
    // Unlike child.kill(), an error when it has ended, as on Deno.
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
      throw new TypeError("Child process has already terminated");
    }
    this.#child.kill(signal as NodeJS.Signals);
  }

  unref(): void {
    this.#child.unref();
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      (stream as { unref?(): void } | null)?.unref?.();
    }
  }
}

async function collect(
  stream: Readable | null,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  if (stream) { for await (const part of stream) parts.push(part); }
  return new Uint8Array(Buffer.concat(parts));
}

function readable(stream: Readable): ReadableStream<Uint8Array> {
  const { Readable } = process.getBuiltinModule("node:stream");
  return Readable.toWeb(stream) as ReadableStream<Uint8Array>;
}

function writable(stream: Writable): WritableStream<Uint8Array> {
  const { Writable } = process.getBuiltinModule("node:stream");
  return Writable.toWeb(stream) as WritableStream<Uint8Array>;
}

/** Why `program` did not start. Node says it later; its callers want to know now. */
function startError(
  program: string,
  searched: string,
  cwd: string | URL | undefined,
): Error {
  const places = /[\\/]/.test(program)
    ? [path.resolve(cwd ? String(cwd) : "", program)]
    : searched.split(path.delimiter).map((folder) =>
      path.join(folder || ".", program)
    );
  const found = places.some((place) => fs.existsSync(place));
  const code = found ? "EACCES" : "ENOENT";
  return Object.assign(
    new Error(
      `${
        found ? "Permission denied" : "No such file or directory"
      }: ${program}`,
    ),
    { code },
  );
}
