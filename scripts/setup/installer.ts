/** Deno's installer as a process that is watched: it would try for minutes and say nothing. @module */
import type { Problem } from "./failure.ts";

/** How it ended. */
export type Ended =
  | { kind: "done"; seconds: number }
  | { kind: "interrupted"; code: number }
  | ({ kind: "failed" } & Problem);

/** Milliseconds that are waited. */
export interface Limits {
  /** For an answer of the registry to one request beside the installer's. */
  answer: number;
  /** Before a registry that cannot be reached is asked once more. */
  again: number;
  /** For news of the installer: if the registry answers, if it does not, and if it cannot be reached. */
  silence: { answering: number; slow: number; unreachable: number };
  /** Between two lines of progress where no terminal shows them. */
  line: number;
}

const LIMITS: Limits = {
  answer: 15_000,
  again: 1_500,
  silence: { answering: 300_000, slow: 120_000, unreachable: 5_000 },
  line: 10_000,
};

/** How often it is asked: a name server that is busy with the installer's own requests may fail once. */
const TRIES = 4;

/** Signals that end a command, with the exit code of each. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/**
 * Runs `deno install` in `root` with exactly `env`, and shows how far it is. After an interruption no further signal ends
 * this process, which has to exit by itself.
 */
export async function runInstaller(
  { deno, root, env, registry, limits = LIMITS }: {
    /** Path of Deno. */
    deno: string;
    root: string;
    env: Record<string, string>;
    registry: string;
    limits?: Limits;
  },
): Promise<Ended> {
  const begun = Date.now();
  const child = new Deno.Command(deno, {
    args: ["install", "--frozen"],
    cwd: root,
    clearEnv: true,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const ending = new AbortController();
  const stop = () => {
    try {
      child.kill("SIGKILL");
    } catch { /* It has ended. */ }
  };
  let interrupted: number | undefined;
  const listeners = Object.entries(SIGNALS)
    .filter(([signal]) => Deno.build.os !== "windows" || signal === "SIGINT")
    .map(([signal, code]) => {
      const listener = () => {
        interrupted = code;
        stop();
      };
      Deno.addSignalListener(signal as Deno.Signal, listener);
      return () => Deno.removeSignalListener(signal as Deno.Signal, listener);
    });

  let requests = 0;
  let placed = 0;
  let news = begun;
  const said: string[] = [];
  const reading = readLines(child.stderr, (line) => {
    news = Date.now();
    if (line.startsWith("Download ")) requests++;
    else if (line.startsWith("Initialize ")) placed++;
    else if (line.trim() !== "") said.push(line);
  });

  let reach: Reach = ANSWERING;
  const asking = (async () => {
    for (let tries = 1;; tries++) {
      const found = await ask(
        deno,
        registry,
        env,
        limits.answer,
        ending.signal,
      );
      if (found.kind !== "unreachable" || tries === TRIES) {
        reach = found;
        return;
      }
      await pause(limits.again, ending.signal);
    }
  })();
  let silent = false;
  const progress = new Progress(limits.line);
  const timer = setInterval(() => {
    progress.show(
      `${requests} requests, ${placed} packages in place (${seconds(begun)} s)${
        reach.kind === "slow" ? `; ${reach.why}` : ""
      }`,
    );
    if (Date.now() - news < limits.silence[reach.kind]) return;
    silent = true;
    stop();
  }, 250);
  try {
    const [{ success, code }] = await Promise.all([child.status, reading]);
    // A terminal signals the installer as well, whose end may be seen before the signal is.
    if (Object.values(SIGNALS).includes(code)) interrupted ??= code;
    if (interrupted !== undefined) {
      return { kind: "interrupted", code: interrupted };
    }
    if (success) return { kind: "done", seconds: seconds(begun) };
    if (!silent) {
      return {
        kind: "failed",
        said: said.length > 0 ? significant(said) : [`exit code ${code}`],
      };
    }
    const quiet = `nothing new for ${seconds(news)} s`;
    const { kind, why } = reach as Reach;
    return {
      kind: "failed",
      said: kind === "unreachable" ? [why] : [why, quiet].filter(Boolean),
    };
  } finally {
    clearInterval(timer);
    progress.end();
    ending.abort();
    await asking;
    // `deno task` passes a Ctrl-C on, a second one here, which must not end what clears up.
    if (interrupted === undefined) listeners.forEach((remove) => remove());
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}

/** What came of asking the registry, which may be reached in vain where all packages are in Deno's cache. */
interface Reach {
  kind: "answering" | "slow" | "unreachable";
  /** What was seen, unless it answers. */
  why: string;
}

const ANSWERING: Reach = { kind: "answering", why: "" };

const ASK = `
try {
  await fetch(Deno.args[0], { method: "HEAD", signal: AbortSignal.timeout(Number(Deno.args[1])) });
} catch (error) {
  console.log(error.name === "TimeoutError" ? "" : error.cause?.message ?? error.message);
}`;

/** Asks as the installer does: by its proxy, with its certificates. */
async function ask(
  deno: string,
  registry: string,
  env: Record<string, string>,
  answer: number,
  signal: AbortSignal,
): Promise<Reach> {
  try {
    const { success, stdout } = await new Deno.Command(deno, {
      args: ["eval", "--no-config", "--no-lock", ASK, registry, `${answer}`],
      clearEnv: true,
      env,
      stdin: "null",
      stderr: "null",
      signal,
    }).output();
    const said = new TextDecoder().decode(stdout);
    if (!success || said === "") return ANSWERING;
    return said.trim() === ""
      ? {
        kind: "slow",
        why: `${registry} did not answer within ${answer / 1000} s`,
      }
      : { kind: "unreachable", why: said.trim() };
  } catch {
    return ANSWERING;
  }
}

async function readLines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  take: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    lines.forEach(take);
  }
  take(rest);
}

/** What the installer says of its failure, without the trace that follows. */
function significant(said: readonly string[]): string[] {
  const end = said.findIndex((line) => line.startsWith("Stack backtrace"));
  return said.slice(0, end < 0 ? undefined : end).slice(-20);
}

/** One line that changes at a terminal; elsewhere a line now and then. */
class Progress {
  #shown = Date.now();
  readonly #terminal = Deno.stderr.isTerminal();

  constructor(readonly every: number) {}

  show(text: string): void {
    if (this.#terminal) this.#write(`\r\x1b[K  ${text}`);
    else if (Date.now() - this.#shown >= this.every) {
      this.#shown = Date.now();
      console.error(`  ${text}`);
    }
  }

  end(): void {
    if (this.#terminal) this.#write("\r\x1b[K");
  }

  #write(text: string): void {
    try {
      Deno.stderr.writeSync(new TextEncoder().encode(text));
    } catch { /* The terminal is gone. */ }
  }
}

function seconds(since: number): number {
  return Math.round((Date.now() - since) / 1000);
}
