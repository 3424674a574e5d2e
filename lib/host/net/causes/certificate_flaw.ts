/** What is wrong with the certificate of a server, where the runtime does not say it. @module */
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls, type PeerCertificate } from "node:tls";
import type { FailureReason } from "../../../wire/request_failure.ts";
import type { Endpoint } from "../../../wire/target.ts";
import { proxySocket, type Tunnel } from "./proxy_socket.ts";

/** Where a certificate is shown: by a server, or through a tunnel. */
export interface ShownBy extends Endpoint {
  /** The address that the server was found at. Default: the host. */
  address?: string | undefined;
  tunnel?: Tunnel | undefined;
}

/** How long the server is waited for once more, in milliseconds. */
const LOOK_MS = 3_000;

/**
 * Looks at the certificate that a server shows, without trusting it and without sending anything.
 *
 * @returns what its own fields say of it; `undefined` if they say nothing, or it was not shown.
 */
export async function certificateFlaw(
  shown: ShownBy,
): Promise<FailureReason | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), LOOK_MS);
  });
  const open: Socket[] = [];
  try {
    const peer = await Promise.race([look(shown, open), late]);
    return peer && flawOf(peer, Date.now());
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    // Node 26 does not survive it if the connection goes before the TLS on it.
    open.reverse().forEach((socket) => socket.destroy());
  }
}

async function look(
  { host: authority, port, address, tunnel }: ShownBy,
  open: Socket[],
): Promise<PeerCertificate> {
  const host = authority.replace(/^\[(.*)\]$/, "$1");
  const socket = tunnel
    ? await proxySocket(tunnel)
    : connect(port, address ?? host);
  open.push(socket);
  const secure = connectTls({
    socket,
    servername: isIP(host) ? "" : host,
    rejectUnauthorized: false,
    ALPNProtocols: ["http/1.1"],
  });
  open.push(secure);
  return await new Promise((resolve, reject) => {
    socket.once("error", reject);
    secure.once("error", reject);
    secure.once("close", () => reject(new Error("closed")));
    secure.once("secureConnect", () => resolve(secure.getPeerCertificate()));
  });
}

/** What the fields of a certificate say at `now`, epoch milliseconds. */
function flawOf(
  peer: Pick<
    PeerCertificate,
    "valid_from" | "valid_to" | "subject" | "issuer"
  >,
  now: number,
): FailureReason | undefined {
  if (Date.parse(peer.valid_to) < now) return { kind: "expired" };
  if (Date.parse(peer.valid_from) > now) return { kind: "not_yet_valid" };
  return JSON.stringify(peer.subject) === JSON.stringify(peer.issuer)
    ? { kind: "self_signed" }
    : undefined;
}
