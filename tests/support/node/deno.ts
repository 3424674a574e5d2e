/** What the tests use of `Deno` beside what the program does: the fakes of a test's world, for Node. @module */
import fs from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { inspect } from "node:util";
import { getRequestListener } from "@hono/node-server";
import { Deno as layer } from "../../../lib/host/node/deno.ts";
import { promised } from "../../../lib/host/node/files.ts";
import { Listener } from "../../../lib/host/node/network.ts";

type Address = { hostname?: string; port?: number; path?: string };

/** Binds at once, as Deno does; Node's own `listen()` does it at the next turn. */
function bind(server: net.Server, { hostname, port, path }: Address): void {
  if (path !== undefined) return void server.listen(path);
  const host = hostname ?? "0.0.0.0";
  let failure: Error | undefined;
  const failed = (error: Error) => failure = error;
  server.once("error", failed);
  (server as unknown as {
    _listen2(host: string, port: number, family: 4 | 6, backlog: number): void;
  })._listen2(host, port ?? 0, host.includes(":") ? 6 : 4, 511);
  if (server.listening) return void server.off("error", failed);
  server.on("error", () => {});
  throw failure ?? Object.assign(new Error("address in use"), {
    code: "EADDRINUSE",
  });
}

function listen(address: Address): Listener {
  const server = net.createServer({
    allowHalfOpen: true,
    pauseOnConnect: true,
  });
  return new Listener(server, () => bind(server, address));
}

type Handler = (
  request: Request,
  info: unknown,
) => Response | Promise<Response>;

function serve(
  options:
    | Address & {
      cert?: string;
      key?: string;
      signal?: AbortSignal;
      onListen?: (address: unknown) => void;
    }
    | Handler,
  handler?: Handler,
) {
  if (typeof options === "function") return serve({}, options);
  const listener = getRequestListener(
    async (request) => withoutConnection(await handler!(request, {})),
    { overrideGlobalObjects: false },
  );
  const { cert, key } = options;
  // As Deno's: HTTP/2 for clients that ask for it.
  const server: net.Server = cert
    ? http2.createSecureServer({ cert, key, allowHTTP1: true }, listener)
    : http.createServer(listener);
  const open = new Set<net.Socket>();
  server.on("connection", (socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  const drop = () => open.forEach((socket) => socket.destroy());
  bind(server, options);
  const finished = new Promise<void>((resolve) => server.on("close", resolve));
  const { address, port } = server.address() as net.AddressInfo;
  const addr = { transport: "tcp", hostname: address, port };
  options.onListen?.(addr);
  const shutdown = () => {
    server.close();
    if ("closeIdleConnections" in server) {
      (server as http.Server).closeIdleConnections();
    }
    setTimeout(drop, 200).unref();
    return finished;
  };
  options.signal?.addEventListener("abort", () => {
    server.close();
    drop();
  });
  return {
    addr,
    finished,
    shutdown,
    unref: () => server.unref(),
    [Symbol.asyncDispose]: shutdown,
  };
}

/** HTTP/2 has no place for the fields of a connection, which the answer of another server may bring. */
function withoutConnection(response: Response): Response {
  const fields = ["connection", "keep-alive", "transfer-encoding"];
  if (!fields.some((name) => response.headers.has(name))) return response;
  const { body, status, statusText } = response;
  const headers = new Headers(response.headers);
  fields.forEach((name) => headers.delete(name));
  return new Response(body, { status, statusText, headers });
}

function makeTempDirSync({ prefix = "", dir = os.tmpdir() } = {}): string {
  return fs.mkdtempSync(path.join(dir, prefix));
}

const more = {
  makeTempDir: promised(makeTempDirSync),
  makeTempDirSync,
  truncateSync: fs.truncateSync,
  truncate: promised(fs.truncateSync),
  utimeSync: fs.utimesSync,
  utime: promised(fs.utimesSync),
  copyFile: promised(fs.copyFileSync),
  copyFileSync: fs.copyFileSync,
  inspect: (value: unknown) => inspect(value),
  osRelease: os.release,
  loadavg: os.loadavg,
  listen,
  serve,
  get exitCode() {
    return Number(process.exitCode ?? 0);
  },
  set exitCode(code: number) {
    process.exitCode = code;
  },
};

const all = Object.defineProperties({}, {
  ...Object.getOwnPropertyDescriptors(layer),
  ...Object.getOwnPropertyDescriptors(more),
});

export { all as Deno };
