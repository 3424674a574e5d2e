/** The {@linkcode CommandLineMachine} of this process. @module */
import {
  ClosedOutput,
  type CommandLineMachine,
  type PathInfo,
  type Terminal,
} from "../ports/command_line.ts";
import { AuthsomeError } from "../errors.ts";
import { processEnv } from "./env.ts";

const LINE_LIMIT = 65_536;
const CHUNK = 4096;
const PART = 65_536;

/** The machine that this process runs on. */
export function commandLineMachine(): CommandLineMachine {
  let interruption: AbortController | undefined;
  return {
    terminal: standardStreams(),
    env: processEnv,

    async questions() {
      const { questions } = await import("./login/prompt.ts");
      return questions();
    },

    async takeTerminal() {
      if (Deno.build.os === "windows") return undefined;
      const { takeTerminal } = await import("./terminal/taken_terminal.ts");
      return await takeTerminal(processEnv.get("TERM"));
    },

    readTextFile(path, limit) {
      const file = Deno.openSync(path);
      try {
        if (!file.statSync().isFile) throw new TypeError("not a regular file");
        const bytes = new Uint8Array(limit + 1);
        let length = 0;
        while (length <= limit) {
          const read = file.readSync(bytes.subarray(length)) ?? 0;
          if (read === 0) break;
          length += read;
        }
        return decode(bytes.subarray(0, length), limit);
      } finally {
        file.close();
      }
    },

    inspectPath(path): PathInfo | undefined {
      let info: Deno.FileInfo;
      try {
        info = Deno.lstatSync(path);
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return undefined;
        throw error;
      }
      return {
        kind: info.isSymlink
          ? "link"
          : info.isFile
          ? "file"
          : info.isDirectory
          ? "folder"
          : "other",
        mode: info.mode === null ? undefined : info.mode & 0o777,
        owned: info.uid === null || info.uid === Deno.uid(),
        size: info.size,
      };
    },

    async page(text) {
      const { page } = await import("./run/pager.ts");
      return await page(text, processEnv);
    },

    async isPortFree(port) {
      const { createServer } = await import("node:net");
      const server = createServer();
      try {
        await new Promise<void>((resolve, reject) => {
          server.once("error", reject);
          server.listen(port, "127.0.0.1", resolve);
        });
        return true;
      } catch (error) {
        if ((error as { code?: string }).code === "EADDRINUSE") return false;
        throw error;
      } finally {
        server.close();
      }
    },

    async loginAt(port) {
      const { otherLogin } = await import("./login/loopback_server.ts");
      return await otherLogin(port);
    },

    async writePrivate(path, text) {
      const [{ writeFileAtomic }, { resolve }] = await Promise.all([
        import("./home/atomic_file.ts"),
        import("node:path"),
      ]);
      writeFileAtomic(resolve(path), text, 0o600);
    },

    appendPrivate(path, text) {
      Deno.writeTextFileSync(path, text, { append: true, mode: 0o600 });
    },

    sleep(milliseconds, signal) {
      return new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const done = () => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", done);
          resolve();
        };
        const timer = setTimeout(done, milliseconds);
        signal?.addEventListener("abort", done);
      });
    },

    interrupted() {
      if (!interruption) {
        const controller = interruption = new AbortController();
        for (const name of ["SIGINT", "SIGTERM"] as const) {
          if (Deno.build.os === "windows" && name === "SIGTERM") continue;
          Deno.addSignalListener(name, () => controller.abort());
        }
      }
      return interruption.signal;
    },
  };
}

function standardStreams(): Terminal {
  const encoder = new TextEncoder();
  return {
    get stdinIsTTY() {
      return Deno.stdin.isTerminal();
    },
    get stdoutIsTTY() {
      return Deno.stdout.isTerminal();
    },
    get stderrIsTTY() {
      return Deno.stderr.isTerminal();
    },
    columns() {
      try {
        return Deno.consoleSize().columns || 80;
      } catch {
        return 80;
      }
    },
    write(stream, text) {
      const bytes = encoder.encode(text);
      try {
        for (let written = 0; written < bytes.length;) {
          written += Deno[stream].writeSync(bytes.subarray(written));
        }
      } catch (error) {
        if (error instanceof Deno.errors.BrokenPipe) throw new ClosedOutput();
        const full = error instanceof Error && "code" in error &&
          error.code === "ENOSPC";
        throw new AuthsomeError(
          "Unexpected",
          `Cannot write to ${stream}${full ? ": the disk is full" : ""}`,
          "Free some space, or write to another place",
          { cause: error },
        );
      }
    },
    async readLine() {
      // Byte by byte, so that what follows the line stays for the next reader of stdin.
      const line: number[] = [];
      const byte = new Uint8Array(1);
      for (;;) {
        const read = await Deno.stdin.read(byte);
        if (!read) {
          if (line.length === 0) return undefined;
          break;
        }
        if (byte[0] === 0x0a) break;
        line.push(byte[0]!);
        if (line.length > LINE_LIMIT) throw tooLong(LINE_LIMIT);
      }
      if (line.at(-1) === 0x0d) line.pop();
      return new TextDecoder("utf-8", { fatal: true }).decode(
        Uint8Array.from(line),
      );
    },
    async *lines() {
      let text = "";
      const parts = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
      for await (const part of parts) {
        text += part;
        const lines = text.split(/\r?\n|\r/);
        text = lines.pop()!;
        yield* lines;
        if (text.length > LINE_LIMIT) throw tooLong(LINE_LIMIT);
      }
      if (text) yield text;
    },
    async *input() {
      for (;;) {
        const part = new Uint8Array(PART);
        const read = await Deno.stdin.read(part);
        if (read === null) return;
        yield part.subarray(0, read);
      }
    },
    async send(text) {
      const bytes = encoder.encode(text);
      try {
        for (let written = 0; written < bytes.length;) {
          written += await Deno.stdout.write(bytes.subarray(written));
        }
      } catch (error) {
        if (error instanceof Deno.errors.BrokenPipe) throw new ClosedOutput();
        throw error;
      }
    },
    async readAll(limit) {
      const parts: Uint8Array[] = [];
      let length = 0;
      for (;;) {
        const part = new Uint8Array(CHUNK);
        const read = await Deno.stdin.read(part);
        if (read === null) break;
        parts.push(part.subarray(0, read));
        length += read;
        if (length > limit) throw tooLong(limit);
      }
      const bytes = new Uint8Array(length);
      let offset = 0;
      for (const part of parts) {
        bytes.set(part, offset);
        offset += part.length;
      }
      return decode(bytes, limit);
    },
  };
}

function decode(bytes: Uint8Array, limit: number): string {
  if (bytes.length > limit) throw tooLong(limit);
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

function tooLong(limit: number): RangeError {
  return new RangeError(`it is longer than ${limit} bytes`);
}
