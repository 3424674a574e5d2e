// What the proxy refuses, over real sockets: nothing of it may reach the upstream with a credential.
import { expect } from "expect";
import { test } from "node:test";
import {
  HOST,
  KEY,
  keyCredential,
  type Rig,
  type RigOptions,
  route,
  withRig,
} from "../support/proxy/proxy_rig.ts";
import { answering, type Connection } from "../support/servers/tls_upstream.ts";

const OK = answering(() => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

function rigTest(
  name: string,
  options: RigOptions,
  body: (rig: Rig) => Promise<void>,
) {
  test(name, () => withRig({ script: OK, ...options }, body));
}

/** Everything that any upstream connection received. */
function arrived(rig: Rig): string {
  return rig.upstream.connections.map(({ received }) => received).join("\n");
}

function body(response: string): Record<string, unknown> {
  return JSON.parse(response.slice(response.indexOf("\r\n\r\n") + 4));
}

rigTest(
  "without the password of the run the proxy answers 407 and serves nobody",
  {},
  async (rig) => {
    const wrong = [
      "",
      "Proxy-Authorization: Basic \r\n",
      `Proxy-Authorization: Basic ${btoa("authsome:wrong")}\r\n`,
      `Proxy-Authorization: Bearer ${new URL(rig.proxy.url).password}\r\n`,
      `Authorization: Basic ${
        btoa(`authsome:${new URL(rig.proxy.url).password}`)
      }\r\n`,
    ];
    for (const field of wrong) {
      for (
        const line of [
          `CONNECT ${HOST}:443`,
          "CONNECT other.test:443",
          "GET http://other.test/",
        ]
      ) {
        const client = await rig.dial();
        client.send(
          `${line} HTTP/1.1\r\nHost: ${
            line.split(/[ /]+/)[line.startsWith("GET") ? 2 : 1]
          }\r\n${field}\r\n`,
        );
        const response = await client.closed();
        expect(response).toMatch(/^HTTP\/1\.1 407 .*\r\n/);
        expect(response).toContain("Proxy-Authenticate: Basic ");
        expect(response).toContain(
          "X-Authsome-Reason: proxy_authentication_required\r\n",
        );
        expect(response).not.toContain(new URL(rig.proxy.url).password);
      }
    }
    expect(rig.parent.heads).toEqual([]);
  },
);

test("each run has a password of its own, of 256 bits", async () => {
  const passwords = new Set<string>();
  for (let run = 0; run < 3; run++) {
    await withRig({}, (rig) => {
      const { password, hostname } = new URL(rig.proxy.url);
      expect(hostname).toBe("127.0.0.1");
      expect(password.length).toBe(43);
      passwords.add(password);
      return Promise.resolve();
    });
  }
  expect(passwords.size).toBe(3);
});

for (
  const target of [
    "api.example.com",
    "api.example.com:",
    "api.example.com:0443",
    "api.example.com:0",
    "api.example.com:65536",
    "user@api.example.com:443",
    "api..example.com:443",
    ".example.com:443",
    "api%2eexample.com:443",
    "http://api.example.com:443",
    "[::1:443",
    "/",
  ]
) {
  rigTest(
    `CONNECT to what is no host and port is refused: ${target}`,
    {},
    async (rig) => {
      const client = await rig.dial();
      client.send(rig.connectHead(target));
      expect(await client.closed()).toMatch(/^HTTP\/1\.1 400 /);
      expect(rig.parent.heads).toEqual([]);
    },
  );
}

for (
  const [name, authority] of [
    ["a longer name", "api.example.com.evil.test:443"],
    ["a name before it", "xapi.example.com:443"],
    ["a trailing dot", "api.example.com.:443"],
    ["another port", "api.example.com:8443"],
    ["the port of ssh", "api.example.com:22"],
    ["punycode", "xn--api-example-com-0xb.test:443"],
    ["an address", "93.184.216.34:443"],
    ["an IPv6 address", "[2606:2800::1]:443"],
  ] as const
) {
  rigTest(
    `a host that only looks like a routed one is never opened: ${name}`,
    {},
    async (rig) => {
      // Through a blind tunnel the client meets the upstream itself, whose certificate is not from the run's CA.
      const client = await rig.dial();
      client.send(
        rig.connectHead(authority) + "raw bytes, authsome-proxy-managed",
      );
      await client.until(/^HTTP\/1\.1 200 /);
      expect(rig.parent.heads.map((head) => head.split(" ")[1])).toEqual([
        authority,
      ]);
      // Nothing of it is read: the log has its name alone.
      const [, host, port] = /^(.*):(\d+)$/.exec(authority)!;
      expect(rig.events).toEqual([{
        ...{ event: "tunnel", ok: true, reason: "no_route" },
        ...{ profile: "default", method: "CONNECT", host },
        ...port === "443" ? {} : { port: Number(port) },
      }]);
    },
  );
}

for (
  const target of [
    "127.0.0.1",
    "localhost",
    "[::1]",
    "0.0.0.0",
    "127.1",
    "0x7f.1",
    "2130706433",
    "[::ffff:127.0.0.1]",
    "x.localhost",
  ]
) {
  rigTest(
    `a command is not led to the login server or back into the proxy: ${target}`,
    {
      options: { upstream: {} },
    },
    async (rig) => {
      for (const port of [7998, rig.proxy.port]) {
        for (
          const head of [
            rig.connectHead(`${target}:${port}`),
            plain(rig, `http://${target}:${port}/`),
          ]
        ) {
          const client = await rig.dial();
          client.send(head);
          const response = await client.closed();
          expect(response).toMatch(/^HTTP\/1\.1 403 /);
          expect(response).toContain("X-Authsome-Reason: destination_refused");
        }
      }
    },
  );
}

function plain(rig: Rig, url: string, fields = ""): string {
  const authorization =
    /Proxy-Authorization: .*\r\n/.exec(rig.connectHead("a:1"))![0];
  return `GET ${url} HTTP/1.1\r\nHost: ${
    url.split("/")[2]
  }\r\n${authorization}${fields}\r\n`;
}

rigTest(
  "the proxy is no web server: a path alone is refused",
  {},
  async (rig) => {
    const client = await rig.dial();
    client.send(plain(rig, "http://a.test/").replace("http://a.test/", "/"));
    expect(await client.until(/^HTTP\/1\.1 400 [\s\S]*\}\n$/)).toContain(
      "X-Authsome-Reason: bad_request",
    );
    expect(rig.parent.heads).toEqual([]);
  },
);

