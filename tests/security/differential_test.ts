// What goes on is read by another parser (llhttp, in a real Node) as the same requests that policy saw: no more, no fewer,
// nothing moved from a body into a head. A fixed budget of mutated requests, the same at every run.
import { expect } from "expect";
import { test } from "node:test";
import { BodyScanner } from "../../lib/proxy/body.ts";
import { latin1 } from "../../lib/proxy/byte_stream.ts";
import { forwardedHead, headText } from "../../lib/proxy/forwarded_head.ts";
import { headEnd, parseRequestHead } from "../../lib/proxy/http1.ts";
import { missing, spawn } from "../support/scenario.ts";

const NODE = Deno.env.get("AUTHSOME_TEST_NODE") || "node";
const SAMPLES = 4_000;

/** Reads a JSON list of byte strings from stdin; prints what its own HTTP server made of each, sent over a connection. */
const OTHER_PARSER = `
const http = require("node:http"), net = require("node:net");
const seen = new Map();
const take = (req, res) => {
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
  const entry = { requests: [] };
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
    const at = below(text.length + 1);
    const piece = PIECES[below(PIECES.length)]!;
    const removed = below(3) === 0 ? below(6) : 0;
    text = text.slice(0, at) + piece + text.slice(at + removed);
  }
  return text;
}

/** What goes on of `text`, and the requests that were decided about: whole ones only, until something is refused. */
function throughProxy(text: string): { sent: string; requests: Read[] } {
  let bytes = latin1(text);
  let sent = "";
  const requests: Read[] = [];
  try {
    for (;;) {
      const end = headEnd(bytes);
      if (end < 0) break;
      const head = parseRequestHead(bytes.subarray(0, end));
      const forwarded = forwardedHead(head);
      // Refused by policy.
      if (/^(CONNECT|TRACE|PRI)$/.test(head.method)) break;
      const scanner = new BodyScanner(head.framing, true);
      const body = scanner.scan(bytes, end);
      if (!scanner.done) break;
      sent += headText(forwarded) +
        String.fromCharCode(...bytes.subarray(end, body));
      requests.push({
        method: head.method,
        target: head.target,
        body: contentOf(bytes.subarray(end, body), head.framing.kind),
      });
      bytes = bytes.slice(body);
      if (forwarded.close) break;
    }
  } catch { /* Refused: nothing of it goes on. */ }
  return { sent, requests };
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
  const samples = new Map<string, Read[]>();
  for (let at = 0; at < SAMPLES; at++) {
    const { sent, requests } = throughProxy(mutated(below));
    if (sent) samples.set(sent, requests);
  }
  // Enough of them got through to mean something, and more than one request of a connection too.
  expect(samples.size).toBeGreaterThan(300);
  expect([...samples.values()].some(({ length }) => length > 2)).toBe(true);

  const { code, stdout, stderr } = await spawn(
    [NODE, "-e", OTHER_PARSER],
    {},
    JSON.stringify([...samples.keys()]),
  );
  expect([code, stderr]).toEqual([0, ""]);
  const results: { requests: Read[]; error?: string }[] = JSON.parse(stdout);
  expect(results.length).toBe(samples.size);
  let agreed = 0;
  [...samples].forEach(([sent, ours], at) => {
    const { requests, error } = results[at]!;
    const theirs = requests.map(({ method, target, body }) => ({
      method,
      target,
      body,
    }));
    // A stricter reader may refuse what it gets; it may not read anything else from it.
    const expected = error ? ours.slice(0, theirs.length) : ours;
    expect({ sent, requests: theirs }).toEqual({ sent, requests: expected });
    if (!error) agreed++;
  });
  expect(agreed).toBeGreaterThan(samples.size * 0.8);
});
