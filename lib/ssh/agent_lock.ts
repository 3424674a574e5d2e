/** A lock of the whole agent by a passphrase: `ssh-add -x` and `-X`. @module */
import { randomBytes, scryptSync, timingSafeEqual } from "node:crypto";

/** Milliseconds that a wrong passphrase costs. */
const WRONG_MS = 500;

/** Of one agent, gone with it. */
export class AgentLock {
  #lock: { salt: Uint8Array; digest: Uint8Array } | undefined;
  #trying: Promise<unknown> = Promise.resolve();

  get isLocked(): boolean {
    return this.#lock !== undefined;
  }

  /** Locks; false if it is locked already. */
  lock(passphrase: Uint8Array): boolean {
    if (this.#lock) return false;
    const salt = randomBytes(16);
    this.#lock = { salt, digest: scryptSync(passphrase, salt, 32) };
    return true;
  }

  /** Unlocks; false for another passphrase. One try at a time. */
  unlock(passphrase: Uint8Array): Promise<boolean> {
    const words = passphrase.slice();
    const attempt = this.#trying.then(async () => {
      if (!this.#lock) return false;
      const { salt, digest } = this.#lock;
      if (timingSafeEqual(scryptSync(words, salt, 32), digest)) {
        this.#lock = undefined;
        return true;
      }
      await new Promise((resolve) => setTimeout(resolve, WRONG_MS));
      return false;
    }).finally(() => words.fill(0));
    this.#trying = attempt;
    return attempt;
  }
}
