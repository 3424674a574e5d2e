// Whatever was read goes out, however a connection ends: with a server and clients of Python and curl, since no runtime of
// ours can end a connection in all these ways.
import { expect } from "expect";
import process from "node:process";
import { test } from "node:test";
import { createAuthority } from "../../lib/wire/certificate_authority.ts";
import { withHome } from "../support/home.ts";
import { missing } from "../support/missing.ts";
import { HOST, type Rig, withRig } from "../support/proxy/proxy_rig.ts";

const SCRIPT =
  new URL("../support/servers/endings.py", import.meta.url).pathname;
const BLIND = "other.example.com";
const SIZE = 5_000_000;
const LINUX = Deno.build.os === "linux";
/** Node tells an end of TCP without close_notify as one with it. */
const CUT = process.versions.deno ? "cut" : "closed";
const SKIP = Deno.build.os === "windows" && "Python's sockets differ there" ||
  await missing("python3") || await missing("curl");

interface Result {
  status: string;
  size: number;
  sha256: string;
  ending: string;
  tail: string;
}

async function output(command: string, args: string[]): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(command, {
    args,
    stdin: "null",
  })
    .output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (stdout.length === 0 && stderr.length > 0) throw new Error(decode(stderr));
  return decode(stdout);
}

const python = (...args: string[]) =>
  output("python3", ["-u", SCRIPT, ...args]);

const wires = new Map<string, Promise<Result>>();

/** What is on the wire of {@linkcode SIZE} bytes. */
function wire(framing: string): Promise<Result> {
  const known = wires.get(framing) ??
    python("wire", framing, String(SIZE)).then(JSON.parse);
  wires.set(framing, known);
  return known;
}

/** A proxy before a server, and clients. */
interface World {
  rig: Rig;
  /** What a client of Python gets. */
  fetch(options: Record<string, unknown>): Promise<Result>;
  /** Size, and exit code of curl. */
  curl(...args: string[]): Promise<string>;
  /** What the server says next. */
  said(): Promise<Result>;
}

