// gRPC in several languages through a route: HTTP/2 from end to end, with calls, streams and trailers.
import { expect } from "expect";
import {
  createSecureServer,
  type Http2SecureServer,
  type ServerHttp2Stream,
} from "node:http2";
import { connect as dial, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { createAuthority } from "../../lib/wire/certificate_authority.ts";
import {
  missing,
  type Scenario,
  spawn,
  withScenario,
} from "../support/scenario.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const GRPC = `${ROOT}build/grpc`;
const KEY = `sk-${"g5".repeat(20)}`;
const HOST = "api.openai.com";
const OUTPUT = "hello\n1\n2\n3\n";

/** What the server saw. */
interface Seen {
  calls: { path: string; authorization: string; names: string[] }[];
  /** Targets of CONNECT. */
  tunnels: string[];
}

/** Runs `body` with an API of gRPC that a CONNECT proxy leads to, as on a machine of a company. */
async function withGrpc(
  body: (
    scenario: Scenario,
    seen: Seen,
    env: Record<string, string>,
  ) => Promise<void>,
) {
  const seen: Seen = { calls: [], tunnels: [] };
  const authority = await createAuthority({ hosts: [HOST] });
  const { certPem, keyPem } = await authority.leafFor(HOST);
  const server = createSecureServer({ cert: certPem, key: keyPem });
  server.on("stream", (stream, headers) => {
    const authorization = String(headers.authorization);
    const path = String(headers[":path"]);
    seen.calls.push({ path, authorization, names: Object.keys(headers) });
    answer(stream, path, authorization === `Bearer ${KEY}`);
  });
  const port = await listening(server);
  const open = new Set<Socket>();
  const proxy = createServer((client) => {
    open.add(client);
    client.on("error", () => client.destroy());
    client.once("data", (head) => {
      seen.tunnels.push(String(head).split(" ")[1]!);
      const upstream = dial(port, "127.0.0.1");
      open.add(upstream);
      upstream.on("error", () => client.destroy());
      upstream.on("close", () => client.destroy());
      client.on("close", () => upstream.destroy());
      client.write("HTTP/1.1 200 Connected\r\n\r\n");
      client.pipe(upstream).pipe(client);
    });
  });
  const proxyPort = await listening(proxy);
  try {
    await withScenario(
      { openai: KEY },
      [HOST],
      () => new Response("not asked", { status: 500 }),
      async (scenario) => {
        const roots = `${scenario.folder}/grpc.pem`;
        Deno.writeTextFileSync(roots, authority.caPem);
        await body(scenario, seen, {
          HTTPS_PROXY: `http://127.0.0.1:${proxyPort}`,
          AUTHSOME_CA_BUNDLE: roots,
        });
      },
    );
  } finally {
    for (const socket of open) socket.destroy();
    await Promise.all(
      [server, proxy].map((each) =>
        new Promise<void>((resolve) => {
          each.close(() => resolve());
        })
      ),
    );
  }
}

function listening(
  server: Http2SecureServer | ReturnType<typeof createServer>,
): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      resolve((server.address() as { port: number }).port);
    });
  });
}

/** `/test.Echo/Say` answers what it was sent, `/test.Echo/Count` counts to it. */
function answer(stream: ServerHttp2Stream, path: string, allowed: boolean) {
  const content = { ":status": 200, "content-type": "application/grpc" };
  if (!allowed) {
    stream.respond(
      { ...content, "grpc-status": "16", "grpc-message": "who are you?" },
      { endStream: true },
    );
    return;
  }
  const parts: Uint8Array[] = [];
  stream.on("data", (part: Uint8Array) => parts.push(part));
  stream.on("end", () => {
    // One byte of flags and four of length come first.
    const text = new TextDecoder().decode(
      new Uint8Array(parts.flatMap((part) => [...part])).subarray(5),
    );
    stream.respond(content, { waitForTrailers: true });
    stream.on("wantTrailers", () => {
      stream.sendTrailers({ "grpc-status": "0" });
    });
    const messages = path === "/test.Echo/Say"
      ? [text]
      : Array.from({ length: Number(text) }, (_, at) => `${at + 1}`);
    for (const message of messages) stream.write(framed(message));
    stream.end();
  });
}

function framed(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  return new Uint8Array([0, 0, 0, 0, bytes.length, ...bytes]);
}

/** A test of one client; also with variables of the person that would lead past the run's proxy. */
function grpcTest(
  name: string,
  skip: string | false,
  command: (folder: string) => Promise<string[]> | string[],
) {
  for (
    const [when, own] of [
      ["", {}],
      [", with a proxy and exemptions of the person's own", {
        grpc_proxy: "http://127.0.0.1:9",
        no_grpc_proxy: `${HOST},.example`,
        GRPC_PROXY_EXP: "127.0.0.1:9",
      }],
    ] as const
  ) {
    test(
      `gRPC: ${name}${when}`,
      { skip },
      () =>
        withGrpc(async ({ folder, client }, seen, env) => {
          const ended = await client(await command(folder), {
            env: { ...env, ...own },
          });
          expect([ended.code, ended.stdout, ended.code ? ended.stderr : ""])
            .toEqual([0, OUTPUT, ""]);
          expect(seen.calls.map(({ path, authorization }) => [
            path,
            authorization,
          ])).toEqual([
            ["/test.Echo/Say", `Bearer ${KEY}`],
            ["/test.Echo/Count", `Bearer ${KEY}`],
          ]);
          expect(seen.calls.flatMap(({ names }) => names))
            .not.toContain("proxy-authorization");
          expect(new Set(seen.tunnels)).toEqual(new Set([`${HOST}:443`]));
          expect(JSON.stringify(ended)).not.toContain(KEY);
          expect(ended.childEnv.GRPC_PROXY_EXP).toBeUndefined();
        }),
    );
  }
}

/** Why a client is not there, or `false`. */
function notInstalled(path: string): string | false {
  try {
    Deno.statSync(path);
    return false;
  } catch {
    return "gRPC is not installed: sh tests/clients/grpc/install.sh";
  }
}

const NODE = Deno.env.get("AUTHSOME_TEST_NODE") || "node";
const PACKAGE = `${GRPC}/npm/node_modules/@grpc/grpc-js`;

grpcTest(
  "Node",
  await missing(NODE) || notInstalled(PACKAGE),
  () => [NODE, `${ROOT}tests/clients/grpc/client.mjs`, `${GRPC}/npm`, HOST],
);

const PYTHON = `${GRPC}/python/bin/python`;

grpcTest(
  "Python",
  notInstalled(PYTHON) || await missing(PYTHON, "-c", "import grpc"),
  () => [PYTHON, `${ROOT}tests/clients/grpc/client.py`, HOST],
);

grpcTest(
  "Go",
  notInstalled(`${GRPC}/go-client`),
  () => [`${GRPC}/go-client`, HOST],
);

const JARS = `${ROOT}build/java/*`;

grpcTest(
  "Java",
  await missing("javac") || notInstalled(`${ROOT}build/java/installed`),
  async (folder) => {
    const source = `${ROOT}tests/clients/grpc/GrpcClient.java`;
    const ended = await spawn([
      ...["javac", "-proc:none", "-nowarn", "-cp", JARS, "-d", folder, source],
    ], { PATH: Deno.env.get("PATH")! });
    expect([ended.code, ended.code === 0 ? "" : ended.stderr])
      .toEqual([0, ""]);
    return ["java", "-cp", `${folder}:${JARS}`, "GrpcClient", HOST];
  },
);
