// What goes on is read by another parser (llhttp, in a real Node) as the same requests that policy saw: no more, no fewer,
// nothing moved from a body into a head. A fixed budget of mutated requests, the same at every run.
import { expect } from "expect";
import { test } from "node:test";
import { BodyScanner } from "../../../lib/wire/body.ts";
import { latin1 } from "../../../lib/wire/byte_stream.ts";
import { forwardedHead, headText } from "../../../lib/wire/forwarded_head.ts";
import { headEnd, parseRequestHead } from "../../../lib/wire/http1.ts";
import { missing, spawn } from "../../support/scenario.ts";

const NODE = Deno.env.get("AUTHSOME_TEST_NODE") || "node";
const SAMPLES = 4_000;

/** Reads a JSON list of byte strings from stdin; prints what its own HTTP server made of each, sent over a connection. */
const OTHER_PARSER = `
const http = require("node:http"), net = require("node:net");
const seen = new Map();
const take = (req, res) => {
  seen.get(req.socket.remotePort).heads++;
  const body = [];
  req.on("data", (bytes) => body.push(bytes));
  req.on("end", () => {
    seen.get(req.socket.remotePort).requests.push({
      method: req.method, target: req.url,
      body: Buffer.concat(body).toString("latin1"),
    });
    res.end();
  });
};
const server = http.createServer(take);
server.on("checkContinue", take);
server.on("checkExpectation", take);
server.on("clientError", (error, socket) => {
  const entry = seen.get(socket.remotePort);
  if (entry) entry.error = error.code;
  socket.destroy();
});
async function one(text) {
  const socket = net.connect(server.address().port, "127.0.0.1");
  await new Promise((resolve) => socket.on("connect", resolve));
  const entry = { heads: 0, requests: [] };
  seen.set(socket.localPort, entry);
  socket.on("error", () => {});
  socket.resume();
  socket.end(Buffer.from(text, "latin1"));
  await new Promise((resolve) => socket.on("close", resolve));
  return entry;
}
server.listen(0, "127.0.0.1", async () => {
  let input = "";
  for await (const part of process.stdin) input += part;
  const results = [];
  for (const text of JSON.parse(input)) results.push(await one(text));
  process.stdout.write(JSON.stringify(results));
  process.exit(0);
});`;

interface Read {
  method: string;
  target: string;
  body: string;
}

/** What goes on over one connection, and the requests that were decided about. */
interface Sample {
  requests: Read[];
  /** Whether a stricter reader may refuse the body of an accepted head. */
  chunked: boolean;
}

const SEEDS = [
  "GET /a?b=c HTTP/1.1\r\nHost: h\r\nX-One: 1\r\n\r\n",
  "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
  "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;x=1\r\nhello\r\n0\r\nX-T: 1\r\n\r\n",
  "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nPOST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET /3 HTTP/1.1\r\nHost: h\r\n\r\n",
  "PUT /e HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok",
  "OPTIONS * HTTP/1.1\r\nHost: h\r\nConnection: close, x-hop\r\nX-Hop: 1\r\n\r\n",
  "GET /old HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\nGET /more HTTP/1.0\r\n\r\n",
];
const PIECES = [
  ...'\r\n \t:;,+-0159aAf"\0\x7f\x80_'.split(""),
  "\r\n",
  "\r\n\r\n",
  "\r\n ",
  "chunked",
  "Content-Length: 3\r\n",
  "Content-Length : 3\r\n",
  "Content_Length: 3\r\n",
  "Host: evil\r\n",
  "X: \n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding: identity\r\n",
  "Transfer-Encoding:\tchunked, gzip\r\n",
  "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n",
  "0\r\n\r\n",
  "Connection: content-length\r\n",
  "Upgrade: h2c\r\nConnection: upgrade\r\n",
];

/** Numbers from 0 to below `n`, the same at every run. */
function randomizer(): (n: number) => number {
  let state = 20_260_131;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(state / 2 ** 32 * n);
  };
}

