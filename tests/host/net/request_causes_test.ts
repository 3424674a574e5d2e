// Each way in which a request of ours can fail, by a real server or proxy: what is read of it is the same on each runtime.
import { expect } from "expect";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { test } from "node:test";
import { machineFetch } from "../../../lib/host/net/machine_fetch.ts";
import {
  type FailureReason,
  RequestFailure,
} from "../../../lib/wire/request_failure.ts";
import {
  type Flaw,
  flawedCertificate,
} from "../../support/proxy/flawed_certificate.ts";
import { startConnectProxy } from "../../support/servers/connect_proxy.ts";
import { withHome } from "../../support/home.ts";
import { freePort } from "../../support/free_port.ts";

const HOST = "auth.acme.example";
const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** Serves `script` on loopback while `body` runs. */
async function serving(
  make: (serve: (socket: Socket) => void) => Server,
  script: (socket: Socket) => void,
  body: (port: number) => Promise<void>,
): Promise<void> {
  const open = new Set<Socket>();
  const server = make((socket) => {
    socket.on("error", () => {});
    script(socket);
  });
  server.on("tlsClientError", () => {});
  server.on("connection", (socket: Socket) => {
    open.add(socket.on("error", () => {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await body((server.address() as { port: number }).port);
  } finally {
    open.forEach((socket) => socket.destroy());
    await new Promise((resolve) => server.close(resolve));
  }
}

function fetchIn(variables: Record<string, string>) {
  return machineFetch({
    get: (name) => variables[name],
    toObject: () => variables,
  });
}

async function failureOf(
  url: string,
  variables: Record<string, string>,
): Promise<FailureReason | number> {
  try {
    const response = await fetchIn(variables)(url, { method: "POST" });
    await response.text();
    return response.status;
  } catch (error) {
    if (!(error instanceof RequestFailure)) throw error;
    return error.reason;
  }
}

const FLAWS: [Flaw, FailureReason["kind"] | 200][] = [
  ["none", 200],
  ["self-signed", "self_signed"],
  ["self-signed CA", "self_signed"],
  ["expired", "expired"],
  ["not yet valid", "not_yet_valid"],
  ["other name", "other_name"],
];

for (const [flaw, kind] of FLAWS) {
  for (const way of ["directly", "through a proxy"]) {
    test(`a certificate with flaw "${flaw}", reached ${way}`, () =>
      withHome(async (home) => {
        const host = way === "directly" ? "localhost" : HOST;
        const { caPem, cert, key } = await flawedCertificate(host, flaw);
        const bundle = `${home}/ca.pem`;
        Deno.writeTextFileSync(bundle, caPem);
        await serving(
          (serve) => createTlsServer({ cert, key }, serve),
          (socket) => socket.once("data", () => socket.end(ANSWER)),
          async (port) => {
            const parent = await startConnectProxy(() => port);
            try {
              expect(
                await failureOf(
                  way === "directly"
                    ? `https://localhost:${port}/`
                    : `https://${HOST}/`,
                  { AUTHSOME_CA_BUNDLE: bundle, https_proxy: parent.url },
                ),
              ).toEqual(kind === 200 ? 200 : { kind });
            } finally {
              await parent.close();
            }
          },
        );
      }));
  }
}

for (const way of ["directly", "through a proxy"]) {
  test(`a certificate of a CA that nobody named, reached ${way}`, async () => {
    const host = way === "directly" ? "localhost" : HOST;
    const { cert, key } = await flawedCertificate(host, "none");
    await serving(
      (serve) => createTlsServer({ cert, key }, serve),
      () => {},
      async (port) => {
        const parent = await startConnectProxy(() => port);
        try {
          expect(
            await failureOf(
              way === "directly"
                ? `https://localhost:${port}/`
                : `https://${HOST}/`,
              { HTTPS_PROXY: parent.url },
            ),
          ).toEqual({ kind: "unknown_issuer" });
        } finally {
          await parent.close();
        }
      },
    );
  });
}

const SERVERS: [string, FailureReason["kind"], (socket: Socket) => void][] = [
  [
    "resets the handshake",
    "reset",
    (socket) => socket.once("data", () => socket.resetAndDestroy()),
  ],
  [
    "ends the handshake",
    "reset",
    (socket) => socket.once("data", () => socket.end()),
  ],
  [
    "speaks plain HTTP",
    "no_tls",
    (socket) =>
      socket.once(
        "data",
        () =>
          socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
      ),
  ],
];

for (const [what, kind, script] of SERVERS) {
  for (const way of ["directly", "through a proxy"]) {
    test(`a server that ${what}, reached ${way}`, () =>
      serving((serve) => createServer(serve), script, async (port) => {
        const parent = await startConnectProxy(() => port);
        try {
          expect(
            await failureOf(
              way === "directly"
                ? `https://localhost:${port}/`
                : `https://${HOST}/`,
              { https_proxy: parent.url },
            ),
          ).toEqual({ kind });
        } finally {
          await parent.close();
        }
      }));
  }
}

test("nothing listens there, and there is no such name", async () => {
  expect(await failureOf(`https://127.0.0.1:${freePort()}/`, {}))
    .toEqual({ kind: "refused" });
  expect(await failureOf("https://nosuch.invalid/", {})).toEqual({
    // Without a network no name server answers either.
    kind: expect.stringMatching(/^(unknown_name|no_name_server)$/),
  });
});

const PROXIES: [string, Partial<FailureReason>, string | undefined][] = [
  [
    "wants a password",
    { kind: "status", status: 407 },
    "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n",
  ],
  [
    "forbids",
    { kind: "status", status: 403 },
    "HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno!",
  ],
  [
    "knows no such host",
    { kind: "status", status: 502 },
    "HTTP/1.0 502 Bad Gateway\r\n\r\n",
  ],
  [
    "redirects to its login page",
    { kind: "status", status: 302 },
    "HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\n\r\n",
  ],
  ["says nothing and ends", { kind: "reset" }, ""],
  ["speaks no HTTP", { kind: "unknown" }, "220 mail.example ESMTP\r\n\r\n"],
];

for (const [what, reason, answer] of PROXIES) {
  test(`a proxy that ${what}`, () =>
    serving(
      (serve) => createServer(serve),
      (socket) => socket.once("data", () => socket.end(answer ?? "")),
      async (port) => {
        const proxy = { variable: "https_proxy", host: `127.0.0.1:${port}` };
        const https_proxy = `http://me:hunter2@127.0.0.1:${port}`;
        expect(await failureOf(`https://${HOST}/`, { https_proxy }))
          .toEqual({ ...reason, proxy });
        // The other spelling is named as it is.
        expect(
          await failureOf(`https://${HOST}/`, { HTTPS_PROXY: https_proxy }),
        ).toEqual({ ...reason, proxy: { ...proxy, variable: "HTTPS_PROXY" } });
        expect(
          await fetchIn({ https_proxy })(`https://${HOST}/`)
            .catch((error) => error.message),
        ).not.toContain("hunter2");
      },
    ));
}

test("a proxy that is not there, and one without a name", async () => {
  const port = freePort();
  expect(
    await failureOf(`https://${HOST}/`, {
      https_proxy: `http://127.0.0.1:${port}`,
    }),
  ).toEqual({
    kind: "refused",
    proxy: { variable: "https_proxy", host: `127.0.0.1:${port}` },
  });
  expect(
    await failureOf(`https://${HOST}/`, {
      HTTPS_PROXY: "http://proxy.invalid:3128",
    }),
  ).toEqual({
    kind: expect.stringMatching(/^(unknown_name|no_name_server)$/),
    proxy: { variable: "HTTPS_PROXY", host: "proxy.invalid:3128" },
  });
});

test("a proxy that speaks TLS is verified, and used", () =>
  withHome(async (home) => {
    const { caPem, cert, key } = await flawedCertificate("localhost", "none");
    Deno.writeTextFileSync(`${home}/ca.pem`, caPem);
    await serving(
      (serve) => createTlsServer({ cert, key }, serve),
      (socket) =>
        socket.once("data", () => socket.end("HTTP/1.1 407 No\r\n\r\n")),
      async (port) => {
        const https_proxy = `https://localhost:${port}`;
        const proxy = { variable: "https_proxy", host: `localhost:${port}` };
        expect(await failureOf(`https://${HOST}/`, { https_proxy }))
          .toEqual({ kind: "unknown_issuer", proxy });
        const AUTHSOME_CA_BUNDLE = `${home}/ca.pem`;
        expect(
          await failureOf(`https://${HOST}/`, {
            https_proxy,
            AUTHSOME_CA_BUNDLE,
          }),
        ).toEqual({ kind: "status", status: 407, proxy });
      },
    );
  }));

for (const value of ["http://proxy:port", "socks5://127.0.0.1:1", "http://"]) {
  test(`a variable that names no proxy is refused, not passed over: ${value}`, async () => {
    const asked = fetchIn({ https_proxy: value })(`https://${HOST}/`);
    await expect(asked).rejects.toMatchObject({
      code: "Usage",
      subject: { field: "https_proxy" },
    });
  });
}

test("what aborts a request is thrown as it is", async () => {
  const reason = new Error("enough");
  const asked = fetchIn({})(`https://127.0.0.1:${freePort()}/`, {
    signal: AbortSignal.abort(reason),
  });
  await expect(asked).rejects.toBe(reason);
});
