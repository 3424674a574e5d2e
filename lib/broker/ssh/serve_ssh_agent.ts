/** An SSH agent over the keys of a profile. @module */
import { AuthsomeError } from "../../errors.ts";
import { defined } from "../../object.ts";
import type { AgentPeer, ListeningAgent } from "../../ports/hosts/ssh_host.ts";
import { AgentLock } from "../../ssh/agent_lock.ts";
import {
  type AgentKeys,
  AgentSession,
  type KeyUse,
} from "../../ssh/agent_session.ts";
import type { KeyVerdict } from "../../ssh/key_rules.ts";
import { isRevoked, readKnownHosts } from "../../ssh/known_hosts.ts";
import type { SshKey } from "../../ssh/ssh_key.ts";
import { fingerprint } from "../../ssh/ssh_public_key.ts";
import { quoted } from "../../text.ts";
import type { Broker } from "../broker.ts";
import { sshKeys } from "./manage_ssh_keys.ts";

/** How an agent is served. */
export interface AgentRequest {
  /** Of the socket; in a folder of its own without one. */
  path?: string;
  /** Asks the person at the terminal; where it is absent, the desktop is asked. */
  ask?(question: string): Promise<boolean>;
  /** Told in a line of each use. */
  used?(line: string): void;
}

/**
 * Begins to serve. Keys are read from the vault each time, so that one that was removed is gone at once.
 *
 * @throws {AuthsomeError} `PortUnavailable` if the socket cannot be; whatever the vault does not open with.
 */
export async function serveSshAgent(
  broker: Broker,
  request: AgentRequest,
): Promise<ListeningAgent> {
  const { runtime, audit, profile } = broker;
  const host = await sshAgentHost(broker);
  const keys = await sshKeys(broker);
  const lock = new AgentLock();
  let asking: Promise<unknown> = Promise.resolve();

  const readable = async (): Promise<SshKey[]> => {
    const found: SshKey[] = [];
    for (const name of await keys.names()) {
      try {
        found.push(await keys.get(name));
      } catch (error) {
        // Removed since, or damaged: the others are there all the same.
        if (!(error instanceof AuthsomeError)) throw error;
        if (!["ConnectionNotFound", "RecordCorrupt"].includes(error.code)) {
          throw error;
        }
      }
    }
    return found;
  };

  return await host.listen(request.path, (peer) => {
    const agent: AgentKeys = {
      lock,
      list: readable,
      isRevoked: (hostKey) =>
        isRevoked(readKnownHosts(host.knownHosts().join("\n")), hostKey),
      confirm(use) {
        // One question at a time: two windows would be answered alike.
        const answer = asking.then(async () => {
          const text = question(use, await peer());
          return (request.ask
            ? await request.ask(text)
            : await host.ask(text)) ??
            false;
        });
        asking = answer.catch(() => {});
        return answer;
      },
      async note(use, verdict) {
        const by = await peer();
        const detail = describe(use, by);
        audit.record({
          ...{ event: "sign", profile, provider: "ssh", ok: verdict.ok },
          connection: use.key.name,
          ...defined({ host: use.host && hostOnly(use.host) }),
          ...verdict.ok ? {} : { reason: verdict.reason },
          detail,
        });
        request.used?.(line(use, verdict, detail));
      },
    };
    const session = new AgentSession(agent);
    return async (message) => {
      try {
        return await session.answer(message);
      } catch (error) {
        if (error instanceof AuthsomeError) {
          runtime.warn?.(`The SSH agent cannot answer: ${error.message}`);
        }
        throw error;
      }
    };
  });
}

/** @throws {AuthsomeError} `OperationNotAllowed` where there can be no agent. */
export async function sshAgentHost({ runtime }: Broker) {
  const host = await runtime.sshAgent?.();
  if (host) return host;
  throw new AuthsomeError(
    "OperationNotAllowed",
    "Cannot start an SSH agent here: there are no sockets",
  );
}

/** What the person is asked, every word from outside in quotes. */
function question(use: KeyUse, peer: AgentPeer | undefined): string {
  const { key } = use;
  const server = use.host ?? (use.hostKey && fingerprint(use.hostKey));
  const what = use.data.kind === "login"
    ? `Log in as ${quoted(use.data.user, 80)}${
      server ? ` at ${server}` : ", the server is not known"
    }`
    : use.data.kind === "file"
    ? `Sign for ${quoted(use.data.namespace, 80)}`
    : "Sign data of an unknown kind";
  return [
    `Allow the use of SSH key ${quoted(key.name, 80)}?`,
    `${key.type} ${fingerprint(key.blob)}`,
    what,
    ...peer ? [`Asked by ${programOf(peer)}`] : [],
    ...use.forwarded ? ["Through a forwarded agent, from another machine"] : [],
  ].join("\n");
}

function describe(use: KeyUse, peer: AgentPeer | undefined): string {
  const { data, hostKey } = use;
  const what = data.kind === "login"
    ? `login as ${quoted(data.user, 80)}`
    : data.kind === "file"
    ? `namespace ${quoted(data.namespace, 80)}`
    : "unknown data";
  return [
    what,
    ...hostKey && hostKey.length > 0
      ? [`host key ${fingerprint(hostKey)}`]
      : [],
    ...use.forwarded ? ["forwarded"] : [],
    ...peer ? [`by ${programOf(peer)}`] : [],
  ].join(", ");
}

function programOf({ program, pid }: AgentPeer): string {
  return program === undefined
    ? `process ${pid}`
    : `${quoted(program, 40)} (process ${pid})`;
}

function line(use: KeyUse, verdict: KeyVerdict, detail: string): string {
  return `${verdict.ok ? "Signed" : `Refused (${verdict.reason})`} with ${
    quoted(use.key.name, 80)
  }${use.host ? ` for ${use.host}` : ""}: ${detail}`;
}

/** Without a port, which has a field of its own for requests only. */
function hostOnly(host: string): string {
  return host.replace(/^\[([^\]]+)\](?::\d+)?$/, "$1").replace(
    /^([^:]+):\d+$/,
    "$1",
  );
}
