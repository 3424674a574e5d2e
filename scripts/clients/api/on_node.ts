/**
 * An API on Node, for what Deno's servers do not serve: gRPC, whose every call with the real credential is answered with one
 * message, and a WebSocket whose request has `Content-Length: 0`.
 *
 * @module
 */
import type { Leaf } from "../../../lib/wire/certificate_authority.ts";
import { evidenceOf } from "../connections.ts";
import { PATHS } from "../installed.ts";
import type { Imitation } from "./imitation.ts";

const SERVER = new URL("node_server.mjs", import.meta.url).pathname;

/** Whose key the calls must bring. */
const PROVIDER = "openai";

/** Serves until closed. Not by Deno's node:http2 either, which ends the process at the GOAWAY of some clients. */
export async function serveOnNode(leaf: Leaf, api: Imitation) {
  const child = new Deno.Command(PATHS.node24!, {
    args: [SERVER],
    env: {
      CERT: leaf.certPem,
      KEY: leaf.keyPem,
      EVIDENCE: evidenceOf(PROVIDER),
    },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream())
    .pipeThrough(byLine()).getReader();
  const { value: port = "" } = await lines.read();
  const reading = (async () => {
    for (;;) {
      const { done, value } = await lines.read();
      if (done) return;
      const { url, fields } = JSON.parse(value);
      api.admits(url, fields);
    }
  })();
  return {
    port: Number(port),
    async close() {
      child.kill();
      await child.status;
      await reading;
    },
  };
}

function byLine(): TransformStream<string, string> {
  let rest = "";
  return new TransformStream({
    transform(text, controller) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) controller.enqueue(line);
    },
  });
}
