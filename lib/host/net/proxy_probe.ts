/** Asks a proxy of ours as a command would, to see that it answers. @module */
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { basicAuthorization } from "../../bytes.ts";
import type { ProxyAnswer } from "../../ports/run_host.ts";

const TIMEOUT_MS = 5_000;
const HEAD_LIMIT = 16_384;

/** The answer to a stranger without the password about `http://<host>/`. */
export async function probeAsStranger(
  proxyUrl: string,
  host: string,
): Promise<ProxyAnswer> {
  return await withSocket(proxyUrl, async (socket) => {
    socket.write(`GET http://${host}/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    return answerOf(await readHead(socket));
  });
}

/** What is answered to `GET https://<host>/` through a tunnel, with TLS that trusts `caPem` alone. */
export async function probeThroughTunnel(
  proxyUrl: string,
  caPem: string,
  host: string,
): Promise<ProxyAnswer> {
  const { username, password } = new URL(proxyUrl);
  const authorization = basicAuthorization(
    decodeURIComponent(username),
    decodeURIComponent(password),
  );
  return await withSocket(proxyUrl, async (socket) => {
    socket.write(
      `CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\nProxy-Authorization: ${authorization}\r\n\r\n`,
    );
    const opened = answerOf(await readHead(socket));
    if (opened.status !== 200) return opened;
    const secure = connectTls({ socket, ca: caPem, servername: host });
    await new Promise<void>((resolve, reject) => {
      secure.once("secureConnect", resolve);
      secure.once("error", reject);
      secure.once("close", () => reject(new Error("the tunnel was closed")));
    });
    secure.write(
      `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
    );
    return answerOf(await readHead(secure));
  });
}

async function withSocket<T>(
  proxyUrl: string,
  body: (socket: Socket) => Promise<T>,
): Promise<T> {
  const { hostname, port } = new URL(proxyUrl);
  const socket = connect(Number(port), hostname);
  const timer = setTimeout(
    () => socket.destroy(new Error("the proxy did not answer in time")),
    TIMEOUT_MS,
  );
  try {
    return await body(socket);
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

function readHead(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const done = (settle: () => void) => {
      socket.off("data", data).off("error", reject).off("close", closed);
      settle();
    };
    const data = (chunk: Uint8Array) => {
      text += String.fromCharCode(...chunk);
      if (text.includes("\r\n\r\n")) done(() => resolve(text));
      else if (text.length > HEAD_LIMIT) closed();
    };
    const closed = () =>
      done(() => reject(new Error("the proxy closed the connection")));
    socket.on("data", data).on("error", reject).on("close", closed);
  });
}

function answerOf(head: string): ProxyAnswer {
  return {
    status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1] ?? 0),
    reason: /^x-authsome-reason: *(\S+)/im.exec(head)?.[1] ?? "",
  };
}
