/** Who sends a request to the login server. @module */

/**
 * `own`: the person whose login it is, as the system says. `other`: another user of this machine. `unknown`: the system
 * does not say, or the request comes through a server that speaks for others (SSH).
 */
export interface Peer {
  who: "own" | "other" | "unknown";
  /** The other user's id, where it is known. */
  uid?: number;
}

/** Where it was not looked up. */
export const UNKNOWN_PEER: Peer = { who: "unknown" };
