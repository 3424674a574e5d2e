/** TCP and Unix sockets as Deno has them, over `node:net`. @module */
import type { Server, Socket } from "node:net";

type Address = { hostname: string; port: number } | { path: string };

/** As `Deno.TcpConn`; reads on demand, so that the socket can be handed on with nothing lost. */
export class Conn {
  constructor(readonly socket: Socket) {
    socket.on("error", () => {});
    socket.pause();
  }

  get remoteAddr() {
    return {
      transport: "tcp",
      hostname: this.socket.remoteAddress ?? "",
      port: this.socket.remotePort ?? 0,
    };
  }

  get localAddr() {
    return {
      transport: "tcp",
      hostname: this.socket.localAddress ?? "",
      port: this.socket.localPort ?? 0,
    };
  }

  async read(bytes: Uint8Array): Promise<number | null> {
    const { socket } = this;
    for (;;) {
      const chunk: Uint8Array | null = socket.read();
      if (chunk) {
        const part = chunk.subarray(0, bytes.length);
        bytes.set(part);
        if (chunk.length > part.length) {
          socket.unshift(chunk.subarray(part.length));
        }
        return part.length;
      }
      if (socket.errored) throw socket.errored;
      if (socket.readableEnded) return null;
      if (socket.destroyed) throw new Error("the connection is closed");
      await event(socket, "readable", "end", "close", "error");
    }
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) =>
      this.socket.write(
        bytes,
        (error) => error ? reject(error) : resolve(bytes.length),
      )
    );
  }

  closeWrite(): Promise<void> {
    return new Promise((resolve) => this.socket.end(resolve));
  }

  get readable(): ReadableStream<Uint8Array> {
    const { Readable } = process.getBuiltinModule("node:stream");
    return Readable.toWeb(this.socket) as ReadableStream<Uint8Array>;
  }

  get writable(): WritableStream<Uint8Array> {
    const { Writable } = process.getBuiltinModule("node:stream");
    return Writable.toWeb(this.socket) as WritableStream<Uint8Array>;
  }

  setNoDelay(noDelay = true): void {
    this.socket.setNoDelay(noDelay);
  }

  close(): void {
    this.socket.destroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** As `Deno.connect`. */
export async function connect(
  options: Address & { hostname?: string; signal?: AbortSignal },
): Promise<Conn> {
  const { signal } = options;
  signal?.throwIfAborted();
  const socket = net().connect({
    allowHalfOpen: true,
    ...("path" in options
      ? { path: options.path }
      : { host: options.hostname, port: options.port }),
  });
  const stop = () => socket.destroy(new Error("aborted"));
  signal?.addEventListener("abort", stop);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
  } finally {
    signal?.removeEventListener("abort", stop);
  }
  return new Conn(socket);
}

/** As `Deno.listen`; that the address cannot be used shows at the next look at `addr`, or connection that is asked for. */
export function listen(options: Address): Listener {
  const server = net().createServer({
    allowHalfOpen: true,
    pauseOnConnect: true,
  });
  return new Listener(server, () =>
    server.listen(
      "path" in options
        ? { path: options.path }
        : { host: options.hostname, port: options.port },
    ));
}

/** As `Deno.Listener`. */
export class Listener {
  #waiting: Socket[] = [];
  #wake: () => void = () => {};
  #error: Error | undefined;
  #closed = false;

  constructor(
    private readonly server: Server,
    start: () => void,
  ) {
    server.on("connection", (socket) => {
      this.#waiting.push(socket);
      this.#wake();
    });
    server.on("error", (error) => {
      this.#error = error;
      this.#wake();
    });
    start();
  }

  get addr() {
    if (this.#error) throw this.#error;
    const address = this.server.address();
    return typeof address === "object" && address
      ? { transport: "tcp", hostname: address.address, port: address.port }
      : { transport: "unix", path: address };
  }

  async accept(): Promise<Conn> {
    for (;;) {
      const socket = this.#waiting.shift();
      if (socket) return new Conn(socket);
      if (this.#error) throw this.#error;
      if (this.#closed) throw new Error("the listener is closed");
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Conn> {
    while (!this.#closed) {
      try {
        yield await this.accept();
      } catch (error) {
        if (!this.#closed) throw error;
      }
    }
  }

  close(): void {
    this.#closed = true;
    this.server.close();
    for (const socket of this.#waiting) socket.destroy();
    this.#wake();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** As `Deno.listenDatagram`, for UDP. */
export function listenDatagram(
  { hostname, port }: { hostname: string; port: number },
) {
  const { createSocket } = process.getBuiltinModule("node:dgram");
  const socket = createSocket(hostname.includes(":") ? "udp6" : "udp4");
  const waiting: [Uint8Array, Origin][] = [];
  let wake = () => {};
  socket.on("message", (bytes, { address, port }) => {
    waiting.push([bytes, { transport: "udp", hostname: address, port }]);
    wake();
  });
  socket.bind(port, hostname);
  return {
    send: (bytes: Uint8Array, { hostname, port }: Origin) =>
      new Promise<number>((resolve, reject) =>
        socket.send(
          bytes,
          port,
          hostname,
          (error, size) => error ? reject(error) : resolve(size),
        )
      ),
    close: () => socket.close(),
    get addr() {
      try {
        const { address, port } = socket.address();
        return { transport: "udp", hostname: address, port };
      } catch {
        // It is not bound yet.
        return { transport: "udp" };
      }
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const next = waiting.shift();
        if (next) yield next;
        else await new Promise<void>((resolve) => wake = resolve);
      }
    },
  };
}

/** As `Deno.networkInterfaces`. */
export function networkInterfaces() {
  const { networkInterfaces } = process.getBuiltinModule("node:os");
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? []).map((address) => ({ name, ...address }))
  );
}

type Origin = { transport: "udp"; hostname: string; port: number };

/** Loaded by the first command that connects. */
function net() {
  return process.getBuiltinModule("node:net");
}

function event(socket: Socket, ...names: string[]): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const name of names) socket.off(name, done);
      resolve();
    };
    for (const name of names) socket.on(name, done);
  });
}
