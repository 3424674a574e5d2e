/** Servers of the Python packages, each with its own authorization server, as processes. @module */
import { freePort } from "../../support/free_port.ts";
import { type Package, pythonOf } from "./python/packages.ts";
import { HOST, type RealServer } from "./real_server.ts";

/** How long a server may take to listen, in milliseconds. */
const START_MS = 60_000;

/** Starts one. The first access token of a login is said to live for one second, others for an hour. */
export async function startPythonServer(
  name: Package,
  { transport, path }: { transport: "http" | "sse"; path: string },
): Promise<RealServer> {
  const port = freePort();
  const script = new URL("python/server.py", import.meta.url).pathname;
  const child = new Deno.Command(pythonOf(name), {
    args: [script, String(port), `https://${HOST}`, path, transport],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const log: string[] = [];
  const told = collect(child.stdout, (text) => {
    log.splice(0, log.length, ...text.split("\n").filter(Boolean));
  });
  let talk = "";
  const talked = collect(child.stderr, (text) => void (talk = text));
  let ended = false;
  child.status.then(() => void (ended = true));
  for (const until = Date.now() + START_MS; !await listens(port);) {
    if (ended || Date.now() > until) {
      throw new Error(`the server of ${name} did not start: ${talk}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    port,
    log,
    async close() {
      if (!ended) child.kill("SIGKILL");
      await Promise.all([child.status, told, talked]);
    },
  };
}

async function listens(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

/** Reads to the end and hands over all that came, each time. */
async function collect(
  stream: ReadableStream<Uint8Array>,
  take: (text: string) => void,
): Promise<void> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    take(text += part);
  }
}
