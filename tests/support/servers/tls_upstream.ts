/**
 * A raw server that records every byte it gets and answers what a script says, with or without TLS.
 *
 * @module
 */
import { X509Certificate } from "node:crypto";
import { createServer as createTcpServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Leaf } from "../../../lib/wire/certificate_authority.ts";

/** One connection to the server. */
export interface Connection {
  socket: Socket;
  /** Everything received so far, one character per byte. */
  received: string;
  /** Waits until the received text matches, from `from` on. Rejects when the client is gone without it. */
  until(pattern: RegExp, from?: number): Promise<string>;
  /** Sends text, one byte per character. */
  send(text: string): void;
}

/** A running server. */
export interface Upstream {
  port: number;
  /** SHA-256 of its certificate; absent without TLS. */
  fingerprint?: string;
  /** In the order in which they were opened. */
  connections: Connection[];
  close(): Promise<void>;
}

/** Starts a server that runs `script` for each connection; with `leaf` it speaks TLS. */
export async function startUpstream(
  script: (connection: Connection) => Promise<void> | void,
  leaf?: Leaf,
): Promise<Upstream> {
  const connections: Connection[] = [];
  const open = new Set<Socket>();
  const serve = (socket: Socket) => {
    socket.setNoDelay(true);
    socket.on("error", () => {});
    const waiting = new Set<() => void>();
    const wake = () => [...waiting].forEach((check) => check());
    let gone = false;
    const connection: Connection = {
      socket,
      received: "",
      until(pattern, from = 0) {
        return new Promise((resolve, reject) => {
          const check = () => {
            const text = connection.received.slice(from);
            if (!pattern.test(text)) {
              if (gone) {
                waiting.delete(check);
                reject(
                  new Error(
                    `the client went away before ${pattern}: ${
                      JSON.stringify(text.slice(0, 500))
                    }`,
                  ),
                );
              }
              return;
            }
            waiting.delete(check);
            resolve(text);
          };
          waiting.add(check);
          check();
        });
      },
      send(text) {
        socket.write(Uint8Array.from(text, (c) => c.charCodeAt(0)));
      },
    };
    connections.push(connection);
    socket.on("data", (bytes: Uint8Array) => {
      for (let at = 0; at < bytes.length; at += 8_192) {
        connection.received += String.fromCharCode(
          ...bytes.subarray(at, at + 8_192),
        );
      }
      wake();
    });
    socket.on("close", () => {
      gone = true;
      wake();
    });
    Promise.resolve(script(connection)).catch(() => socket.destroy());
  };
  const server = leaf
    ? createTlsServer({ cert: leaf.certPem, key: leaf.keyPem }, serve)
    : createTcpServer(serve);
  server.on("tlsClientError", () => {});
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as { port: number }).port,
    ...leaf
      ? { fingerprint: new X509Certificate(leaf.certPem).fingerprint256 }
      : {},
    connections,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      open.forEach((socket) => socket.destroy());
      await closed;
    },
  };
}

const HEAD = /^[\s\S]*?\r\n\r\n/;

/** A script that answers each request (which must have no body) with `response`. */
export function answering(
  response: (head: string) => string,
): (connection: Connection) => Promise<void> {
  return async (connection) => {
    for (let from = 0;;) {
      const [head] = HEAD.exec(await connection.until(HEAD, from))!;
      from += head.length;
      connection.send(response(head));
    }
  };
}
