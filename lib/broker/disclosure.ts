/** What is handed out of the vault is noted in the audit log before. @module */
import type { Broker } from "./broker.ts";

/** What is handed out of a connection. */
export interface Disclosure {
  provider: string;
  connection: string;
  /** Names of what is shown; never a value. */
  detail: string;
}

/**
 * Records that secrets are disclosed, and resolves when that is on disk: none may be returned before.
 *
 * @throws {AuthsomeError} `StoreUnavailable` if it cannot be written down.
 */
export async function noteDisclosure(
  { audit, profile }: Pick<Broker, "audit" | "profile">,
  event: "get" | "export",
  disclosed: readonly Disclosure[],
): Promise<void> {
  // What waits might leave no room for it.
  await audit.flush();
  for (const each of disclosed) {
    audit.record({ event, profile, ok: true, ...each });
  }
  await audit.flush();
}
