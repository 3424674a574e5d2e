/**
 * One connection to the agent: the SSH agent protocol (draft-ietf-sshm-ssh-agent), answered from keys that are given.
 *
 * Keys are listed and used; none is added, removed or handed out.
 *
 * @module
 */
import type { AgentLock } from "./agent_lock.ts";
import { isOffered, type KeyVerdict, mayUse } from "./key_rules.ts";
import { bind, type Binding } from "./session_binding.ts";
import { readSignedData, type SignedData } from "./signed_data.ts";
import type { SshKey } from "./ssh_key.ts";
import { signData } from "./ssh_private_key.ts";
import { Malformed, sameBytes, wire, WireReader } from "./ssh_wire.ts";

const FAILURE = 5;
const SUCCESS = 6;
const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
const SIGN_REQUEST = 13;
const SIGN_RESPONSE = 14;
const LOCK = 22;
const UNLOCK = 23;
const EXTENSION = 27;
const EXTENSION_RESPONSE = 29;

const SESSION_BIND = "session-bind@openssh.com";
const EXTENSIONS = ["query", SESSION_BIND];

/** In the place of a session whose server could not be verified. */
const UNVERIFIED: Binding = {
  hostKey: new Uint8Array(0),
  sessionId: new Uint8Array(0),
  forwarding: true,
};

/** A key that is asked for, and what for. */
export interface KeyUse {
  key: SshKey;
  data: SignedData;
  /** The server that the connection is bound to. */
  hostKey?: Uint8Array;
  /** Whether another machine uses the agent. */
  forwarded: boolean;
  /** Name of an allowed host. */
  host?: string;
}

/** What the connections of an agent share. */
export interface AgentKeys {
  /** Those that may be used now. */
  list(): Promise<readonly SshKey[]>;
  isRevoked(hostKey: Uint8Array): boolean;
  /** Asks the person; false also if nobody can be asked. */
  confirm(use: KeyUse): Promise<boolean>;
  /** Told of every request to sign by a key of these, before it is answered. */
  note(use: KeyUse, verdict: KeyVerdict): Promise<void>;
  readonly lock: AgentLock;
}

/** Answers the messages of one connection, one at a time. */
export class AgentSession {
  readonly #keys: AgentKeys;
  #bindings: readonly Binding[] = [];

  constructor(keys: AgentKeys) {
    this.#keys = keys;
  }

  /** The answer to `message`, without its length. What is not understood, or refused, is a failure. */
  async answer(message: Uint8Array): Promise<Uint8Array> {
    try {
      return await this.#answer(message[0]!, new WireReader(message.slice(1)));
    } catch (error) {
      if (error instanceof Malformed) return wire(FAILURE);
      throw error;
    }
  }

  async #answer(type: number, reader: WireReader): Promise<Uint8Array> {
    const { lock } = this.#keys;
    if (type === UNLOCK && lock.isLocked) {
      return done(await lock.unlock(reader.string()));
    }
    if (type === LOCK) return done(lock.lock(reader.string()));
    if (type === REQUEST_IDENTITIES) return await this.#identities();
    if (type === SIGN_REQUEST) return await this.#sign(reader);
    if (type === EXTENSION) return this.#extension(reader);
    return wire(FAILURE);
  }

  async #identities(): Promise<Uint8Array> {
    const keys = this.#keys.lock.isLocked
      ? []
      : (await this.#keys.list()).filter((key) =>
        isOffered(key, this.#bindings)
      );
    return wire(
      IDENTITIES_ANSWER,
      { uint32: keys.length },
      ...keys.flatMap(({ blob, comment, name }) => [blob, comment || name]),
    );
  }

  async #sign(reader: WireReader): Promise<Uint8Array> {
    const blob = reader.string();
    const data = reader.string();
    const flags = reader.uint32();
    reader.end();
    const key = await this.#find(blob);
    if (!key) return wire(FAILURE);
    const read = readSignedData(data, blob);
    const hostKey = this.#bindings.at(-1)?.hostKey;
    const use: KeyUse = {
      ...{ key, data: read },
      ...hostKey && { hostKey },
      forwarded: this.#bindings.some(({ forwarding }) => forwarding),
    };
    const { verdict, signature } = await this.#use(use, data, flags);
    await this.#keys.note(
      { ...use, ...verdict.host !== undefined && { host: verdict.host } },
      verdict,
    );
    return signature ? wire(SIGN_RESPONSE, signature) : wire(FAILURE);
  }

  async #find(blob: Uint8Array): Promise<SshKey | undefined> {
    return (await this.#keys.list())
      .find((each) => sameBytes(each.blob, blob));
  }

  async #use(
    use: KeyUse,
    data: Uint8Array,
    flags: number,
  ): Promise<{ verdict: KeyVerdict; signature?: Uint8Array }> {
    const { lock } = this.#keys;
    const locked = { verdict: refused("agent_locked") };
    if (lock.isLocked) return locked;
    const verdict = mayUse(
      use.key,
      this.#bindings,
      use.data,
      (hostKey) => this.#keys.isRevoked(hostKey),
    );
    if (!verdict.ok) return { verdict };
    if (use.key.type === "ssh-rsa" && (flags & 6) === 0) {
      return { verdict: { ...refused("sha1_refused"), ...hostOf(verdict) } };
    }
    const asked = { ...use, ...hostOf(verdict) };
    if (use.key.confirm && !await this.#keys.confirm(asked)) {
      return {
        verdict: { ...refused("confirmation_refused"), ...hostOf(verdict) },
      };
    }
    // A person may have taken long: the key, or the right to it, may be gone.
    if (lock.isLocked) return locked;
    if (use.key.confirm && !await this.#find(use.key.blob)) {
      return { verdict: refused("key_missing") };
    }
    const signature = signData(use.key.privateKey, use.key.type, data, flags);
    return signature
      ? { verdict, signature }
      : { verdict: refused("sha1_refused") };
  }

  #extension(reader: WireReader): Uint8Array {
    const name = reader.text();
    if (name === "query") {
      return wire(EXTENSION_RESPONSE, "query", ...EXTENSIONS);
    }
    if (name !== SESSION_BIND) return wire(FAILURE);
    const bindings = bind(this.#bindings, reader.take(reader.left));
    // One that cannot be verified is anybody's: no limited key is used for it.
    this.#bindings = bindings ?? [...this.#bindings.slice(0, 1), UNVERIFIED];
    return done(bindings !== undefined);
  }
}

function done(ok: boolean): Uint8Array {
  return wire(ok ? SUCCESS : FAILURE);
}

function refused(reason: (KeyVerdict & { ok: false })["reason"]) {
  return { ok: false as const, reason };
}

function hostOf({ host }: KeyVerdict): { host?: string } {
  return host === undefined ? {} : { host };
}