rigTest(
  "with the policy deny a host without a route is refused, tunnelled or plain",
  { policy: "deny" },
  async (rig) => {
    for (
      const head of [
        rig.connectHead("other.test:443"),
        rig.connectHead(`${HOST}:22`),
        plain(rig, "http://other.test/"),
      ]
    ) {
      const client = await rig.dial();
      client.send(head);
      const response = await client.until(/\}\n$/);
      expect(response).toMatch(/^HTTP\/1\.1 403 /);
      expect(body(response)).toMatchObject({
        v: 1,
        type: "error",
        error: { code: "OperationNotAllowed", type: "permission_error" },
        reason: "policy",
      });
    }
    expect(rig.parent.heads).toEqual([]);
    expect(rig.events.map(({ event, reason }) => `${event} ${reason}`)).toEqual(
      Array(3).fill("deny policy"),
    );
  },
);

// Domain fronting: every way in which the names can disagree.
for (
  const serverName of [
    "other.example.com",
    "api.example.com.evil.test",
    false,
  ] as const
) {
  rigTest(
    `a TLS server name that is not the tunnel's host is refused: ${serverName}`,
    {},
    async (rig) => {
      await expect(rig.tunnel(`${HOST}:443`, { serverName })).rejects.toThrow();
      expect(rig.events).toMatchObject([{
        event: "deny",
        reason: "authority_mismatch",
        host: HOST,
      }]);
      expect(rig.upstream.connections).toEqual([]);
    },
  );
}