function withEndings(
  host: string,
  body: (world: World) => Promise<void>,
  options: Parameters<typeof withRig>[0]["options"] = {},
): Promise<void> {
  return withHome(async (home) => {
    const { caPem, leafFor } = await createAuthority({
      hosts: ["example.com"],
    });
    const leaf = await leafFor(host);
    const files = ["leaf.pem", "leaf.key", "ca.pem"].map((name) =>
      `${home}/${name}`
    );
    Deno.writeTextFileSync(files[0]!, leaf.certPem);
    Deno.writeTextFileSync(files[1]!, leaf.keyPem);
    const server = new Deno.Command("python3", {
      args: ["-u", SCRIPT, "serve", files[0]!, files[1]!],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const lines = server.stdout.getReader();
    let text = "";
    const said = async () => {
      while (!text.includes("\n")) {
        const { value, done } = await lines.read();
        if (done) throw new Error("the server is gone");
        text += new TextDecoder().decode(value);
      }
      const [line] = text.split("\n", 1);
      text = text.slice(line!.length + 1);
      return JSON.parse(line!);
    };
    try {
      const proxy = new URL(`http://127.0.0.1:${await said()}`);
      await withRig(
        { options: { upstream: { caPem, proxy }, ...options } },
        async (rig) => {
          Deno.writeTextFileSync(files[2]!, caPem + rig.authority.caPem);
          const { username, password } = new URL(rig.proxy.url);
          const authorization = `Proxy-Authorization: Basic ${
            btoa(`${username}:${password}`)
          }\r\n`;
          await body({
            rig,
            said,
            fetch: async (options) =>
              JSON.parse(
                await python(
                  "fetch",
                  JSON.stringify({
                    port: rig.proxy.port,
                    host,
                    authorization,
                    tls: true,
                    tunnel: true,
                    ca: [files[2]],
                    ...options,
                  }),
                ),
              ),
            curl: (...args) =>
              output("curl", [
                ...["-sS", "-m", "60", "-o", "/dev/null", "--http1.1"],
                ...["-w", "%{size_download}:%{exitcode}"],
                ...["--proxy", rig.proxy.url, "--cacert", files[2]!, ...args],
              ]),
          });
        },
      );
    } finally {
      await server.stdin.close();
      await server.status;
      await lines.cancel();
    }
  });
}

/** How a client's connection ends where the server's ended so. */
const ROUTED: [path: string, seen: string][] = [
  ["closed/open", "closed"],
  ["cut/open", CUT],
  ["half/open", CUT],
  ["reset/open", "reset"],
  // What frames itself needs no more.
  ["closed/length", "closed"],
  ["cut/length", CUT],
  ["reset/length", "cut"],
  ["cut/chunked", CUT],
  ["reset/chunked", "cut"],
  ["garbage/chunked", "cut"],
  ["closed/upgrade", "closed"],
  ["cut/upgrade", CUT],
  ["reset/upgrade", "reset"],
];
/** As without a proxy. Python's TLS tells a reset as an end without close_notify. */
const BLIND_TLS: typeof ROUTED = [
  ["closed/open", "closed"],
  ["cut/open", "cut"],
  ["half/open", "cut"],
  ["reset/open", "cut"],
];
const PLAIN: typeof ROUTED = [
  ["closed/open", "closed"],
  ["reset/open", LINUX ? "reset" : "closed"],
  ["closed/length", "closed"],
  ["reset/length", "closed"],
];

for (
  const [kind, host, rows] of [
    ["an opened tunnel", HOST, ROUTED],
    ["a blind tunnel", BLIND, BLIND_TLS],
    ["plain HTTP", BLIND, PLAIN],
  ] as const
) {
  for (const slow of [false, true]) {
    test(
      `all bytes arrive whatever the server's ending: ${kind}, ${
        slow ? "slowly" : "fast"
      } read`,
      { skip: SKIP },
      () =>
        withEndings(host, async ({ fetch }) => {
          for (const [row, seen] of rows) {
            const [, framing] = row.split("/");
            const path = `/${row}/${SIZE}`;
            const result = await fetch({
              slow,
              ...kind === "plain HTTP"
                ? { path: `http://${host}${path}`, tls: false, tunnel: false }
                : { path },
              ...framing === "upgrade"
                ? { fields: "Connection: Upgrade\r\nUpgrade: x\r\n" }
                : {},
            });
            const { size, sha256 } = await wire(framing!);
            expect({ row, ...result })
              .toMatchObject({ row, size, sha256, ending: seen });
          }
        }),
    );
  }
}

for (const host of [HOST, BLIND]) {
  test(
    `curl sees each ending of ${host} as what it is`,
    { skip: SKIP },
    () =>
      withEndings(host, async ({ curl }) => {
        // A blind tunnel breaks as the server's end did.
        const reset = host === BLIND && LINUX ? 56 : 18;
        for (
          const [path, code] of [
            ["closed/open", 0],
            ["cut/open", 0],
            ["reset/open", host === HOST || LINUX ? 56 : 0],
            ["closed/length", 18],
            ["cut/length", 18],
            ["reset/length", reset],
            ["cut/chunked", 18],
            ["reset/chunked", reset],
            ["cut/whole", 0],
            ["reset/whole", 0],
          ] as const
        ) {
          for (const rate of ["1G", "20M"]) {
            expect([
              path,
              await curl(
                ...["--limit-rate", rate],
                `https://${host}/${path}/${SIZE}`,
              ),
            ]).toEqual([path, `${SIZE}:${code}`]);
          }
        }
      }),
  );
}

test("the last events of a stream arrive before it breaks", {
  skip: SKIP,
}, () =>
  withEndings(HOST, async ({ fetch }) => {
    for (const ending of ["cut", "reset"]) {
      const { tail } = await fetch({ path: `/${ending}/events/20000` });
      expect(tail).toMatch(/data: 019999\n\n\r\n$/);
    }
  }));

for (const host of [HOST, BLIND]) {
  // Not a reset: what the system had of it and nobody had read is gone.
  for (const ending of ["closed", "cut"]) {
    test(`${host} gets all of an upload that its client ends with ${ending}`, {
      skip: SKIP,
    }, () =>
      withEndings(host, async ({ fetch, said }) => {
        // Of so many sizes, some are a little more than what the buffers of the systems hold.
        const sizes = Array.from({ length: 24 }, (_, at) => 200_000 * (at + 1));
        await Promise.all(sizes.map((size) =>
          fetch({
            path: `/none/late/0`,
            upload: { size, ending },
          })
        ));
        const got: number[] = [];
        for (const _ of sizes) got.push((await said()).size);
        expect(got.sort((a, b) => a - b)).toEqual(sizes);
      }));
  }
}
