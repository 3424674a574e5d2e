/** A desk with a vault in memory, and processes as a test makes them up. */
import {
  ApprovalDesk,
  type ApprovalRecords,
} from "../../lib/approval/approval_desk.ts";
import type { Channel, GivenAnswer } from "../../lib/approval/channel.ts";
import { memoryStore } from "../../lib/host/vault/memory_store.ts";
import type {
  ApprovalAnswer,
  ApprovalRequest,
} from "../../lib/policy/approver.ts";
import type {
  Lineage,
  ProcessMark,
  SeenProcess,
} from "../../lib/ports/system.ts";
import { Vault } from "../../lib/vault/vault.ts";

/** The process of the run, in session 10 whose leader is process 10. */
export const RUN: ProcessMark = { pid: 100, started: "5000" };
/** A person's program in another terminal. */
export const PERSON: ProcessMark = { pid: 200, started: "6000" };

/** A fake of a machine's processes: each with its parent. */
export function fakeLineage(self: ProcessMark = RUN) {
  const processes = new Map<number, SeenProcess & { parent: number }>();
  const add = (
    pid: number,
    parent: number,
    started: string,
    more: Partial<SeenProcess> = {},
  ) =>
    processes.set(pid, {
      ...{ pid, parent, started, uid: 1000, session: 20, inRun: false },
      ...more,
    });
  add(1, 0, "1", { uid: 0, session: 1 });
  add(10, 1, "2", { session: 10 });
  add(RUN.pid, 10, RUN.started, { session: 10 });
  add(20, 1, "3");
  add(PERSON.pid, 20, PERSON.started);
  const lineage: Lineage = {
    self: () => Promise.resolve(self),
    hasEnded: ({ pid, started }) =>
      Promise.resolve(processes.get(pid)?.started !== started),
    above({ pid, started }) {
      const chain: SeenProcess[] = [];
      for (
        let at = processes.get(pid);
        at && (chain.length > 0 || at.started === started);
        at = processes.get(at.parent)
      ) chain.push(at);
      return Promise.resolve(chain);
    },
    homeOwner: () => 1000,
  };
  return { lineage, processes, add };
}

/** A vault whose clock a test moves. */
export async function scene(channels: readonly Channel[] = []) {
  const store = memoryStore();
  const vault = await Vault.open(store, {
    read: () => Promise.resolve(new Uint8Array(32)),
    create: () => Promise.resolve(),
  });
  const clock = { time: 1_700_000_000_000, now: () => clock.time };
  const warnings: string[] = [];
  const looks = { count: 0 };
  const records: ApprovalRecords = {
    get: (key) => vault.get(key),
    put: (key, text, expected) => vault.put(key, text, expected),
    delete: (key, expected) => vault.delete(key, expected),
    keys: (prefix) => vault.keys(prefix),
    version() {
      looks.count++;
      return vault.version();
    },
  };
  const { lineage, processes, add } = fakeLineage();
  const context = {
    ...{ records, clock, lineage },
    sleep: (milliseconds: number, signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        if (signal.aborted) return resolve();
        const timer = setTimeout(resolve, milliseconds);
        signal.addEventListener("abort", () => {
          clearTimeout(timer);
          resolve();
        });
      }),
    warn: (message: string) => void warnings.push(message),
  };
  const desk = new ApprovalDesk(context, channels);
  return {
    ...{ store, vault, clock, warnings, looks, lineage, processes, add },
    ...{ context, desk },
  };
}

let made = 0;

/** A request that waits for 60 s. */
export function requestAt(
  now: number,
  more: Partial<ApprovalRequest> = {},
): ApprovalRequest {
  return {
    id: `request-${++made}`,
    run: "0123456789abcdef",
    at: now,
    expires: now + 60_000,
    rule: "ask-writes",
    profile: "default",
    provider: "github",
    connection: "default",
    program: "claude",
    folder: "/home/kay/project",
    method: "POST",
    host: "api.github.com",
    path: "/repos/kay/project/issues",
    digest: "ab".repeat(32),
    subject: "cd".repeat(32),
    operations: [{ name: "POST", reads: false }],
    ...more,
  };
}

/** An answer to `request`. */
export function saying(
  decision: "allow" | "deny",
  { digest }: ApprovalRequest,
  more: Partial<GivenAnswer> = {},
): GivenAnswer {
  return { decision, scope: "once", by: "command", digest, ...more };
}

/** A fake channel that answers when the test says so. */
export function fakeChannel(name: string) {
  const { promise, resolve } = Promise.withResolvers<
    ApprovalAnswer | undefined
  >();
  const seen: { request?: ApprovalRequest; signal?: AbortSignal } = {};
  const channel: Channel = {
    name,
    ask(request, signal) {
      Object.assign(seen, { request, signal });
      return promise;
    },
  };
  return { channel, seen, answer: resolve };
}
