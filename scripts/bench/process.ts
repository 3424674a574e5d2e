/** Starting, awaiting and measuring other programs. @module */

/** The Debian packages of those `programs` (program to package) that are not installed. */
export async function missingPackages(
  programs: Record<string, string>,
): Promise<string[]> {
  const folders = [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/sbin"];
  const missing: string[] = [];
  for (const [program, debianPackage] of Object.entries(programs)) {
    const found = await Promise.any(
      folders.map((folder) => Deno.stat(`${folder}/${program}`)),
    ).catch(() => undefined);
    if (!found) missing.push(debianPackage);
  }
  return missing;
}

/**
 * Runs a program to its end with `input` on stdin; returns its stdout. With `env` it has these variables and no others.
 *
 * @throws Error with the program's stderr if it fails, or takes more than two minutes.
 */
export async function command(
  program: string,
  args: string[],
  options: { input?: string; env?: Record<string, string> } = {},
): Promise<string> {
  const child = new Deno.Command(program, {
    args,
    env: options.env,
    clearEnv: options.env !== undefined,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.any([stopped.signal, AbortSignal.timeout(120_000)]),
  }).spawn();
  const writer = child.stdin.getWriter();
  // A program that does not read its stdin closes it; its status says how it went.
  await writer.write(new TextEncoder().encode(options.input ?? ""))
    .then(() => writer.close()).catch(() => {});
  const { success, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  if (!success) throw new Error(`${program} failed: ${text.decode(stderr)}`);
  return text.decode(stdout);
}

/** Aborted by SIGINT and SIGTERM, so that everything that was started is also ended. */
export const stopped = new AbortController();

/** A running program; disposing it sends TERM, and KILL after three seconds. */
export interface Daemon extends AsyncDisposable {
  pid: number;
}

/**
 * Starts a program and waits until it is `ready`, at most 15 s. With `env` it has these variables and no others.
 *
 * @throws Error with what the program printed if it does not become ready.
 */
export async function daemon(
  program: string,
  args: string[],
  options: {
    ready: () => Promise<boolean>;
    logPath: string;
    env?: Record<string, string>;
  },
): Promise<Daemon> {
  const child = new Deno.Command("sh", {
    args: ["-c", 'log=$1; shift; exec "$@" >"$log" 2>&1']
      .concat("sh", options.logPath, program, args),
    env: options.env,
    clearEnv: options.env !== undefined,
    stdin: "null",
  }).spawn();
  let running = true;
  const ended = child.status.finally(() => running = false);
  const started: Daemon = {
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      if (!running) return;
      child.kill("SIGTERM");
      const timer = setTimeout(() => running && child.kill("SIGKILL"), 3_000);
      await ended;
      clearTimeout(timer);
    },
  };
  for (let attempt = 0; attempt < 150 && running; attempt++) {
    if (await options.ready()) return started;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await started[Symbol.asyncDispose]();
  const log = await Deno.readTextFile(options.logPath).catch(() => "");
  throw new Error(`${program} did not start: ${log}`);
}

/** Whether `127.0.0.1:port` accepts connections, as a question to ask again. */
export function accepts(port: number): () => Promise<boolean> {
  return async () => {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return true;
    } catch {
      return false;
    }
  };
}

/** A port on loopback that was free a moment ago. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