rigTest(
  "a CONNECT whose Host names another server is refused",
  {},
  async (rig) => {
    const client = await rig.dial();
    client.send(
      rig.connectHead(`${HOST}:443`).replace(
        `Host: ${HOST}`,
        "Host: other.test",
      ),
    );
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 421 /);
  },
);

rigTest(
  "a CONNECT whose Host names the proxy is opened, and a request inside must name the server",
  {},
  async (rig) => {
    const said = ["127.0.0.1", "[::1]"].map((host) => [host, 200] as const);
    for (const [host, status] of [...said, ["10.0.0.1", 421] as const]) {
      const client = await rig.dial();
      client.send(
        rig.connectHead(`${HOST}:443`)
          .replace(`Host: ${HOST}`, `Host: ${host}`),
      );
      const answer = await client.until(/\r\n\r\n/);
      expect([host, answer]).toEqual([
        host,
        expect.stringMatching(new RegExp(`^HTTP/1\\.1 ${status} `)),
      ]);
      client.socket.destroy();
    }
    const inside = await rig.tunnel();
    inside.send("GET / HTTP/1.1\r\nHost: 127.0.0.1:443\r\n\r\n");
    expect(await inside.until(/\}\n$/)).toMatch(/^HTTP\/1\.1 421 /);
    expect(rig.upstream.connections).toEqual([]);
  },
);

for (
  const [name, head] of [
    ["Host of another server", `GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n`],
    ["Host with another port", `GET / HTTP/1.1\r\nHost: ${HOST}:8443\r\n\r\n`],
    ["Host with a trailing dot", `GET / HTTP/1.1\r\nHost: ${HOST}.\r\n\r\n`],
    ["Host with user information", `GET / HTTP/1.1\r\nHost: a@${HOST}\r\n\r\n`],
    ["an empty Host", `GET / HTTP/1.1\r\nHost:\r\n\r\n`],
    ["no Host", `GET / HTTP/1.0\r\n\r\n`],
    [
      "an absolute target of another server",
      `GET https://evil.test/ HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`,
    ],
    [
      "an absolute target of this server",
      `GET https://${HOST}/ HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`,
    ],
    [
      "a plain absolute target",
      `GET http://${HOST}/ HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`,
    ],
  ] as const
) {
  rigTest(
    `a request in a tunnel for another server gets 421 and no credential: ${name}`,
    {},
    async (rig) => {
      const client = await rig.tunnel();
      client.send(head);
      const response = await client.until(/\}\n$/);
      expect(response).toMatch(/^HTTP\/1\.1 421 /);
      expect(body(response)).toMatchObject({
        v: 1,
        reason: "authority_mismatch",
      });
      expect(arrived(rig)).toBe("");
      expect(rig.events).toMatchObject([{
        event: "deny",
        ok: false,
        reason: "authority_mismatch",
      }]);
    },
  );
}

for (const method of ["TRACE", "TRACK", "CONNECT"]) {
  rigTest(`${method} inside a tunnel is refused`, {}, async (rig) => {
    const client = await rig.tunnel();
    client.send(`${method} / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    const response = await client.until(/\}\n$/);
    expect(response).toMatch(/^HTTP\/1\.1 403 /);
    expect(response).toContain("X-Authsome-Reason: method_refused");
    expect(arrived(rig)).toBe("");
  });
}

rigTest("an OAuth endpoint of the provider is refused", {
  table: {
    routes: [route()],
    forbidden: [{ provider: "example", host: HOST, path: "/oauth/token" }],
  },
}, async (rig) => {
  const client = await rig.tunnel();
  for (
    const path of [
      "/oauth/token",
      "/OAuth/token?x",
      "//oauth/token/",
      "/oauth%2Ftoken",
    ]
  ) {
    const from = client.received.length;
    client.send(`GET ${path} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    const response = await client.until(/\}\n$/, from);
    expect(body(response)).toMatchObject({
      reason: "oauth_endpoint",
      provider: "example",
      error: { code: "OperationNotAllowed" },
    });
  }
  expect(arrived(rig)).toBe("");
});

