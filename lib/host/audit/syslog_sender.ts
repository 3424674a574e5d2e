/** The {@linkcode SyslogSender} of this machine. @module */
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { isIP, type Socket } from "node:net";
import type { SyslogSender } from "../../ports/audit_export.ts";
import type { Env } from "../../ports/system.ts";
import { findProgram } from "../run/programs.ts";

/** How long a receiver is waited for that does not close a connection after us, in milliseconds. */
const CLOSE_MS = 1_000;
/** Most of what `logger` says that is kept. */
const MAX_SAID = 200;

/** What this machine can say of a failure. */
class LocalFailure extends Error {}

export function syslogSender(env: Env): SyslogSender {
  return {
    async datagrams({ host, port }, messages, signal) {
      const address = await firstAddress(host);
      const { promise: failed, reject } = Promise.withResolvers<never>();
      failed.catch(() => {});
      const socket = createSocket(isIP(address) === 6 ? "udp6" : "udp4");
      const stop = () => reject(signal.reason);
      signal.addEventListener("abort", stop);
      socket.on("error", reject);
      try {
        signal.throwIfAborted();
        for (const message of messages) {
          await Promise.race([
            failed,
            new Promise<void>((resolve, reject) =>
              socket.send(
                message,
                port,
                address,
                (error) => error ? reject(error) : resolve(),
              )
            ),
          ]);
        }
      } finally {
        signal.removeEventListener("abort", stop);
        socket.close();
      }
    },

    async stream({ host, port, tls }, messages, signal) {
      const connected = tls
        ? (await import("node:tls")).connect({
          ...{ host, port, minVersion: "TLSv1.2" as const },
          ca: await roots(env),
          // An address is in no SNI (RFC 6066 §3), and is verified all the same.
          ...isIP(host) ? {} : { servername: host },
        })
        : (await import("node:net")).connect({ host, port });
      await written(
        connected,
        tls ? "secureConnect" : "connect",
        messages,
        signal,
      );
    },

    async local(path, lines, signal) {
      const program = findProgram("logger", env);
      if (program === undefined) {
        throw new LocalFailure("logger (util-linux) is not installed");
      }
      // Only it speaks to such a socket on every runtime, and in the format of this system.
      const child = spawn(program, [
        ...["--socket", path, "--socket-errors=on", "--prio-prefix"],
        ...["--tag", "authsome", "--size", "64KiB", "--skip-empty"],
      ], {
        ...{ env: { LC_ALL: "C" }, cwd: "/", signal },
        stdio: ["pipe", "ignore", "pipe"],
      });
      let said = "";
      child.stderr!.on("data", (part) => said += String(part));
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      child.on("error", reject);
      child.on("close", (code) => resolve(code ?? 1));
      // It may end without having read it; its code says how.
      child.stdin!.on("error", () => {});
      child.stdin!.end(lines);
      if (await promise !== 0 || said !== "") {
        throw new LocalFailure(
          said.trim().split("\n")[0]!.slice(0, MAX_SAID) || "logger failed",
        );
      }
    },

    async why(error) {
      if (error instanceof LocalFailure) return error.message;
      const { reasonIn, sentenceOf } = await import(
        "../../wire/request_failure.ts"
      );
      return sentenceOf(reasonIn(error));
    },
  };
}

/** The address that datagrams go to: those of one batch to the same. */
async function firstAddress(host: string): Promise<string> {
  if (isIP(host)) return host;
  const { lookup } = await import("node:dns/promises");
  return (await lookup(host)).address;
}

/** What the runtime trusts, and what the person does. */
async function roots(env: Env): Promise<string[]> {
  const [{ ownRoots, trustedRoots }, { rootCertificates }] = await Promise.all([
    import("../net/system_roots.ts"),
    import("node:tls"),
  ]);
  return [...rootCertificates, ...await ownRoots(await trustedRoots(env))];
}

/** Writes all of `messages` once `socket` is open, ends it, and waits until the other side has. */
async function written(
  socket: Socket,
  open: "connect" | "secureConnect",
  messages: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = () => reject(signal.reason);
  let timer: ReturnType<typeof setTimeout> | undefined;
  signal.addEventListener("abort", stop);
  try {
    signal.throwIfAborted();
    socket.on("error", reject);
    // What it says is nothing to us, but its end is behind it.
    socket.on("data", () => {});
    socket.on("end", resolve);
    socket.on("close", () => reject(new Error("connection closed")));
    socket.once(open, () => {
      for (const message of messages) socket.write(message);
      socket.end(() => timer = setTimeout(resolve, CLOSE_MS));
    });
    await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
    socket.destroy();
  }
}
