// deno-lint-ignore-file no-control-regex
// What passes through an opened tunnel, byte for byte but for the credential.
import { expect } from "expect";
import { connect as connectTcp, createServer } from "node:net";
import { test } from "node:test";
import { connect as connectTls } from "node:tls";
import {
  type Client,
  HOST,
  KEY,
  keyCredential,
  type Rig,
  type RigOptions,
  route,
  withRig,
} from "../support/proxy/proxy_rig.ts";
import { answering, type Connection } from "../support/servers/tls_upstream.ts";

const HEAD = /^[\s\S]*?\r\n\r\n/;
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

function rigTest(
  name: string,
  options: RigOptions,
  body: (rig: Rig) => Promise<void>,
) {
  test(name, () => withRig({ script: answering(() => OK), ...options }, body));
}

/** Sends a request in a new tunnel and gives what the upstream got, when the answer is there. */
async function exchanged(rig: Rig, request: string): Promise<string> {
  const client = await rig.tunnel();
  client.send(request);
  await client.until(/\r\n\r\nok$/);
  return rig.upstream.connections.at(-1)!.received;
}

rigTest(
  "the credential takes the place of everything that the client sent for it",
  {},
  async (rig) => {
    const received = await exchanged(
      rig,
      `GET /a?b=c HTTP/1.1\r\nhOst: ${HOST}\r\nX-One: 1\r\nAUTHORIZATION: Bearer mine\r\nauthorization: Basic eA==\r\nX-Two:2\r\nX-one:  3 \r\n\r\n`,
    );
    expect(received).toBe(
      `GET /a?b=c HTTP/1.1\r\nhOst: ${HOST}\r\nX-One: 1\r\nAuthorization: Bearer ${KEY}\r\nX-Two: 2\r\nX-one: 3\r\n\r\n`,
    );
    expect(rig.events).toEqual([{
      event: "inject",
      ok: true,
      status: 200,
      provider: "example",
      connection: "default",
      profile: "default",
      method: "GET",
      host: HOST,
      path: "/a",
    }]);
  },
);

rigTest(
  "Connection cannot take the credential out again, nor reach the hop behind the proxy",
  {},
  async (rig) => {
    const received = await exchanged(
      rig,
      `GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: keep-alive, authorization, X-Gone\r\nX-Gone: 1\r\nKeep-Alive: 5\r\n` +
        "Proxy-Authorization: Basic secret\r\nProxy-Connection: keep-alive\r\nTE: trailers, gzip\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n",
    );
    expect(received).toBe(
      `GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: TE\r\nTE: trailers\r\nAuthorization: Bearer ${KEY}\r\n\r\n`,
    );
  },
);

for (const option of ["host", "Content-Length", "transfer-encoding"]) {
  rigTest(
    `Connection must not name what frames or directs the request: ${option}`,
    {},
    async (rig) => {
      const client = await rig.tunnel();
      client.send(
        `POST / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close, ${option}\r\nContent-Length: 1\r\n\r\nx`,
      );
      expect(await client.closed()).toMatch(/^HTTP\/1\.1 400 /);
      expect(rig.upstream.connections).toEqual([]);
    },
  );
}

rigTest(
  "a header spelled with an underscore is replaced too, since servers read it as the same",
  {
    table: {
      routes: [
        route({
          injections: [{
            kind: "header",
            name: "X-Api-Key",
            value: "{api_key}",
          }],
        }),
      ],
      forbidden: [],
    },
  },
  async (rig) => {
    const received = await exchanged(
      rig,
      `GET / HTTP/1.1\r\nHost: ${HOST}\r\nx_api_key: mine\r\nX-API-KEY: mine\r\n\r\n`,
    );
    expect(received).toBe(
      `GET / HTTP/1.1\r\nHost: ${HOST}\r\nX-Api-Key: ${KEY}\r\n\r\n`,
    );
  },
);

