/** Flags of the helpers that other tools call. @module */
import type { HelperChoice } from "../../../broker/credential/served.ts";
import {
  chosenConnections,
  CONNECTION_FLAGS,
} from "../../kit/connection_flags.ts";
import { rfc3339 } from "../../kit/time.ts";

/** Values of {@linkcode HELPER_FLAGS}. */
export interface HelperFlags {
  only?: string;
  connection?: string[];
}

/** Which connections may answer, as the person wrote it into the tool's configuration. */
export const HELPER_FLAGS = {
  only: CONNECTION_FLAGS.only,
  connection: CONNECTION_FLAGS.connection,
};

/** Longest request of a tool, in bytes. */
export const REQUEST_LIMIT = 1 << 20;

/**
 * What the flags choose.
 *
 * @throws {AuthsomeError} `Usage` if they cannot be read.
 */
export function helperChoice(flags: HelperFlags): HelperChoice {
  const { only, connections } = chosenConnections(flags);
  return only === undefined ? { connections } : { only, connections };
}

/** When an answer ends, as `--json` has it; `expiresAt` in epoch milliseconds. */
export function expiry(
  expiresAt: number | undefined,
): { expires_at: string | null } {
  return { expires_at: expiresAt === undefined ? null : rfc3339(expiresAt) };
}
