/** Listens on 127.0.0.1 for one login, and says who has the port if it cannot. @module */
import { AuthsomeError } from "../../errors.ts";
import { IDENTITY_PATH } from "../../form/login_address.ts";
import { sleep } from "../../login/sleep.ts";
import type { End } from "./peer_user.ts";
import { portOwner } from "./port_owner.ts";

/** Time between two attempts at a busy port, in milliseconds. */
const LOOK = 500;
/** Milliseconds that the port's owner has to say what it is. */
const REPLY = 2000;
/** Milliseconds that the last answers have to leave. */
const LEAVE = 2000;

/** Answers a request that came over the connection between two ends. */
type LoopbackHandler = (
  request: Request,
  ends: { from: End; to: End },
) => Response | Promise<Response>;

/** A server that listens. */
export interface LoopbackServer {
  readonly port: number;
  /** Frees the port; answers that are under way are finished. */
  stop(): Promise<void>;
}

/**
 * Serves `handler` on 127.0.0.1:`port`, and on no other address. If another authsome login has the port, says so and
 * waits until it is free or `signal` aborts. Nothing but a question for its name is ever sent to the owner of the port.
 *
 * @throws {AuthsomeError} `PortUnavailable`; the signal's reason when it aborts.
 */
export async function serveLoopback(options: {
  /** 0: any free port. */
  port: number;
  handler: LoopbackHandler;
  say(message: string): void;
  signal: AbortSignal;
}): Promise<LoopbackServer> {
  const { port, signal } = options;
  for (let waiting = false;;) {
    signal.throwIfAborted();
    const server = await listen(port, options.handler);
    if (server) return server;
    const login = await otherLogin(port, signal);
    if (!login) {
      // It may have ended between the two looks.
      const late = await listen(port, options.handler);
      if (late) return late;
      if (!waiting) throw await unavailable(port);
    } else if (!waiting) {
      options.say(
        `Port ${port} is in use by another authsome login (${login}); waiting for it to end. Stop with Ctrl-C.`,
      );
      waiting = true;
    }
    await sleep(LOOK, signal);
    if (!login && waiting) waiting = false;
  }
}

/** How a runtime serves requests. */
export interface Served {
  port: number;
  /** Accepts no more; resolves when the answers under way have left. */
  shutdown(): Promise<void>;
  /** Nothing that is left keeps the process. */
  unref(): void;
}

/** Ends a server; the last answers have so many milliseconds to leave. */
export async function endServer(
  server: Pick<Served, "shutdown" | "unref">,
  leave: number,
): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, leave);
  });
  await Promise.race([server.shutdown(), late]);
  clearTimeout(timer);
  server.unref();
}

async function listen(
  port: number,
  handler: LoopbackHandler,
): Promise<LoopbackServer | undefined> {
  try {
    const server = await serve(port, handler);
    return {
      port: server.port,
      stop: () => endServer(server, LEAVE),
    };
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return undefined;
    throw new AuthsomeError(
      "PortUnavailable",
      `Cannot listen on 127.0.0.1:${port}: ${
        error instanceof Error ? error.message : "the system refused"
      }`,
      "Choose another port: AUTHSOME_PORT=17998 authsome login …",
      { cause: error },
    );
  }
}

async function serve(
  port: number,
  handler: LoopbackHandler,
): Promise<Served> {
  const hostname = "127.0.0.1";
  if (!("serve" in Deno)) {
    const { serveOnNode } = await import("../node/serve.ts");
    return await serveOnNode({ hostname, port }, handler);
  }
  const to = { hostname, port };
  const server = Deno.serve({
    hostname,
    port,
    onListen(address) {
      to.port = address.port;
    },
    onError: () => new Response("Internal error", { status: 500 }),
  }, (request, { remoteAddr }) => handler(request, { from: remoteAddr, to }));
  return {
    port: server.addr.port,
    shutdown: () => server.shutdown(),
    unref: () => server.unref(),
  };
}

/** The provider of the authsome login that listens on `port`, or `undefined` if something else does. */
export async function otherLogin(
  port: number,
  signal: AbortSignal = new AbortController().signal,
): Promise<string | undefined> {
  try {
    const answer = JSON.parse(
      await identity(
        port,
        AbortSignal.any([signal, AbortSignal.timeout(REPLY)]),
      ),
    );
    // It is printed, so it must be a provider's name and nothing else.
    return answer?.program === "authsome" &&
        typeof answer.provider === "string" &&
        /^[a-z0-9][a-z0-9_-]{0,62}$/.test(answer.provider)
      ? answer.provider
      : undefined;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** What the server says of itself. No proxy of the environment is asked: its 127.0.0.1 is another machine. */
async function identity(port: number, signal: AbortSignal): Promise<string> {
  const { connect } = await import("node:net");
  const socket = connect({ port, host: "127.0.0.1", signal });
  socket.write(
    `GET ${IDENTITY_PATH} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`,
  );
  try {
    let answer = "";
    for await (const chunk of socket.setEncoding("latin1")) {
      answer += chunk;
      if (answer.length > 4096) break;
    }
    return /^HTTP\/1\.1 200 [^]*?\r\n\r\n([^]*)$/.exec(answer)?.[1] ?? "";
  } finally {
    socket.destroy();
  }
}

async function unavailable(port: number): Promise<AuthsomeError> {
  const owner = await portOwner(port);
  return new AuthsomeError(
    "PortUnavailable",
    `Cannot listen on 127.0.0.1:${port}: ${
      owner ?? "another program"
    } uses the port`,
    `Stop it, or choose another port: AUTHSOME_PORT=${
      port === 17998 ? 27998 : 17998
    } authsome login … (and register that redirect URI)`,
  );
}
