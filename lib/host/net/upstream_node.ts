/** What Node speaks on connections to servers. @module */
import { isIP, type Socket } from "node:net";
import {
  checkServerIdentity,
  connect,
  createSecureContext,
  type PeerCertificate,
  rootCertificates,
  type SecureContext,
} from "node:tls";
import type { StreamOwner } from "../../ports/net.ts";
import type { Conn } from "../node/network.ts";
import { NodeStream } from "./node_stream.ts";
import { NoHttp2, type Transport } from "./upstream.ts";

/** The {@linkcode Transport} of Node. */
export const transport: Transport = {
  plain(tcp, rest) {
    const { socket } = tcp as unknown as Conn;
    if (rest.length > 0) socket.unshift(rest);
    return new ServerStream(socket);
  },

  secure(tcp, { host, caCerts, http2 }) {
    const { socket } = tcp as unknown as Conn;
    return new Promise((resolve, reject) => {
      const secure = connect({
        socket,
        host,
        servername: isIP(host) ? undefined : host,
        secureContext: contextOf(caCerts),
        ALPNProtocols: [http2 ? "h2" : "http/1.1"],
        checkServerIdentity: checkNames,
      });
      const failed = (cause?: Error) => {
        secure.destroy();
        socket.destroy();
        if (http2 && /application protocol/i.test(cause?.message ?? "")) {
          reject(new NoHttp2("", { cause }));
        } else {
          reject(cause ?? new Error("the server closed the connection"));
        }
      };
      const closed = () => failed();
      secure.once("error", failed);
      secure.once("close", closed);
      secure.once("secureConnect", () => {
        secure.off("error", failed);
        secure.off("close", closed);
        if (http2 && secure.alpnProtocol !== "h2") {
          secure.destroy();
          reject(new NoHttp2());
        } else resolve(new ServerStream(secure, socket));
      });
    });
  },
};

/** A socket of Node that was never in flowing mode. */
class ServerStream extends NodeStream {
  constructor(socket: Socket, raw?: Socket) {
    super(socket, raw);
  }

  override own(owner: StreamOwner): void {
    super.own(owner);
    this.socket.resume();
  }
}

const contexts = new WeakMap<string[], SecureContext>();

/** Reading the roots costs milliseconds, so it is done once for a proxy. */
function contextOf(caCerts: string[]): SecureContext {
  let context = contexts.get(caCerts);
  if (!context) {
    context = createSecureContext({
      minVersion: "TLSv1.2",
      ca: caCerts.length > 0 ? [...rootCertificates, ...caCerts] : undefined,
    });
    contexts.set(caCerts, context);
  }
  return context;
}

/** Unlike Node's own check, and as on Deno: a name that only the subject holds does not count (RFC 9525, 2). */
function checkNames(host: string, peer: PeerCertificate): Error | undefined {
  // Node asks the subject when no other name is of the host's kind, also beside addresses.
  const subject = Object.create(null);
  return checkServerIdentity(host, { ...peer, subject });
}
