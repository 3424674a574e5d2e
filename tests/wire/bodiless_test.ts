// Responses without a body that promise one: no client waits for it, and what follows is no answer.
import { expect } from "expect";
import { test } from "node:test";
import { withHome } from "../support/home.ts";
import { missing } from "../support/missing.ts";
import { HOST, type Rig, withRig } from "../support/proxy/proxy_rig.ts";
import { answering } from "../support/servers/tls_upstream.ts";

const GET = `GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`;
const NEXT = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext";

const ROWS: [name: string, sent: string, arrives: string][] = [
  [
    "204 with a coding",
    "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\n\r\n",
    "HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n",
  ],
  [
    "204 with a coding and its empty body",
    "HTTP/1.1 204 No Content\r\ntransfer-encoding: Chunked\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 204 No Content\r\n\r\n",
  ],
  [
    "204 with a length and a body",
    "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 204 No Content\r\n\r\n",
  ],
  [
    "204 with another response behind it",
    "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad",
    "HTTP/1.1 204 No Content\r\n\r\n",
  ],
  [
    "304 with a coding",
    "HTTP/1.1 304 Not Modified\r\nETag: x\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n",
  ],
  [
    "304 with the length of what is kept",
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n",
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n",
  ],
  [
    "103 with a coding, and then 200",
    "HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
    "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
  ],
  [
    "205 with a body is framed like any other",
    "HTTP/1.1 205 Reset Content\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 205 Reset Content\r\nContent-Length: 2\r\n\r\nok",
  ],
];

for (const [name, sent, arrives] of ROWS) {
  test(`no body is promised where none can be: ${name}`, () => {
    let first = true;
    return withRig({
      script: answering(() => {
        const response = first ? sent : NEXT;
        first = false;
        return response;
      }),
    }, async (rig) => {
      const client = await rig.tunnel();
      client.send(GET);
      await client.until(/\r\n\r\n/);
      client.send(GET);
      await client.until(/next$/);
      expect(client.received).toBe(arrives + NEXT);
      // What promised a body that it cannot have serves nobody else.
      expect(rig.upstream.connections.length)
        .toBe(/^HTTP\/1.1 204/.test(sent) || /304.*ETag/s.test(sent) ? 2 : 1);
    });
  });
}

test("a protocol is changed without a promise of a body", () =>
  withRig({
    script: answering(() =>
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\nTransfer-Encoding: chunked\r\n\r\nraw"
    ),
  }, async (rig) => {
    const client = await rig.tunnel();
    client.send(
      `GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n`,
    );
    await client.until(/raw$/);
    expect(client.received).toBe(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nraw",
    );
  }));

const PYTHON = `
import http.client, os, ssl, sys
port, authorization, ca, host = sys.argv[1:5]
c = http.client.HTTPSConnection("127.0.0.1", int(port), timeout=20, context=ssl.create_default_context(cafile=ca))
c.set_tunnel(host, 443, {"Proxy-Authorization": authorization})
for method, path in [("GET", "/204"), ("GET", "/304"), ("HEAD", "/200"), ("GET", "/200")]:
    c.request(method, path)
    r = c.getresponse()
    print(r.status, len(r.read()))
`;

/** Runs a client, and gives what it said. */
async function ran(command: string, args: string[]): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(command, {
    args,
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return text(stdout) + text(stderr);
}

function withClients(
  body: (rig: Rig, ca: string) => Promise<void>,
): Promise<void> {
  return withHome((home) =>
    withRig({
      script: answering((head) => {
        const [, method, status] = /^(\w+) \/(\d+)/.exec(head)!;
        const named =
          `HTTP/1.1 ${status} X\r\nTransfer-Encoding: chunked\r\n\r\n`;
        return method === "HEAD" || status !== "200"
          ? named
          : `${named}2\r\nok\r\n0\r\n\r\n`;
      }),
    }, async (rig) => {
      Deno.writeTextFileSync(`${home}/ca.pem`, rig.authority.caPem);
      await body(rig, `${home}/ca.pem`);
    })
  );
}

test("Python and curl do not wait for a body that never comes", {
  skip: Deno.build.os === "windows" && "Python's sockets differ there" ||
    await missing("python3") || await missing("curl"),
}, () =>
  withClients(async (rig, ca) => {
    const { username, password, port } = new URL(rig.proxy.url);
    expect(
      await ran("python3", [
        ...["-c", PYTHON, port, `Basic ${btoa(`${username}:${password}`)}`],
        ...[ca, HOST],
      ]),
    ).toBe("204 0\n304 0\n200 0\n200 2\n");
    const curl = (...args: string[]) =>
      ran("curl", [
        ...["-sS", "-m", "20", "-o", "/dev/null", "--http1.1"],
        ...["-w", "%{http_code}:%{size_download}:%{exitcode} "],
        ...["--proxy", rig.proxy.url, "--cacert", ca, ...args],
      ]);
    expect(await curl(`https://${HOST}/204`)).toBe("204:0:0 ");
    expect(await curl(`https://${HOST}/304`)).toBe("304:0:0 ");
    expect(await curl("-I", `https://${HOST}/200`)).toBe("200:0:0 ");
  }));
