/** The server's side of TLS on a socket that is already open. @module */
import type { Socket } from "node:net";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import { defined } from "../../object.ts";
import type { Authority } from "../../wire/certificate_authority.ts";
import { readClientHello } from "../../wire/client_hello.ts";
import type { ByteStream } from "../../ports/net.ts";
import type { ClientStream } from "../../proxy/client_context.ts";
import { NodeStream } from "./node_stream.ts";

/** Most hosts whose TLS context is kept. */
const MAX_HOSTS = 256;

/** Makes TLS contexts with the leaves of an authority. */
export class TlsContexts {
  readonly #contexts = new Map<string, Promise<SecureContext>>();

  constructor(private readonly authority: Authority) {}

  /** The context for `host`; made once while it is in use. */
  for(host: string): Promise<SecureContext> {
    const context = this.#contexts.get(host) ?? this.#create(host);
    this.#contexts.delete(host);
    this.#contexts.set(host, context);
    if (this.#contexts.size > MAX_HOSTS) {
      this.#contexts.delete(this.#contexts.keys().next().value!);
    }
    return context;
  }

  async #create(host: string): Promise<SecureContext> {
    const { certPem, keyPem } = await this.authority.leafFor(host);
    return createSecureContext({
      cert: certPem,
      key: keyPem,
      minVersion: "TLSv1.2",
    });
  }
}

/** A connection from the command. */
export class ClientSocket extends NodeStream implements ClientStream {
  #giveUp: (() => void) | undefined;

  constructor(socket: Socket, private readonly contexts: TlsContexts) {
    super(socket);
  }

  /** A handshake under way ends at once, so that it is recorded before the run is over. */
  override destroy(): void {
    super.destroy();
    this.#giveUp?.();
  }

  async secure(
    host: string,
    hello: Uint8Array,
  ): Promise<{ stream: ByteStream; http2: boolean }> {
    this.release();
    this.socket.pause();
    this.socket.unshift(hello);
    return await new Promise((resolve, reject) => {
      const failed = (cause?: unknown) => {
        this.socket.destroy();
        reject(
          cause instanceof Error
            ? cause
            : new Error("the client closed the connection"),
        );
      };
      this.#giveUp = failed;
      // On Node only the socket below reports a client that disconnects in the middle.
      const closed = () => failed();
      this.socket.once("end", closed);
      this.socket.once("close", closed);
      this.contexts.for(host).then((secureContext) => {
        if (this.socket.destroyed) return failed();
        const secure = new TLSSocket(this.socket, {
          isServer: true,
          secureContext,
          ...defined({ highWaterMark: DENO ? NEVER_FULL : undefined }),
          ...defined({ ALPNProtocols: protocolsFor(hello) }),
        });
        secure.once("error", failed);
        secure.once("close", closed);
        secure.once("secure", () => {
          this.#giveUp = undefined;
          this.socket.off("end", closed);
          this.socket.off("close", closed);
          secure.off("error", failed);
          secure.off("close", closed);
          resolve({
            stream: new TlsStream(secure, this.socket),
            http2: secure.alpnProtocol === "h2",
          });
        });
      }).catch(reject);
    });
  }
}

/** In the order of our liking: HTTP/1.1 is passed on byte for byte. */
const PROTOCOLS = ["http/1.1", "h2", "http/1.0"];

/**
 * What to choose from. A client that offers nothing of it is served as one that offers nothing, as by a server without
 * ALPN: it may well speak HTTP.
 */
function protocolsFor(hello: Uint8Array): string[] | undefined {
  const read = readClientHello(hello);
  const offered = read.kind === "hello" ? read.protocols : undefined;
  return offered?.some((each) => PROTOCOLS.includes(each))
    ? PROTOCOLS
    : undefined;
}

/** TLS over a socket. */
class TlsStream extends NodeStream {
  constructor(secure: TLSSocket, raw: Socket) {
    super(secure, raw);
  }

  override pause(): void {
    super.pause();
    if (DENO) (this.raw as Handled)._handle?.readStop?.();
  }

  override resume(): void {
    if (DENO) (this.raw as Handled)._handle?.readStart?.();
    super.resume();
  }

  override destroy(): void {
    super.destroy();
    this.raw.destroy();
  }
}

/** On Deno 2.9 an end that arrives while the stream is full is lost. What arrives is bounded by `pause` below. */
const NEVER_FULL = 16_777_216;

/** Deno 2.9 goes on reading the socket below a paused TLSSocket, so that memory holds whatever the client sends. */
const DENO = "startTls" in Deno;
type Handled = Socket & {
  _handle?: { readStop?(): void; readStart?(): void };
};
