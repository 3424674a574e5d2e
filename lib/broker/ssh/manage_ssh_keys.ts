/** SSH keys of a profile: taken in, made, limited, listed and removed. No use case hands a private key out. @module */
import { AuthsomeError } from "../../errors.ts";
import { quoted } from "../../text.ts";
import { keysOfHost, readKnownHosts } from "../../ssh/known_hosts.ts";
import type { AskPassphrase } from "../../ssh/openssh_key.ts";
import {
  type AllowedHost,
  type KeyLimits,
  publicLine,
  type SshKey,
} from "../../ssh/ssh_key.ts";
import { SshKeys } from "../../ssh/ssh_keys.ts";
import {
  generateSshKey,
  readSshKey,
  type SshKeyPair,
} from "../../ssh/ssh_private_key.ts";
import { fingerprint, typeOf } from "../../ssh/ssh_public_key.ts";
import type { Broker } from "../broker.ts";

/** What a key may be used for, as a person says it: `[user@]host[:port]`, namespaces. */
export interface GivenLimits {
  hosts: readonly string[];
  namespaces: readonly string[];
  confirm: boolean;
}

/** A key without its secret. */
export interface SshKeySummary {
  name: string;
  type: string;
  /** `SHA256:…` */
  fingerprint: string;
  /** The line of a `.pub` file. */
  publicKey: string;
  /** `[user@]host[:port]` */
  hosts: string[];
  namespaces: string[];
  confirm: boolean;
  /** Milliseconds since the epoch. */
  createdAt: number;
}

/**
 * Takes in the private key in `text`.
 *
 * @throws {AuthsomeError} `Usage` if it is none or a host is not known; `AuthenticationFailed` if the passphrase is
 * another; `ConnectionExists` unless `force`.
 */
export async function addSshKey(
  broker: Broker,
  given: { name: string; text: string; passphrase: AskPassphrase },
  limits: GivenLimits,
  force: boolean,
): Promise<SshKeySummary> {
  const [keys, pinned] = await Promise.all([
    sshKeys(broker),
    pin(broker, limits),
  ]);
  const pair = await readSshKey(given.text, given.passphrase);
  const twin = (await keys.list()).find(({ blob, name }) =>
    name !== given.name && fingerprint(blob) === fingerprint(pair.blob)
  );
  if (twin) {
    // Only one of them would be used, and it may be the one without limits.
    throw new AuthsomeError(
      "ConnectionExists",
      `Cannot add the SSH key: it is here as ${quoted(twin.name, 80)}`,
      "authsome ssh-agent list",
    );
  }
  return await keep(broker, keys, given.name, pair, pinned, force, "import");
}

/** Makes a key, Ed25519, in the vault. */
export async function makeSshKey(
  broker: Broker,
  given: { name: string; comment: string },
  limits: GivenLimits,
  force: boolean,
): Promise<SshKeySummary> {
  const keys = await sshKeys(broker);
  const pinned = await pin(broker, limits);
  const pair = generateSshKey(given.comment);
  return await keep(broker, keys, given.name, pair, pinned, force, "login");
}

/** Every key of the profile, by name. */
export async function listSshKeys(broker: Broker): Promise<SshKeySummary[]> {
  return (await (await sshKeys(broker)).list()).map(summary);
}

/** Replaces what the key may be used for; what is `undefined` stays. */
export async function limitSshKey(
  broker: Broker,
  name: string,
  limits: Partial<GivenLimits>,
): Promise<SshKeySummary> {
  const keys = await sshKeys(broker);
  const hosts = limits.hosts && await pinHosts(broker, limits.hosts);
  const { namespaces, confirm } = limits;
  return summary(
    await keys.change(name, (key) => ({
      ...key,
      ...hosts && { hosts },
      ...namespaces && { namespaces: [...namespaces] },
      ...confirm !== undefined && { confirm },
    })),
  );
}

/** Deletes a key. Throws `ConnectionNotFound` if there is none. */
export async function removeSshKey(
  broker: Broker,
  name: string,
): Promise<void> {
  await (await sshKeys(broker)).remove(name);
  const { audit, profile } = broker;
  audit.record({
    ...{ event: "logout", profile, provider: "ssh", connection: name },
    ok: true,
  });
}

/** The keys of the broker's profile. */
export async function sshKeys(broker: Broker): Promise<SshKeys> {
  const vault = await broker.vault();
  // The connections look whether the profile is there.
  await broker.connections.names("ssh");
  return new SshKeys(vault, broker.profile);
}

async function keep(
  broker: Broker,
  keys: SshKeys,
  name: string,
  pair: SshKeyPair,
  limits: KeyLimits,
  force: boolean,
  event: "import" | "login",
): Promise<SshKeySummary> {
  const key: SshKey = {
    ...{ name, type: typeOf(pair.blob), ...pair, ...limits },
    createdAt: broker.clock.now(),
  };
  await keys.add(key, force);
  const { audit, profile } = broker;
  audit.record({
    ...{ event, profile, provider: "ssh", connection: name, ok: true },
    detail: fingerprint(pair.blob),
  });
  return summary(key);
}

async function pin(broker: Broker, limits: GivenLimits): Promise<KeyLimits> {
  return {
    hosts: await pinHosts(broker, limits.hosts),
    namespaces: [...limits.namespaces],
    confirm: limits.confirm,
  };
}

/**
 * Looks up the keys of hosts where ssh does. They are kept with the SSH key, so that nobody who later writes to
 * known_hosts adds to what it may be used for.
 */
async function pinHosts(
  { runtime }: Broker,
  given: readonly string[],
): Promise<AllowedHost[]> {
  if (given.length === 0) return [];
  const known = readKnownHosts(
    (await runtime.sshAgent?.())?.knownHosts().join("\n") ?? "",
  );
  return given.map((each) => {
    const at = each.lastIndexOf("@");
    const host = each.slice(at + 1);
    if (!/^[^\s@*?,!|]+$/.test(host) || at === 0) {
      throw new AuthsomeError(
        "Usage",
        `Cannot allow host ${quoted(each, 100)}: it is not [user@]host[:port]`,
        "Name each host, as ssh does: --host git@github.com",
        { subject: { field: "--host" } },
      );
    }
    const keys = keysOfHost(known, host);
    if (keys.length === 0) {
      throw new AuthsomeError(
        "Usage",
        `Cannot allow host ${quoted(host, 100)}: its host key is not known`,
        `Connect to it once with ssh, which checks it and adds it to ~/.ssh/known_hosts`,
        { subject: { field: "--host" } },
      );
    }
    return { host, ...at > 0 && { user: each.slice(0, at) }, keys };
  });
}

function summary(key: SshKey): SshKeySummary {
  const { name, type, namespaces, confirm, createdAt } = key;
  return {
    ...{ name, type, fingerprint: fingerprint(key.blob) },
    publicKey: publicLine(key),
    hosts: key.hosts.map(({ host, user }) =>
      user === undefined ? host : `${user}@${host}`
    ),
    ...{ namespaces: [...namespaces], confirm, createdAt },
  };
}
