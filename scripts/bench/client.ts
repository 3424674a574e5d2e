/**
 * The client of every way, a process of its own: CONNECT, TLS and keep-alive HTTP/1.1 with as little overhead as
 * Deno allows. Reads a {@linkcode Task} as JSON on stdin and prints a {@linkcode Result}; every answer's status is
 * checked, so an answer without the injected header (401) ends the run with an error.
 *
 * @module
 */

/** What to do. */
export interface Task {
  kind: "load" | "tunnels" | "download" | "status";
  upstream: { host: string; port: number };
  proxy?: { port: number; authorization?: string };
  caPath: string;
  headers: Record<string, string>;
  path: string;
  /** Length of each answer's body. */
  bodyBytes: number;
  /** Connections at the same time. */
  connections: number;
  warmUpSeconds: number;
  seconds: number;
}

/** What was measured after the warm-up. Times are milliseconds. */
export interface Result {
  /** Requests, or tunnels, that began and ended in `elapsed`. */
  count: number;
  elapsed: number;
  p50: number;
  p99: number;
  status: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** One keep-alive connection, perhaps through a tunnel. */
class Connection {
  readonly #stream: Deno.TlsConn;
  readonly #buffer: Uint8Array;

  private constructor(stream: Deno.TlsConn, bufferBytes: number) {
    this.#stream = stream;
    this.#buffer = new Uint8Array(bufferBytes);
  }

  static async open(
    task: Task,
    ca: string,
    bufferBytes = 16_384,
  ): Promise<Connection> {
    const tcp = await Deno.connect({
      hostname: "127.0.0.1",
      port: task.proxy?.port ?? task.upstream.port,
    });
    tcp.setNoDelay();
    if (task.proxy) await connectThrough(tcp, task);
    const tls = await Deno.startTls(tcp, {
      hostname: task.upstream.host,
      caCerts: [ca],
    });
    await tls.handshake();
    return new Connection(tls, bufferBytes);
  }

  /** Sends one request and reads its answer to the last byte of its body; returns the status. */
  async exchange(request: Uint8Array, bodyBytes: number): Promise<number> {
    await this.#stream.write(request);
    const buffer = this.#buffer;
    let length = 0;
    let head = -1;
    while (head < 0) {
      const read = await this.#stream.read(buffer.subarray(length));
      if (!read) throw new Error("the answer ended in its head");
      head = headEnd(buffer, length, length += read);
    }
    const status = (buffer[9]! - 48) * 100 + (buffer[10]! - 48) * 10 +
      (buffer[11]! - 48);
    if (status !== 200) return status;
    for (let rest = head + bodyBytes - length; rest > 0;) {
      const read = await this.#stream.read(buffer);
      if (!read) throw new Error("the answer ended in its body");
      rest -= read;
    }
    return status;
  }

  close(): void {
    this.#stream.close();
  }
}

async function connectThrough(tcp: Deno.Conn, task: Task): Promise<void> {
  const authority = `${task.upstream.host}:${task.upstream.port}`;
  const authorization = task.proxy?.authorization
    ? `Proxy-Authorization: ${task.proxy.authorization}\r\n`
    : "";
  await tcp.write(encoder.encode(
    `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorization}\r\n`,
  ));
  const buffer = new Uint8Array(4_096);
  let length = 0;
  while (headEnd(buffer, 0, length) < 0) {
    const read = await tcp.read(buffer.subarray(length));
    if (!read) throw new Error("the proxy closed the connection at CONNECT");
    length += read;
  }
  const answer = decoder.decode(buffer.subarray(0, length));
  if (!/^HTTP\/1\.[01] 200 /.test(answer)) throw new Error(answer);
}

/** Where the body begins, looking only at what came after `from`; -1 before the head is complete. */
function headEnd(buffer: Uint8Array, from: number, to: number): number {
  for (let at = Math.max(3, from); at < to; at++) {
    if (
      buffer[at] === 10 && buffer[at - 1] === 13 && buffer[at - 2] === 10 &&
      buffer[at - 3] === 13
    ) return at + 1;
  }
  return -1;
}

async function run(task: Task): Promise<Result> {
  const ca = await Deno.readTextFile(task.caPath);
  const fields = Object.entries({
    host: `${task.upstream.host}:${task.upstream.port}`,
    ...task.headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const request = encoder.encode(`GET ${task.path} HTTP/1.1\r\n${fields}\r\n`);
  const exchange = async (connection: Connection) => {
    const status = await connection.exchange(request, task.bodyBytes);
    if (status !== 200) throw new Error(`the answer's status is ${status}`);
  };

  if (task.kind === "status") {
    const connection = await Connection.open(task, ca);
    const status = await connection.exchange(request, task.bodyBytes);
    connection.close();
    return { count: 1, elapsed: 0, p50: 0, p99: 0, status };
  }

  if (task.kind === "download") {
    const connection = await Connection.open(task, ca, 262_144);
    const start = performance.now();
    await exchange(connection);
    const elapsed = performance.now() - start;
    connection.close();
    return { count: 1, elapsed, p50: elapsed, p99: elapsed, status: 200 };
  }

  const times: number[] = [];
  const start = performance.now() + task.warmUpSeconds * 1_000;
  const end = start + task.seconds * 1_000;
  const measure = async (act: () => Promise<void>) => {
    for (let now = performance.now(); now < end;) {
      await act();
      const after = performance.now();
      if (now >= start && after <= end) times.push(after - now);
      now = after;
    }
  };
  await Promise.all(Array.from({ length: task.connections }, async () => {
    if (task.kind === "tunnels") {
      return measure(async () => {
        const connection = await Connection.open(task, ca);
        await exchange(connection);
        connection.close();
      });
    }
    const connection = await Connection.open(task, ca);
    await measure(() => exchange(connection));
    connection.close();
  }));
  times.sort((a, b) => a - b);
  return {
    count: times.length,
    elapsed: task.seconds * 1_000,
    p50: times[Math.floor(times.length * 0.5)] ?? NaN,
    p99: times[Math.floor(times.length * 0.99)] ?? NaN,
    status: 200,
  };
}

if (import.meta.main) {
  const task: Task = JSON.parse(
    await new Response(Deno.stdin.readable).text(),
  );
  const limit = setTimeout(() => {
    console.error("the client ran out of time");
    Deno.exit(1);
  }, (task.warmUpSeconds + task.seconds + 20) * 1_000);
  try {
    console.log(JSON.stringify(await run(task)));
  } finally {
    clearTimeout(limit);
  }
}
