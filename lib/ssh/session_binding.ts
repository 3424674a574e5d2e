/**
 * The SSH sessions that a connection to an agent was bound to (OpenSSH PROTOCOL.agent §1): which server it is used for,
 * as that server's own key says.
 *
 * @module
 */
import { readPublicKey, verifies } from "./ssh_public_key.ts";
import { Malformed, sameBytes, WireReader } from "./ssh_wire.ts";

/** A server that the connection is used for. */
export interface Binding {
  hostKey: Uint8Array;
  sessionId: Uint8Array;
  /** Whether the connection was forwarded to that server: others use it from there. */
  forwarding: boolean;
}

/** As many hops as OpenSSH takes. */
const MAX_BINDINGS = 16;
/** SHA-512, the longest hash of a key exchange. */
const MAX_SESSION_ID = 64;

/**
 * The bindings with the one that `request` asks for, the contents of `session-bind@openssh.com`; `undefined` if it is not
 * signed by the host key, or does not fit those of before.
 */
export function bind(
  bindings: readonly Binding[],
  request: Uint8Array,
): readonly Binding[] | undefined {
  const binding = verified(request);
  if (!binding) return undefined;
  const again = bindings.find(({ sessionId }) =>
    sameBytes(sessionId, binding.sessionId)
  );
  if (again) {
    return sameBytes(again.hostKey, binding.hostKey) &&
        again.forwarding === binding.forwarding
      ? bindings
      : undefined;
  }
  // After a login on it, a connection is of nobody else.
  if (bindings.some(({ forwarding }) => !forwarding)) return undefined;
  if (bindings.length >= MAX_BINDINGS) return undefined;
  return [...bindings, binding];
}

function verified(request: Uint8Array): Binding | undefined {
  try {
    const reader = new WireReader(request);
    const hostKey = reader.string();
    const sessionId = reader.string();
    const signature = reader.string();
    const forwarding = reader.boolean();
    reader.end();
    if (sessionId.length === 0 || sessionId.length > MAX_SESSION_ID) {
      return undefined;
    }
    return verifies(readPublicKey(hostKey), signature, sessionId)
      // Copies: the bytes of a message are not kept.
      ? {
        hostKey: hostKey.slice(),
        sessionId: sessionId.slice(),
        forwarding,
      }
      : undefined;
  } catch (error) {
    // Of a host certificate too: its key is not read.
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}