rigTest(
  "Basic, query and path injections, and default headers only where there is none",
  {
    table: {
      routes: [
        route({
          pathPrefix: "/basic",
          injections: [{
            kind: "basic",
            username: "me",
            password: "{api_key}",
          }],
          defaultHeaders: { "X-Version": "1" },
        }),
        route({
          pathPrefix: "/query",
          injections: [{ kind: "query", name: "key", value: "{api_key}" }],
        }),
        route({ injections: [{ kind: "path", template: "/bot{api_key}" }] }),
      ],
      forbidden: [],
    },
    fresh: () => keyCredential("1:a/b&c d"),
  },
  async (rig) => {
    const basic = btoa("me:1:a/b&c d");
    expect(await exchanged(rig, `GET /basic HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`))
      .toBe(
        `GET /basic HTTP/1.1\r\nHost: ${HOST}\r\nAuthorization: Basic ${basic}\r\nX-Version: 1\r\n\r\n`,
      );
    expect(
      await exchanged(
        rig,
        `GET /basic HTTP/1.1\r\nHost: ${HOST}\r\nx-version: 2\r\n\r\n`,
      ),
    )
      .toBe(
        `GET /basic HTTP/1.1\r\nHost: ${HOST}\r\nx-version: 2\r\nAuthorization: Basic ${basic}\r\n\r\n`,
      );
    expect(
      await exchanged(
        rig,
        `GET /query?a=1&key=authsome-proxy-managed&%6bey=x&b HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`,
      ),
    )
      .toBe(
        `GET /query?a=1&key=1%3Aa%2Fb%26c%20d&b HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`,
      );
    expect(
      await exchanged(
        rig,
        `GET /botauthsome-proxy-managed/getMe?x HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`,
      ),
    )
      .toBe(
        `GET /bot1:a%2Fb%26c%20d/getMe?x HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`,
      );
    expect(rig.events.map(({ path }) => path)).toEqual([
      "/basic",
      "/basic",
      "/query",
      "/botauthsome-proxy-managed/getMe",
    ]);
    expect(JSON.stringify(rig.events)).not.toMatch(/1:a|1%3A/);
  },
);

for (
  const [key, sent] of [
    ["FlyV1 fm2_abc", "FlyV1 fm2_abc"],
    ["fo1_abc", "Bearer fo1_abc"],
    ["FlyV1abc", "Bearer FlyV1abc"],
  ] as const
) {
  rigTest(`a key that may bring its own scheme is sent whole: ${key}`, {
    table: {
      routes: [
        route({
          injections: [{
            kind: "header",
            name: "Authorization",
            value: "Bearer {api_key}",
            schemes: ["FlyV1"],
          }],
        }),
      ],
      forbidden: [],
    },
    fresh: () => keyCredential(key),
  }, async (rig) => {
    expect(await exchanged(rig, `GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`))
      .toBe(
        `GET / HTTP/1.1\r\nHost: ${HOST}\r\nAuthorization: ${sent}\r\n\r\n`,
      );
  });
}

