/** Ports for programs that are told theirs. @module */
import { type Lock, tryLock } from "../../lib/host/home/lock.ts";
import { SUITE_FOLDER } from "./suite_folder.ts";

/** Below those that systems give for port 0. */
const FIRST = 20_000;
const SHARES = 40;
const SHARE_SIZE = 300;

let share: { first: number; held: Lock } | undefined;
let next = Math.floor(Math.random() * SHARE_SIZE);

/** A port of loopback that nobody listens on, and that neither a test of another process nor a client is given. */
export function freePort(): number {
  share ??= ownShare();
  for (let tries = 0; tries < SHARE_SIZE; tries++) {
    const port = share.first + next++ % SHARE_SIZE;
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch {
      // Somebody's who is no test.
    }
  }
  throw new Error(`No port from ${share.first} on is free`);
}

/** Ports that are this process's until it ends. */
function ownShare() {
  const folder = `${SUITE_FOLDER}/ports`;
  Deno.mkdirSync(folder, { recursive: true });
  for (let at = 0; at < SHARES; at++) {
    const held = tryLock(`${folder}/${at}`);
    if (held) return { first: FIRST + at * SHARE_SIZE, held };
  }
  throw new Error(`${SHARES} processes hold ports already: ${folder}`);
}
