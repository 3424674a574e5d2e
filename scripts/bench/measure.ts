/** One repetition of one way, and what it measured. @module */
import type { Result, Task } from "./client.ts";
import { command } from "./process.ts";
import { LARGE_BYTES, SMALL_BYTES } from "./upstream.ts";
import { usage } from "./usage.ts";
import { HOST, type Way } from "./way.ts";

/** How long each part lasts. */
export interface Pace {
  repetitions: number;
  warmUpSeconds: number;
  loadSeconds: number;
  tunnelSeconds: number;
  startup: { rounds: number; runs: number };
}

/** What one repetition measured. */
export interface Measured {
  /** Requests per second over 1 and over 32 connections. */
  rate1: number;
  rate32: number;
  /** Milliseconds per request. */
  p50At1: number;
  p99At1: number;
  p50At32: number;
  p99At32: number;
  /** Connections opened (TCP, CONNECT, TLS), used for one request and closed, per second. */
  tunnelRate: number;
  /** MB/s (10⁶ bytes) of one download of 100 MiB. */
  downloadRate: number;
  /** Proxy CPU microseconds per request over 32 connections. `NaN` without a proxy. */
  cpuMicroseconds: number;
  /** MB (10⁶ bytes) resident before the first load and at the highest sample so far. `NaN` without a proxy. */
  idleMegabytes: number;
  peakMegabytes: number;
}

/** A way, its upstream, and the memory seen so far. */
export class Subject {
  readonly way: Way;
  readonly repetitions: Measured[] = [];
  readonly #upstreamPort: number;
  #idleBytes = NaN;
  #peakBytes = NaN;

  constructor(way: Way, upstreamPort: number) {
    this.way = way;
    this.#upstreamPort = upstreamPort;
  }

  /**
   * Makes sure that the upstream gets the header on this way, and that the client would notice if it did not.
   * @throws Error otherwise.
   */
  async check(): Promise<void> {
    const { way } = this;
    const { status } = await this.#client({ kind: "status" });
    if (status !== 200) {
      throw new Error(`${way.name}: the header did not arrive (${status})`);
    }
    if (!way.proxy) {
      const without = await this.#client({ kind: "status", headers: {} });
      if (without.status !== 401) {
        throw new Error(`the upstream answers ${without.status} without a key`);
      }
    } else {
      this.#idleBytes = (await usage(way.pid!)).residentBytes;
      this.#peakBytes = this.#idleBytes;
    }
  }

  /** Runs one repetition and keeps its numbers. */
  async measure(pace: Pace): Promise<void> {
    const { loadSeconds: seconds, warmUpSeconds, tunnelSeconds } = pace;
    const sampling = this.#sampleMemory();
    try {
      const at1 = await this.#client({ seconds, warmUpSeconds });
      const before = await this.#cpuSeconds();
      const at32 = await this.#client({
        connections: 32,
        seconds,
        warmUpSeconds,
      });
      const cpu = await this.#cpuSeconds() - before;
      const tunnels = await this.#client({
        kind: "tunnels",
        connections: 4,
        seconds: tunnelSeconds,
        warmUpSeconds,
      });
      const download = await this.#client({
        kind: "download",
        path: "/large",
        bodyBytes: LARGE_BYTES,
      });
      await sampling.stop();
      // The CPU time covers the warm-up too, during which requests run at about the same rate.
      const requests = at32.count * (seconds + warmUpSeconds) / seconds;
      this.repetitions.push({
        rate1: perSecond(at1),
        rate32: perSecond(at32),
        p50At1: at1.p50,
        p99At1: at1.p99,
        p50At32: at32.p50,
        p99At32: at32.p99,
        tunnelRate: perSecond(tunnels),
        downloadRate: LARGE_BYTES / 1_000 / download.elapsed,
        cpuMicroseconds: cpu * 1_000_000 / requests,
        idleMegabytes: this.#idleBytes / 1_000_000,
        peakMegabytes: this.#peakBytes / 1_000_000,
      });
    } finally {
      await sampling.stop();
    }
  }

  async #client(task: Partial<Task>): Promise<Result> {
    const { proxy, caPath, headers } = this.way;
    const whole: Task = {
      kind: "load",
      upstream: { host: HOST, port: this.#upstreamPort },
      proxy,
      caPath,
      headers,
      path: "/small",
      bodyBytes: SMALL_BYTES,
      connections: 1,
      warmUpSeconds: 0,
      seconds: 0,
      ...task,
    };
    const path = new URL("client.ts", import.meta.url).pathname;
    const args = ["run", "--no-check", "--allow-net=127.0.0.1", "--allow-read"];
    try {
      return JSON.parse(
        await command(Deno.execPath(), [...args, path], {
          input: JSON.stringify(whole),
        }),
      );
    } catch (cause) {
      throw new Error(`${this.way.name}, ${whole.kind}: ${cause}`, { cause });
    }
  }

  async #cpuSeconds(): Promise<number> {
    const { pid } = this.way;
    return pid === undefined ? NaN : (await usage(pid)).cpuSeconds;
  }

  /** Looks at the proxy's memory four times a second until stopped. */
  #sampleMemory(): { stop(): Promise<void> } {
    const { pid } = this.way;
    if (pid === undefined) return { stop: () => Promise.resolve() };
    const done = Promise.withResolvers<void>();
    let running = true;
    const loop = async () => {
      while (running) {
        const { residentBytes } = await usage(pid);
        this.#peakBytes = Math.max(this.#peakBytes, residentBytes);
        const pause = Promise.withResolvers<void>();
        const timer = setTimeout(pause.resolve, 250);
        await Promise.race([pause.promise, done.promise]);
        clearTimeout(timer);
      }
    };
    const ended = loop();
    return {
      stop: () => {
        running = false;
        done.resolve();
        return ended;
      },
    };
  }
}

function perSecond({ count, elapsed }: Result): number {
  return count / elapsed * 1_000;
}