rigTest(
  "a 401 of the upstream is told, so that the next request can have a fresh token",
  {
    script: answering(() => "HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nok"),
  },
  async (rig) => {
    await exchanged(rig, `GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    expect(rig.rejected).toEqual(["example/default"]);
  },
);

rigTest("a request outside of every route passes unchanged and is not logged", {
  table: { routes: [route({ pathPrefix: "/v1" })], forbidden: [] },
}, async (rig) => {
  const request =
    `GET /v2 HTTP/1.1\r\nHost: ${HOST}\r\nAuthorization: Bearer own\r\n\r\n`;
  expect(await exchanged(rig, request)).toBe(request);
  expect(rig.events).toEqual([]);
});

rigTest(
  "request bodies pass byte for byte: by length, chunked with extensions and trailers",
  {
    script: async (connection) => {
      await connection.until(/(END|\r\nX-Sum: 1\r\n\r\n)$/);
      connection.send(OK);
    },
  },
  async (rig) => {
    const all =
      String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i)) + "END";
    const byLength = await exchanged(
      rig,
      `POST / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: ${all.length}\r\n\r\n${all}`,
    );
    expect(byLength.slice(byLength.indexOf("\r\n\r\n") + 4)).toBe(all);
    const chunks =
      `A;name="v;x"\r\n0123\r\n6789\r\n00001\r\n\0\r\n0;last\r\nX-Sum: 1\r\n\r\n`;
    const chunked = await exchanged(
      rig,
      `POST / HTTP/1.1\r\nHost: ${HOST}\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n${chunks}`,
    );
    expect(chunked.slice(chunked.indexOf("\r\n\r\n") + 4)).toBe(chunks);
  },
);

rigTest("a chunked body is the same however it is cut into packets", {
  script: async (connection) => {
    for (let from = 0;;) {
      const text = await connection.until(/0\r\n\r\n/, from);
      from += text.length;
      connection.send(OK);
    }
  },
}, async (rig) => {
  const client = await rig.tunnel();
  const request =
    `POST / HTTP/1.1\r\nHost: ${HOST}\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`;
  for (let at = 0; at < request.length; at++) {
    client.send(request[at]!);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await client.until(/ok$/);
  expect(
    rig.upstream.connections[0]!.received.endsWith(
      "\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    ),
  ).toBe(true);
});

for (
  const [name, body] of [
    ["a sign", "+1\r\nx\r\n0\r\n\r\n"],
    ["0x", "0x1\r\nx\r\n0\r\n\r\n"],
    ["a space before the size", " 1\r\nx\r\n0\r\n\r\n"],
    ["a space behind the size", "1 \r\nx\r\n0\r\n\r\n"],
    ["no size", "\r\nx\r\n0\r\n\r\n"],
    ["a bare LF behind the size", "1\nx\r\n0\r\n\r\n"],
    ["a bare LF in an extension", "1;a\nb\r\nx\r\n0\r\n\r\n"],
    ["a chunk longer than its size", "1\r\nxGET / HTTP/1.1\r\n0\r\n\r\n"],
    ["another byte than the CR behind a chunk", "1\r\nxA\n0\r\n\r\n"],
    ["another byte than the LF behind a chunk", "1\r\nx\rA0\r\n\r\n"],
    ["a size beyond what numbers hold", "fffffffffffffffff\r\nx\r\n0\r\n\r\n"],
    ["an endless extension", `1;${"a".repeat(5000)}\r\nx\r\n0\r\n\r\n`],
    ["a trailer that frames", "0\r\nContent-Length: 5\r\n\r\n"],
    ["a trailer that authenticates", "0\r\nAuthorization: x\r\n\r\n"],
    ["a folded trailer", "0\r\nA: b\r\n c\r\n\r\n"],
    ["a bare CR in a trailer", "0\r\nA: b\rc\r\n\r\n"],
  ] as const
) {
  rigTest(
    `a chunked body that two servers could read differently is refused: ${name}`,
    {},
    async (rig) => {
      const client = await rig.tunnel();
      client.send(
        `POST / HTTP/1.1\r\nHost: ${HOST}\r\nTransfer-Encoding: chunked\r\n\r\n${body}`,
      );
      expect(await client.closed()).toMatch(/^HTTP\/1\.1 400 /);
      // Nothing behind the head was sent on.
      expect(
        rig.upstream.connections.every(({ received }) =>
          !received.includes("\r\n\r\n") || received.endsWith("\r\n\r\n")
        ),
      ).toBe(true);
    },
  );
}

for (
  const [name, fields] of [
    ["both framings", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"],
    ["a length twice", "Content-Length: 0\r\nContent-Length: 40\r\n"],
    ["a list of lengths", "Content-Length: 0, 40\r\n"],
    ["a coding that is not chunked", "Transfer-Encoding: xchunked\r\n"],
    ["a folded coding", "Transfer-Encoding:\r\n chunked\r\n"],
    ["a space before the colon", "Content-Length : 40\r\n"],
    ["a bare LF", "X: 1\nContent-Length: 40\r\n"],
  ] as const
) {
  rigTest(
    `no second request is smuggled past the policy: ${name}`,
    {},
    async (rig) => {
      const client = await rig.tunnel();
      client.send(
        `POST / HTTP/1.1\r\nHost: ${HOST}\r\n${fields}\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`,
      );
      const response = await client.closed();
      expect(response).toMatch(/^HTTP\/1\.1 (400|501) /);
      expect(response.match(/HTTP\/1\.1 /g)!.length).toBe(1);
      expect(rig.upstream.connections).toEqual([]);
    },
  );
}

rigTest("pipelined requests are each decided, injected and answered in order", {
  script: answering((head) => {
    const path = head.split(" ")[1]!;
    return `HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`;
  }),
}, async (rig) => {
  const client = await rig.tunnel();
  const paths = Array.from({ length: 200 }, (_, i) => `/${i}`);
  client.send(
    paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`).join(
      "",
    ),
  );
  const received = await client.until(/\/199$/);
  expect([...received.matchAll(/\r\n\r\n(\/\d+)/g)].map(([, path]) => path))
    .toEqual(paths);
  expect(rig.upstream.connections.length).toBe(1);
  expect(
    rig.upstream.connections[0]!.received.match(
      new RegExp(`Bearer ${KEY}\r\n`, "g"),
    )!.length,
  ).toBe(200);
});

