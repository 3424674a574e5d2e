/** What is handed out of the vault is noted in the audit log before. @module */
import { AuthsomeError } from "../errors.ts";
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
 * @throws {AuthsomeError} `OperationNotAllowed` for an agent's own login, which nothing else may use;
 * `StoreUnavailable` if it cannot be written down.
 */
export async function noteDisclosure(
  { audit, profile, registry }: Pick<Broker, "audit" | "profile" | "registry">,
  event: "get" | "export",
  disclosed: readonly Disclosure[],
): Promise<void> {
  for (const { provider, connection } of disclosed) {
    const { definition } = await registry.get(provider);
    if (definition.flow !== "agent_login") continue;
    throw new AuthsomeError(
      "OperationNotAllowed",
      `Cannot hand out the token of ${provider}/${connection}: it is the login of ${definition.display_name}, for that program alone`,
      `Run it: authsome run -- ${provider}`,
      { subject: { provider, connection } },
    );
  }
  // What waits might leave no room for it.
  await audit.flush();
  for (const each of disclosed) {
    audit.record({ event, profile, ok: true, ...each });
  }
  await audit.flush();
}
