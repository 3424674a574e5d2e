// Where a command is led: what a name turns out to be when it is connected to counts, not what it is spelled like.
import { expect } from "expect";
import { test } from "node:test";
import { readPrivateHosts } from "../../../lib/request/destination/private_hosts.ts";
import type { Route } from "../../../lib/request/route.ts";
import {
  HOST,
  KEY,
  type Rig,
  type RigOptions,
  route,
  withRig,
} from "../../support/proxy/proxy_rig.ts";
import { answering } from "../../support/servers/tls_upstream.ts";

const OK = answering(() => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

/** Connects as `connect` says, to TCP alone. */
function tcp(
  connect: (to: { hostname: string; port: number }) => Promise<Deno.TcpConn>,
): typeof Deno.connect {
  return connect as unknown as typeof Deno.connect;
}

/** Every name is this machine's. */
const here = (port: number) =>
  tcp(() => Deno.connect({ hostname: "127.0.0.1", port }));

/** A name server that gives the addresses in turn; every connection really ends at the upstream. */
function resolving(addresses: readonly string[]): RigOptions["connect"] {
  let turn = 0;
  return (port) =>
    tcp(async () => {
      const conn = await Deno.connect({ hostname: "127.0.0.1", port });
      const hostname = addresses[Math.min(turn++, addresses.length - 1)];
      return new Proxy(conn, {
        get(target, name) {
          if (name === "remoteAddr") {
            return { transport: "tcp", hostname, port: 443 };
          }
          const value = Reflect.get(target, name);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
    });
}

/** The status and reason of a request to the routed host, in a new tunnel. */
async function ask(rig: Rig): Promise<string[]> {
  const client = await rig.tunnel();
  client.send(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
  const text = await client.until(/\r\n\r\n(ok|\{.*\}\n)$/);
  const reason = /^X-Authsome-Reason: (.*)\r$/m.exec(text)?.[1];
  return [text.split(" ")[1]!, ...reason ? [reason] : []];
}

function arrived(rig: Rig): string {
  return rig.upstream.connections.map(({ received }) => received).join("");
}

for (
  const address of [
    "127.0.0.1",
    "127.9.9.9",
    "0.0.0.0",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "169.254.169.254",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "168.63.129.16",
    "100.100.100.200",
    "::ffff:169.254.169.254",
    "10.0.0.7",
    "172.31.255.254",
    "192.168.178.1",
    "100.64.3.2",
    "fd12::1",
    "fec0::1",
    "::ffff:10.0.0.7",
    "2002:a00:7::",
    "198.18.0.1",
    "224.0.0.1",
  ]
) {
  test(`a name that leads to ${address} is given no credential`, () =>
    withRig({ script: OK, connect: resolving([address]) }, async (rig) => {
      expect(await ask(rig)).toEqual(["403", "destination_refused"]);
      expect(arrived(rig)).toBe("");
      expect(rig.events).toMatchObject([{
        event: "inject",
        ok: false,
        reason: "destination_refused",
      }]);
    }));
}

test("a name that leads somewhere else at each connection is judged at each", () =>
  withRig({
    script: (connection) => {
      connection.socket.on("data", () => {
        connection.send(
          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        );
      });
    },
    connect: resolving(["93.184.216.34", "169.254.169.254", "10.0.0.7"]),
  }, async (rig) => {
    // A proxy that is not Deno's own connection cannot speak TLS here, so the answer only has to differ.
    const outcomes = [await ask(rig), await ask(rig), await ask(rig)];
    expect(outcomes[1]).toEqual(["403", "destination_refused"]);
    expect(outcomes[0]![1]).not.toBe("destination_refused");
    expect(outcomes[2]).toEqual(["403", "destination_refused"]);
  }));

test("a name that cannot be told from this machine's is refused unless it is this machine's", () =>
  withRig({
    script: OK,
    connect: here,
  }, async (rig) => {
    expect(await ask(rig)).toEqual(["403", "destination_refused"]);
    expect(arrived(rig)).not.toContain(KEY);
  }));

test("a provider on this machine itself, named as such, is served", () =>
  withRig({
    script: OK,
    domain: "localhost",
    certificateFor: "localhost",
    table: {
      routes: [route({ host: { kind: "exact", host: "localhost" } })],
      forbidden: [],
    },
    connect: here,
  }, async (rig) => {
    const client = await rig.tunnel("localhost:443");
    client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await client.until(/ok$/);
    expect(arrived(rig)).toContain(KEY);
  }));

for (
  const target of [
    "169.254.169.254:443",
    "[fd00:ec2::254]:443",
    "[::ffff:169.254.169.254]:443",
  ]
) {
  test(`a route to ${target} is refused before anybody is called`, () => {
    const called: string[] = [];
    const [host] = /^(\[.*\]|[^:]*)/.exec(target)!;
    return withRig({
      script: OK,
      domain: host!,
      certificateFor: host!,
      table: {
        routes: [route({ host: { kind: "exact", host: host! } })],
        forbidden: [],
      },
      connect: () =>
        tcp(({ hostname }) => {
          called.push(hostname);
          return Promise.reject(new Error("called"));
        }),
    }, async (rig) => {
      const client = await rig.tunnel(target, { serverName: false });
      client.send(`GET / HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
      expect(await client.until(/\}\n$/)).toContain("destination_refused");
      expect(called).toEqual([]);
    });
  });
}

for (
  const target of [
    "127.0.0.1:1",
    "localhost:1",
    "[::1]:1",
    "169.254.169.254:80",
  ]
) {
  test(`a sandboxed command is not led to ${target}, not even without a credential`, () =>
    withRig({ options: { reach: { refuseLocal: true } } }, async (rig) => {
      const client = await rig.dial();
      client.send(rig.connectHead(target));
      expect(await client.closed()).toMatch(
        /^HTTP\/1\.1 403 [\s\S]*destination_refused/,
      );
      expect(rig.parent.heads).toEqual([]);
    }));
}

test("a sandboxed command is not led here by a name either", () =>
  withRig({
    connect: resolving(["127.0.0.1"]),
    options: { reach: { refuseLocal: true } },
  }, async (rig) => {
    const client = await rig.dial();
    client.send(rig.connectHead("rebound.test:80"));
    expect(await client.closed()).toMatch(
      /^HTTP\/1\.1 403 [\s\S]*destination_refused/,
    );
    expect(arrived(rig)).toBe("");
  }));

/** A name server of the test, told what it was asked. */
function nameServer(answers: Record<string, readonly string[]>) {
  const asked: string[] = [];
  return {
    asked,
    resolve: (host: string) => {
      asked.push(host);
      return Promise.resolve([...answers[host] ?? []]);
    },
  };
}

/** A rig whose proxy connects by itself, to what the name server says, at the port of the upstream. */
function withNames(
  answers: Record<string, readonly string[]>,
  change: Partial<Route>,
  body: (rig: Rig, port: number, asked: string[]) => Promise<void>,
  options: RigOptions["options"] = {},
): Promise<void> {
  const { resolve, asked } = nameServer(answers);
  const only = route(change);
  return withRig({
    script: OK,
    table: { routes: [only], forbidden: [] },
    options: (upstream) => ({
      upstream: { caPem: upstream.caPem, resolve },
      ...options,
    }),
  }, (rig) => {
    const { port } = rig.relays.upstream;
    only.port = port;
    return body(rig, port, asked);
  });
}

async function askAt(rig: Rig, port: number): Promise<string> {
  const client = await rig.tunnel(`${HOST}:${port}`, { serverName: HOST });
  client.send(`GET / HTTP/1.1\r\nHost: ${HOST}:${port}\r\n\r\n`);
  return await client.until(/\r\n\r\n(ok|\{.*\}\n)$/);
}

test("a server that was named as a private one is given its credential, at the address that was judged", () =>
  withNames(
    { [HOST]: ["127.0.0.1"] },
    { allowPrivate: true },
    async (rig, port, asked) => {
      expect(await askAt(rig, port)).toMatch(/ok$/);
      expect(arrived(rig)).toContain(KEY);
      expect(asked).toEqual([HOST]);
    },
  ));

test("a refused private server is reported with the flag that opens it, and no connection is made", () =>
  withNames({ [HOST]: ["127.0.0.1"] }, {}, async (rig, port) => {
    const answer = await askAt(rig, port);
    const hint =
      `To allow it: authsome run --allow-private ${HOST}, or "allow_private": true in the provider's definition`;
    const message =
      `Tell your user that authsome could not complete this request: ${HOST} resolves to 127.0.0.1, this machine, ` +
      `where no credential is sent; what to do: ${hint}`;
    expect(JSON.parse(answer.split("\r\n\r\n")[1]!)).toEqual({
      v: 1,
      type: "error",
      error: {
        type: "permission_error",
        code: "OperationNotAllowed",
        status: "destination_refused",
        message,
      },
      reason: "destination_refused",
      message,
      hint,
    });
    expect(rig.upstream.connections).toEqual([]);
  }));

for (
  const [entry, opened] of [
    [HOST, true],
    ["127.0.0.1", true],
    // Neither says that this machine is meant.
    ["*.example.com", false],
    ["127.0.0.0/8", false],
    ["other.example.com", false],
  ] as const
) {
  test(`--allow-private ${entry} ${opened ? "opens" : "does not open"} a name of this machine`, () =>
    withNames({ [HOST]: ["127.0.0.1"] }, {}, async (rig, port) => {
      const answer = await askAt(rig, port);
      if (opened) expect(answer).toMatch(/ok$/);
      else expect(answer).toContain("destination_refused");
    }, { reach: { opened: readPrivateHosts([entry]) } }));
}

for (
  const entry of ["169.254.0.0/16", "metadata.example.org", "*.example.org"]
) {
  test(`--allow-private ${entry} opens no metadata service`, () =>
    withNames(
      { "metadata.example.org": ["169.254.169.254"] },
      {},
      async (rig) => {
        const client = await rig.dial();
        client.send(rig.connectHead("metadata.example.org:80"));
        expect(await client.closed()).toMatch(
          /^HTTP\/1\.1 403 [\s\S]*--allow-private 169\.254\.169\.254/,
        );
      },
      { reach: { opened: readPrivateHosts([entry]), refuseLocal: true } },
    ));
}

test("of a name with several addresses only those that were judged good are connected to", () =>
  withNames(
    { "both.example.org": ["10.0.0.7", "fd12::1", "127.0.0.1"] },
    {},
    async (rig, port, asked) => {
      const client = await rig.dial();
      client.send(rig.connectHead(`both.example.org:${port}`));
      expect(await client.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 200 /);
      expect(asked).toEqual(["both.example.org"]);
    },
    { reach: { opened: readPrivateHosts(["127.0.0.1"]), refuseLocal: true } },
  ));

test("authsome's own ports are opened by nothing", () =>
  withNames(
    { [HOST]: ["127.0.0.1"] },
    { allowPrivate: true },
    async (rig) => {
      for (const host of ["127.0.0.1", "localhost", HOST, "[::1]"]) {
        for (const port of [7998, rig.proxy.port]) {
          const client = await rig.dial();
          client.send(rig.connectHead(`${host}:${port}`));
          expect(await client.closed()).toMatch(
            /^HTTP\/1\.1 403 [\s\S]*destination_refused/,
          );
        }
      }
    },
    {
      reach: {
        opened: readPrivateHosts(["127.0.0.1", "localhost", HOST, "::1"]),
        refuseLocal: true,
      },
    },
  ));

test("an address of this machine's interfaces is this machine, also a public one", () =>
  withNames(
    { [HOST]: ["93.184.216.34"] },
    {},
    async (rig) => {
      for (const host of [HOST, "93.184.216.34", "[::ffff:5db8:d822]"]) {
        const client = await rig.dial();
        client.send(rig.connectHead(`${host}:80`));
        expect(await client.closed()).toMatch(
          /^HTTP\/1\.1 403 [\s\S]*this machine/,
        );
      }
    },
    {
      reach: { refuseLocal: true },
      upstream: {
        ...nameServer({ [HOST]: ["93.184.216.34"] }),
        own: () => new Set(["93.184.216.34"]),
      },
    },
  ));

for (
  const entry of [
    ...[
      "",
      "*",
      "*.",
      "a b",
      "http://a.example",
      "a.example:443",
      "10.0.0.0/33",
    ],
    ...[
      "0.0.0.0/0",
      "::/0",
      "0x7f.1",
      "127.1",
      "10.0.0",
      "a..b",
      "-a",
      "fe80::1%eth0",
    ],
    ...["10.0.0.0/", "/8", "a/8", "\u0430.example", "a.example/24"],
  ]
) {
  test(`${JSON.stringify(entry)} is nothing that can be allowed`, () => {
    expect(() => readPrivateHosts([entry])).toThrow("Cannot allow");
  });
}

test("no name leads to the login server or back into the proxy", () =>
  withRig({
    connect: () =>
      tcp(({ port }) => Deno.connect({ hostname: "127.0.0.1", port })),
  }, async (rig) => {
    const client = await rig.dial();
    client.send(rig.connectHead(`rebound.test:${rig.proxy.port}`));
    expect(await client.closed()).toMatch(
      /^HTTP\/1\.1 403 [\s\S]*destination_refused/,
    );
  }));