rigTest("two accounts never share an upstream connection", {
  table: {
    routes: [
      route({ pathPrefix: "/a" }),
      route({ pathPrefix: "/b", connection: "work" }),
    ],
    forbidden: [],
  },
  fresh: (_, connection) => keyCredential(`key-of-${connection}`),
}, async (rig) => {
  const client = await rig.tunnel();
  for (const path of ["/a", "/a", "/b", "/a"]) {
    const from = client.received.length;
    client.send(`GET ${path} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    await client.until(/ok$/, from);
  }
  expect(rig.upstream.connections.length).toBe(3);
  for (const { received } of rig.upstream.connections) {
    expect(new Set(received.match(/key-of-\w+/g)).size).toBe(1);
  }
});

async function responds(
  rig: Rig,
  method = "GET",
  fields = "",
): Promise<Client> {
  const client = await rig.tunnel();
  client.send(`${method} / HTTP/1.1\r\nHost: ${HOST}\r\n${fields}\r\n`);
  return client;
}

for (
  const [name, method, response, keeps] of [
    [
      "by length",
      "GET",
      "HTTP/1.1 200 Fine Thing\r\nX-a: 1\r\nx-A: 2\r\nContent-Length: 3\r\n\r\n\0\xff\n",
      true,
    ],
    [
      "chunked with trailers",
      "GET",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;e=1\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n",
      true,
    ],
    ["HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", true],
    ["204", "GET", "HTTP/1.1 204 No Content\r\n\r\n", true],
    [
      "304 with a length",
      "GET",
      "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
      true,
    ],
    [
      "informational ones first",
      "GET",
      "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 102 P\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
      true,
    ],
    [
      "corrupt gzip",
      "GET",
      "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\0x",
      true,
    ],
    [
      "until the connection closes",
      "GET",
      "HTTP/1.1 200 OK\r\n\r\nto the end",
      false,
    ],
    [
      "HTTP/1.0",
      "GET",
      "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
      false,
    ],
    [
      "asked to close",
      "GET",
      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
      false,
    ],
  ] as const
) {
  rigTest(`a response passes byte for byte: ${name}`, {
    script: async (connection) => {
      await connection.until(HEAD);
      connection.send(response);
      if (!keeps) connection.socket.end();
    },
  }, async (rig) => {
    const client = await responds(rig, method);
    if (keeps) {
      await client.until(new RegExp(`^[\\s\\S]{${response.length}}`));
      expect(client.received).toBe(response);
      expect(rig.upstream.connections[0]!.socket.destroyed).toBe(false);
    } else {
      expect(await client.closed()).toBe(response);
    }
    expect(rig.events).toMatchObject([{ event: "inject", ok: true }]);
  });
}

rigTest("a stream of events arrives piece by piece", {
  script: async (connection) => {
    await connection.until(HEAD);
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (const event of ["one", "two"]) {
      connection.send(`3\r\n${event}\r\n`);
      // Only goes on when the client has said, in another connection, that it has seen this one.
      await new Promise<void>((resolve) => seen.set(event, resolve));
    }
    connection.send("0\r\n\r\n");
  },
}, async (rig) => {
  const client = await responds(rig);
  for (const event of ["one", "two"]) {
    await client.until(new RegExp(event));
    seen.get(event)!();
  }
  await client.until(/0\r\n\r\n$/);
});
const seen = new Map<string, () => void>();

rigTest("a body that the server cut off is seen as cut off", {
  script: async (connection) => {
    await connection.until(HEAD);
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart");
    connection.socket.end();
  },
}, async (rig) => {
  const client = await responds(rig);
  let clean = false;
  client.socket.on("end", () => clean = true);
  expect(await client.closed()).toMatch(/part$/);
  await new Promise((resolve) =>
    client.socket.destroyed ? resolve(0) : client.socket.once("close", resolve)
  );
  expect(rig.upstream.connections.length).toBe(1);
  expect(clean || client.socket.destroyed).toBe(true);
});

for (
  const [name, response] of [
    [
      "both framings",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    [
      "two lengths",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    ],
    ["a folded header", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n"],
    ["no HTTP", "hello\r\n\r\n"],
    [
      "a protocol changed unasked",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    ],
  ] as const
) {
  rigTest(`a response with no single reading becomes 502: ${name}`, {
    script: async (connection) => {
      await connection.until(HEAD);
      connection.send(response);
    },
  }, async (rig) => {
    const client = await responds(rig);
    expect(await client.closed()).toMatch(
      /^HTTP\/1\.1 502 [\s\S]*upstream_unreachable/,
    );
  });
}

rigTest("what a server sends unasked never answers the next request", {
  script: async (connection) => {
    await connection.until(HEAD);
    const first = !(rigged as Connection[]).length;
    rigged.push(connection);
    connection.send(
      first ? OK + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil" : OK,
    );
  },
}, async (rig) => {
  const client = await responds(rig);
  await client.until(/ok$/);
  const from = client.received.length;
  client.send(`GET /2 HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
  await client.until(/ok$/, from);
  expect(client.received).not.toContain("evil");
  expect(rig.upstream.connections.length).toBe(2);
});
const rigged: Connection[] = [];

rigTest("the client sends its body when the server says so", {
  script: async (connection) => {
    await connection.until(HEAD);
    expect(connection.received).toContain("Expect: 100-continue\r\n");
    connection.send("HTTP/1.1 100 Continue\r\n\r\n");
    await connection.until(/body$/);
    connection.send(OK);
  },
}, async (rig) => {
  const client = await responds(
    rig,
    "POST",
    "Expect: 100-continue\r\nContent-Length: 4\r\n",
  );
  await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
  client.send("body");
  expect(await client.until(/ok$/)).toBe(`HTTP/1.1 100 Continue\r\n\r\n${OK}`);
});

rigTest(
  "a refusal that comes before the body is read reaches the client, and the connection ends",
  {
    script: async (connection) => {
      await connection.until(HEAD);
      connection.send(
        "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno",
      );
      connection.socket.end();
    },
  },
  async (rig) => {
    const client = await responds(rig, "POST", "Content-Length: 10000000\r\n");
    client.send("x".repeat(100_000));
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 413 [\s\S]*no$/);
  },
);

/** Answers a connection's first request, and drops the connection at the next one. */
const onceOnly = async (connection: Connection) => {
  await connection.until(HEAD);
  connection.send(OK);
  await connection.until(/\r\n\r\n[\s\S]*\r\n\r\n/);
  connection.socket.destroy();
};

for (const method of ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]) {
  rigTest(
    `a ${method} without a body is sent again when the idle connection has just gone`,
    { script: onceOnly },
    async (rig) => {
      const client = await responds(rig);
      await client.until(/ok$/);
      const from = client.received.length;
      client.send(`${method} /again HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
      await client.until(/^HTTP\/1\.1 200 /, from);
      expect(rig.upstream.connections.length).toBe(2);
      expect(rig.upstream.connections[1]!.received).toContain(
        `${method} /again `,
      );
    },
  );
}

rigTest("a server that drops a new connection is not asked again", {
  script: async (connection) => {
    await connection.until(HEAD);
    connection.socket.destroy();
  },
}, async (rig) => {
  const client = await responds(rig);
  expect(await client.until(/upstream_unreachable/)).toMatch(
    /^HTTP\/1\.1 502 /,
  );
  expect(rig.upstream.connections.length).toBe(1);
});

rigTest("what a server sends to an idle connection ends that connection", {
  script: async (connection) => {
    await connection.until(HEAD);
    connection.send(OK);
    if (letGo.length > 0) return;
    await new Promise<void>((resolve) => letGo.push(resolve));
    connection.send(
      "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n",
    );
  },
}, async (rig) => {
  const client = await responds(rig);
  await client.until(/ok$/);
  letGo[0]!();
  const [first] = rig.upstream.connections;
  await new Promise<void>((resolve) => {
    if (first!.socket.destroyed) resolve();
    else first!.socket.once("close", () => resolve());
  });
  const from = client.received.length;
  client.send(`GET /2 HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
  expect(await client.until(/ok$/, from)).not.toContain("408");
  expect(rig.upstream.connections.length).toBe(2);
});
const letGo: (() => void)[] = [];

for (
  const [what, head] of [
    // No length and no body: only the method forbids it.
    ["a POST", "POST /once HTTP/1.1\r\n"],
    ["a PATCH", "PATCH /once HTTP/1.1\r\n"],
    ["an unknown method", "TRANSFER /once HTTP/1.1\r\n"],
    ["a PUT with a length", "PUT /once HTTP/1.1\r\nContent-Length: 0\r\n"],
    [
      "a WebSocket",
      "GET /once HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n",
    ],
  ] as const
) {
  rigTest(
    `${what} is not sent again when the idle connection has just gone`,
    { script: onceOnly },
    async (rig) => {
      const client = await responds(rig);
      await client.until(/ok$/);
      const from = client.received.length;
      client.send(`${head}Host: ${HOST}\r\n\r\n`);
      const closed = client.until(/ok$/, from).catch(() => "closed");
      expect(await closed).toBe("closed");
      expect(client.received.slice(from)).toBe("");
      expect(rig.upstream.connections.length).toBe(1);
      expect(rig.upstream.connections[0]!.received).toContain("/once ");
      expect(rig.events.at(-1)).toMatchObject({
        ok: false,
        reason: "upstream_unreachable",
      });
    },
  );
}

rigTest("a WebSocket passes both ways once the server agrees", {
  script: async (connection) => {
    await connection.until(HEAD);
    connection.send(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x02hi",
    );
    await connection.until(/\x81\x03you/);
    connection.send("\x88\x00");
    connection.socket.end();
  },
}, async (rig) => {
  const client = await responds(
    rig,
    "GET",
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n",
  );
  await client.until(/\r\n\r\n\x81\x02hi$/);
  client.send("\x81\x03you");
  expect(await client.closed()).toMatch(/\x88\x00$/);
  expect(rig.upstream.connections[0]!.received).toMatch(
    /^GET \/ HTTP\/1\.1\r\nHost: .*\r\nSec-WebSocket-Key: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nAuthorization: Bearer sk-real/,
  );
  expect(rig.events).toMatchObject([{ event: "inject", status: 101 }]);
});

rigTest("a WebSocket whose request has Content-Length: 0 is one too", {
  script: async (connection) => {
    await connection.until(HEAD);
    connection.send(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x02hi",
    );
    await connection.until(/\x81\x03you/);
    connection.socket.end();
  },
}, async (rig) => {
  const client = await responds(
    rig,
    "GET",
    "Connection: Upgrade\r\nContent-Length: 0\r\nUpgrade: websocket\r\n",
  );
  await client.until(/\r\n\r\n\x81\x02hi$/);
  client.send("\x81\x03you");
  await client.closed();
  expect(rig.upstream.connections[0]!.received).toMatch(/\x81\x03you$/);
});

rigTest("a WebSocket that the server refuses is an ordinary response", {
  script: answering(() => "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nok"),
}, async (rig) => {
  const client = await responds(
    rig,
    "GET",
    "Connection: Upgrade\r\nUpgrade: websocket\r\n",
  );
  await client.until(/^HTTP\/1\.1 403 [\s\S]*ok$/);
  const from = client.received.length;
  client.send(`GET /next HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
  await client.until(/^HTTP\/1\.1 403 /, from);
});

rigTest("Upgrade without Connection is not passed on", {}, async (rig) => {
  expect(
    await exchanged(
      rig,
      `GET / HTTP/1.1\r\nHost: ${HOST}\r\nUpgrade: websocket\r\n\r\n`,
    ),
  ).not.toMatch(/upgrade/i);
});

rigTest("a client that goes away takes its upstream connection along", {
  script: async (connection) => {
    await connection.until(HEAD);
    gone = new Promise((resolve) =>
      connection.socket.once("close", () => resolve())
    );
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart");
  },
}, async (rig) => {
  const client = await responds(rig);
  await client.until(/part$/);
  client.socket.destroy();
  await gone;
});
let gone: Promise<void>;

rigTest(
  "plain http goes through without a credential",
  { tls: false },
  async (rig) => {
    const client = await rig.dial();
    const authorization =
      /Proxy-Authorization: .*\r\n/.exec(rig.connectHead("a:1"))![0];
    client.send(
      `GET http://${HOST}/x?y HTTP/1.1\r\nHost: ${HOST}\r\n${authorization}Accept: */*\r\n\r\n`,
    );
    await client.until(/ok$/);
    expect(rig.upstream.connections[0]!.received).toBe(
      `GET /x?y HTTP/1.1\r\nHost: ${HOST}\r\nAccept: */*\r\n\r\n`,
    );
    expect(rig.events).toEqual([{
      event: "tunnel",
      ok: true,
      reason: "no_route",
      profile: "default",
      method: "GET",
      host: HOST,
      port: 80,
    }]);
  },
);

rigTest(
  "the credentials of the parent's proxy go to it alone",
  {},
  async (rig) => {
    await exchanged(rig, `GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    expect(rig.parent.heads).toEqual([
      `CONNECT ${HOST}:443 HTTP/1.1\r\nHost: ${HOST}:443\r\n\r\n`,
    ]);
  },
);

for (const size of [1, 7, 100_000]) {
  rigTest(
    `CONNECT and ClientHello may come in pieces of ${size} bytes, across their border`,
    {},
    async (rig) => {
      // A relay that cuts what a TLS client says.
      const relay = createServer((client) => {
        const proxy = connectTcp(rig.proxy.port, "127.0.0.1");
        proxy.setNoDelay(true);
        let queue = rig.connectHead(`${HOST}:443`);
        let strip = ESTABLISHED.length;
        let timer: ReturnType<typeof setInterval> | undefined;
        client.on("data", (bytes: Uint8Array) => {
          queue += String.fromCharCode(...bytes);
          timer ??= setInterval(() => {
            proxy.write(
              Uint8Array.from(queue.slice(0, size), (c) => c.charCodeAt(0)),
            );
            queue = queue.slice(size);
          }, 0);
        });
        proxy.on("data", (bytes: Uint8Array) => {
          const cut = Math.min(strip, bytes.length);
          strip -= cut;
          client.write(bytes.subarray(cut));
        });
        client.on("close", () => {
          clearInterval(timer);
          proxy.destroy();
        });
        client.on("error", () => {});
        proxy.on("error", () => {});
      });
      await new Promise<void>((resolve) =>
        relay.listen(0, "127.0.0.1", resolve)
      );
      const { port } = relay.address() as { port: number };
      const secure = connectTls({
        port,
        host: "127.0.0.1",
        ca: rig.authority.caPem,
        servername: HOST,
      });
      await new Promise((resolve, reject) =>
        secure.once("secureConnect", resolve).once("error", reject)
      );
      secure.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
      const answer = await new Promise<string>((resolve) =>
        secure.once(
          "data",
          (bytes: Uint8Array) => resolve(String.fromCharCode(...bytes)),
        )
      );
      expect(answer).toBe(OK);
      secure.destroy();
      await new Promise((resolve) => relay.close(resolve));
    },
  );
}
const ESTABLISHED = "HTTP/1.1 200 Connection Established\r\n\r\n";
