/** Whether a key may sign what it is asked to. Pure: everything that decides is given. @module */
import type { Binding } from "./session_binding.ts";
import type { SignedData } from "./signed_data.ts";
import { type AllowedHost, isLimited, type SshKey } from "./ssh_key.ts";
import { sameBytes } from "./ssh_wire.ts";

/** Why a signature was refused. */
export type SignRefusal =
  /** The client did not say which server it logs in to. */
  | "session_unbound"
  | "host_refused"
  | "host_key_revoked"
  | "user_refused"
  /** Another machine uses the agent. */
  | "forwarding_refused"
  | "namespace_refused"
  /** Neither a login nor a signature of a file. */
  | "data_refused"
  | "sha1_refused"
  | "confirmation_refused"
  | "agent_locked"
  | "key_missing";

/** What was decided. */
export type KeyVerdict =
  | { ok: true; host?: string }
  | { ok: false; reason: SignRefusal; host?: string };

/** Whether `key` may sign `data` for the sessions that its connection was bound to. */
export function mayUse(
  key: SshKey,
  bindings: readonly Binding[],
  data: SignedData,
  isRevoked: (hostKey: Uint8Array) => boolean,
): KeyVerdict {
  if (!isLimited(key)) return { ok: true };
  if (bindings.some(({ forwarding }) => forwarding)) {
    return { ok: false, reason: "forwarding_refused" };
  }
  if (data.kind === "unknown") return { ok: false, reason: "data_refused" };
  if (data.kind === "file") {
    return key.namespaces.includes(data.namespace)
      ? { ok: true }
      : { ok: false, reason: "namespace_refused" };
  }
  const binding = bindings.at(-1);
  if (
    !binding || !sameBytes(binding.sessionId, data.sessionId) ||
    data.hostKey && !sameBytes(data.hostKey, binding.hostKey)
  ) return { ok: false, reason: "session_unbound" };
  const allowed = key.hosts.filter((host) => hasKey(host, binding.hostKey));
  if (allowed.length === 0) return { ok: false, reason: "host_refused" };
  const { host } = allowed[0]!;
  if (isRevoked(binding.hostKey)) {
    return { ok: false, reason: "host_key_revoked", host };
  }
  const ofUser = allowed.find(({ user }) =>
    user === undefined || user === data.user
  );
  return ofUser
    ? { ok: true, host: ofUser.host }
    : { ok: false, reason: "user_refused", host };
}

/**
 * Whether the key is offered on a connection: one that a server would see in vain is not, since a server counts the keys
 * that it refuses.
 */
export function isOffered(
  key: SshKey,
  bindings: readonly Binding[],
): boolean {
  const binding = bindings.at(-1);
  if (!binding || !isLimited(key)) return true;
  return !bindings.some(({ forwarding }) => forwarding) &&
    key.hosts.some((host) => hasKey(host, binding.hostKey));
}

function hasKey({ keys }: AllowedHost, hostKey: Uint8Array): boolean {
  return keys.some((key) => sameBytes(key, hostKey));
}