function mutated(below: (n: number) => number): string {
  let text = SEEDS[below(SEEDS.length)]!;
  for (let times = below(4); times > 0; times--) {
    const lines = [...text.matchAll(/\r\n/g)].map(({ index }) => index + 2);
    const at = below(2) === 0 || lines.length === 0
      ? below(text.length + 1)
      : lines[below(lines.length)]!;
    const piece = PIECES[below(PIECES.length)]!;
    const removed = below(3) === 0 ? below(6) : 0;
    text = text.slice(0, at) + piece + text.slice(at + removed);
  }
  return text;
}

/** Each request of `text` that goes on whole, until something is refused. */
function throughProxy(text: string): (Sample & { sent: string })[] {
  let bytes = latin1(text);
  const samples: (Sample & { sent: string })[] = [];
  try {
    for (;;) {
      const end = headEnd(bytes);
      if (end < 0) break;
      const head = parseRequestHead(bytes.subarray(0, end));
      const forwarded = forwardedHead(head);
      // Refused by policy.
      if (/^(CONNECT|TRACE|PRI)$/.test(head.method)) break;
      const scanner = new BodyScanner(head.framing, true);
      const bodyEnd = scanner.scan(bytes, end);
      if (!scanner.done) break;
      const body = bytes.subarray(end, bodyEnd);
      const { method, target, framing } = head;
      samples.push({
        sent: headText(forwarded) + String.fromCharCode(...body),
        requests: [{ method, target, body: contentOf(body, framing.kind) }],
        chunked: framing.kind === "chunked",
      });
      bytes = bytes.slice(bodyEnd);
      if (forwarded.close) break;
    }
  } catch { /* Refused: nothing of it goes on. */ }
  return samples;
}

/** The content of a body that the scanner has accepted. */
function contentOf(bytes: Uint8Array, framing: string): string {
  const text = String.fromCharCode(...bytes);
  if (framing !== "chunked") return text;
  let content = "";
  for (let at = 0;;) {
    const line = text.indexOf("\r\n", at);
    const size = parseInt(text.slice(at, line), 16);
    if (size === 0) return content;
    content += text.slice(line + 2, line + 2 + size);
    at = line + 2 + size + 2;
  }
}

test("what goes on is read by another parser as the requests that policy saw", {
  skip: await missing(NODE),
}, async () => {
  const below = randomizer();
  const samples = new Map<string, Sample>();
  for (let at = 0; at < SAMPLES; at++) {
    const parts = throughProxy(mutated(below));
    if (parts.length === 0) continue;
    // Each request by itself, and all of the connection.
    for (const { sent, ...sample } of parts) samples.set(sent, sample);
    samples.set(parts.map(({ sent }) => sent).join(""), {
      requests: parts.flatMap(({ requests }) => requests),
      chunked: parts.some(({ chunked }) => chunked),
    });
  }
  // Enough of them got through to mean something, and more than one request of a connection too.
  expect(samples.size).toBeGreaterThan(300);
  expect([...samples.values()].some(({ requests }) => requests.length > 2))
    .toBe(true);

  const { code, stdout, stderr } = await spawn(
    [NODE, "-e", OTHER_PARSER],
    {},
    JSON.stringify([...samples.keys()]),
  );
  expect([code, stderr]).toEqual([0, ""]);
  const results: { heads: number; requests: Read[]; error?: string }[] = JSON
    .parse(stdout);
  expect(results.length).toBe(samples.size);
  let agreed = 0;
  [...samples].forEach(([sent, { requests, chunked }], at) => {
    const { heads, requests: theirs, error } = results[at]!;
    if (!error) {
      expect({ sent, requests: theirs }).toEqual({ sent, requests });
      agreed++;
    } else if (requests.length === 1) {
      // A stricter reader may refuse a head, or the chunks of a body; whoever takes the head and then finds something
      // that is not its body has read another request than we have.
      expect({ sent, heads: chunked ? 0 : heads }).toEqual({ sent, heads: 0 });
    }
  });
  expect(agreed).toBeGreaterThan(samples.size * 0.8);
});