rigTest(
  "without a credential the proxy answers, with the command that mends it",
  {
    fresh: () => ({
      ok: false,
      reason: "credential_missing",
      status: 401,
      message: "Connection example/default is not there",
      hint: "authsome login example",
    }),
  },
  async (rig) => {
    const client = await rig.tunnel();
    client.send(
      `GET /v1?secret=1 HTTP/1.1\r\nHost: ${HOST}\r\nAuthorization: Bearer authsome-proxy-managed\r\n\r\n`,
    );
    const response = await client.until(/\}\n$/);
    expect(response).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/);
    const message =
      "Tell your user that authsome could not complete this request: " +
      "Connection example/default is not there; what to do: authsome login example";
    expect(body(response)).toEqual({
      v: 1,
      type: "error",
      error: {
        type: "authentication_error",
        code: "CredentialMissing",
        status: "credential_missing",
        message,
      },
      reason: "credential_missing",
      provider: "example",
      message,
      hint: "authsome login example",
    });
    // Agents would repeat the request for minutes.
    expect(response).toContain("\r\nX-Should-Retry: false\r\n");
    expect(rig.upstream.connections).toEqual([]);
    expect(rig.events).toEqual([{
      event: "deny",
      ok: false,
      reason: "credential_missing",
      status: 401,
      provider: "example",
      connection: "default",
      profile: "default",
      method: "GET",
      host: HOST,
      path: "/v1",
    }]);
  },
);

for (
  const [name, key] of [
    ["a line break", "sk\r\nX-Evil: 1"],
    ["a lone LF", "sk\nX"],
    ["a NUL", "sk\0"],
    ["a character that is no byte", "sk-€"],
  ] as const
) {
  rigTest(`a stored secret that would be another header is refused: ${name}`, {
    fresh: () => keyCredential(key),
  }, async (rig) => {
    const client = await rig.tunnel();
    client.send(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    const response = await client.until(/\}\n$/);
    expect(response).toMatch(/^HTTP\/1\.1 401 /);
    expect(response).not.toContain("sk");
    expect(arrived(rig)).toBe("");
  });
}

rigTest("the placeholder where no credential is put is not sent on", {
  table: { routes: [route({ pathPrefix: "/v1" })], forbidden: [] },
}, async (rig) => {
  const P = "authsome-proxy-managed";
  const requests = [
    `GET /v1?key=${P} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`,
    `GET /v1 HTTP/1.1\r\nHost: ${HOST}\r\nX-Other: a ${P}\r\n\r\n`,
    `GET /v2 HTTP/1.1\r\nHost: ${HOST}\r\nAuthorization: Bearer ${P}\r\n\r\n`,
    `GET /v2 HTTP/1.1\r\nHost: ${HOST}\r\nAuthorization: Basic ${
      btoa(`x:${P}`)
    }\r\n\r\n`,
    `GET /v1/../v2 HTTP/1.1\r\nHost: ${HOST}\r\nAuthorization: Bearer ${P}\r\n\r\n`,
  ];
  const client = await rig.tunnel();
  for (const request of requests) {
    const from = client.received.length;
    client.send(request);
    const response = await client.until(/\}\n$/, from);
    expect(response).toMatch(/^HTTP\/1\.1 403 /);
    expect(body(response)).toMatchObject({ reason: "placeholder_misplaced" });
  }
  const outside = await rig.dial();
  outside.send(plain(rig, "http://a.test/", `Authorization: Bearer ${P}\r\n`));
  expect(body(await outside.until(/\}\n$/))).toMatchObject({
    reason: "placeholder_misplaced",
  });
  expect(arrived(rig)).toBe("");
});

rigTest(
  "no path outside of the prefix is given the credential, however it is spelled",
  {
    table: { routes: [route({ pathPrefix: "/v1" })], forbidden: [] },
  },
  async (rig) => {
    const client = await rig.tunnel();
    const paths = [
      "/",
      "/v10",
      "/V1",
      "/v1/../v2",
      "/v1/..%2fv2",
      "/v1/%2e%2e/v2",
      "/v2/../v1",
      "/v1;/../v2",
      "/v1/..;/v2",
      "/v1%2f..%2fv2",
      "/x//v1",
      "*",
    ];
    for (const path of paths) {
      const from = client.received.length;
      client.send(
        `${
          path === "*" ? "OPTIONS" : "GET"
        } ${path} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`,
      );
      await client.until(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n/, from);
    }
    expect(arrived(rig)).not.toContain(KEY);
    expect(arrived(rig).match(/ HTTP\/1\.1/g)!.length).toBe(paths.length);
    expect(rig.events).toEqual([]);
  },
);

rigTest(
  "two providers for one request: refused, with the command that settles it",
  {
    table: { routes: [route(), route({ provider: "other" })], forbidden: [] },
  },
  async (rig) => {
    const client = await rig.tunnel();
    for (
      const fields of [
        "",
        "Authorization: Bearer authsome-proxy-managed\r\n",
        "Authorization: Bearer of-my-own\r\n",
      ]
    ) {
      const from = client.received.length;
      client.send(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n${fields}\r\n`);
      const response = await client.until(/\}\n$/, from);
      expect(response).toMatch(/^HTTP\/1\.1 403 /);
      expect(body(response)).toMatchObject({
        reason: "tie",
        message: expect.stringContaining("example and other"),
        hint: "authsome prefer example",
      });
    }
    expect(arrived(rig)).toBe("");
    expect(rig.events.map(({ event, reason }) => [event, reason]))
      .toEqual(Array(3).fill(["deny", "tie"]));
  },
);

// Never inject into what is not verified.
for (
  const [name, options, reason] of [
    [
      "of another name",
      { certificateFor: "other.example.com" },
      "upstream_untrusted",
    ],
    ["of an unknown CA", { trusted: false }, "upstream_untrusted"],
    ["without TLS", {
      tls: false,
      script: (c: Connection) => c.send("HTTP/1.1 400 Bad Request\r\n\r\n"),
    }, "upstream_unreachable"],
  ] as const
) {
  rigTest(`no credential goes to a server ${name}`, options, async (rig) => {
    const client = await rig.tunnel();
    client.send(
      `POST / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 4\r\n\r\nbody`,
    );
    const response = await client.until(/\}\n$/);
    expect(response).toMatch(/^HTTP\/1\.1 502 /);
    expect(body(response)).toMatchObject({
      reason,
      error: { code: "EndpointUnreachable" },
    });
    expect(arrived(rig)).not.toContain(KEY);
    expect(rig.events).toMatchObject([{ event: "inject", ok: false, reason }]);
  });
}

rigTest("plain http inside a tunnel is given nothing", {}, async (rig) => {
  const client = await rig.dial();
  client.send(
    rig.connectHead(`${HOST}:443`) + `GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`,
  );
  await client.closed();
  expect(arrived(rig)).toBe("");
  expect(rig.events).toMatchObject([{ event: "deny", reason: "bad_request" }]);
});

rigTest(
  "the credential never comes back to the client in an answer of the proxy",
  { script: ({ socket }) => void socket.destroy() },
  async (rig) => {
    const client = await rig.tunnel();
    client.send(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    const response = await client.until(/\}\n$/);
    expect(response).toMatch(/^HTTP\/1\.1 502 /);
    expect(response).not.toContain(KEY);
  },
);
