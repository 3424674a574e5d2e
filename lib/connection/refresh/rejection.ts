/**
 * An access token that the API refused before its time: the mark in the vault, so that the next use anywhere refreshes it.
 *
 * Invariants: only the token that was refused is marked, never one that came after it; a token that is new and refused as
 * well is left alone for a while, since some servers answer 401 for reasons that no token changes.
 *
 * @module
 */
import { AuthsomeError } from "../../errors.ts";
import type { Clock } from "../../ports/system.ts";
import {
  type Connection,
  type Credential,
  hasLoginPlace,
  isRenewable,
  type Rejection,
} from "../connection.ts";
import type { Connections } from "../connections.ts";
import { sameSecrets } from "../secret_fields.ts";
import { isRefused } from "./freshness.ts";

/** How long a new token that was refused as well is left alone, in milliseconds; twice as long each time. */
const FIRST_PAUSE_MS = 30_000;
const MAX_PAUSE_MS = 300_000;
/** So many new tokens in a row, each of which was accepted, are had without a pause: a server may start anew. */
const WITHOUT_PAUSE = 5;
/** After this long without one, a refusal counts as the first again, in milliseconds. */
const FORGOTTEN_MS = { renewed: 3_600_000, accepted: 300_000 };
const MAX_SAVES = 5;

/** A request that was sent with a credential. */
export interface SentRequest {
  provider: string;
  connection: string;
  /** What it was sent with. */
  credential: Credential;
  /** Method, host and path. */
  request: string;
}

interface RejectionContext {
  readonly connections: Pick<Connections, "find" | "save">;
  readonly clock: Clock;
}

/**
 * Marks the access token of `sent` as refused.
 *
 * @returns the connection as it is now if its credential is another one, or is refreshed at its next use; `undefined` if
 * there is nothing to try.
 */
export async function markRejected(
  { connections, clock }: RejectionContext,
  { provider, connection: name, credential, request }: SentRequest,
): Promise<Connection | undefined> {
  if (!isRenewable(credential) && !hasLoginPlace(credential)) return undefined;
  for (let saves = 1;; saves++) {
    const current = await connections.find(provider, name);
    if (!current || current.state !== "connected") return undefined;
    if (
      isRefused(current) ||
      !sameSecrets(current.credential, credential)
    ) return current;
    const rejection = next(current.rejection, clock.now(), request);
    if (!rejection) return undefined;
    try {
      return await connections.save({ ...current, rejection });
    } catch (error) {
      if (!isConflict(error) || saves === MAX_SAVES) throw error;
    }
  }
}

/** Notes that the API took the credential of `sent` for the request that it had refused before. */
export async function markAccepted(
  { connections }: Pick<RejectionContext, "connections">,
  { provider, connection: name, credential }: SentRequest,
): Promise<void> {
  const current = await connections.find(provider, name);
  if (
    !current?.rejection || current.rejection.state === "accepted" ||
    !sameSecrets(current.credential, credential)
  ) return;
  try {
    await connections.save({
      ...current,
      rejection: { ...current.rejection, state: "accepted" },
    });
  } catch (error) {
    // Whoever was faster knows more.
    if (!isConflict(error)) throw error;
  }
}

/** The mark for a refusal at `now`; `undefined` while the token is left alone. */
function next(
  before: Rejection | undefined,
  now: number,
  request: string,
): Rejection | undefined {
  const first = { state: "refused", at: now, times: 1, request } as const;
  if (!before || before.state === "refused") return first;
  const { state, at, times } = before;
  const since = now - at;
  // A time to come means that the clock was set back.
  if (since < 0 || since >= FORGOTTEN_MS[state]) return first;
  const pause = state === "renewed"
    ? Math.min(FIRST_PAUSE_MS * 2 ** Math.min(times - 1, 10), MAX_PAUSE_MS)
    : times < WITHOUT_PAUSE
    ? 0
    : FIRST_PAUSE_MS;
  return since < pause ? undefined : { ...first, times: times + 1 };
}

function isConflict(error: unknown): boolean {
  return error instanceof AuthsomeError && error.code === "RecordConflict";
}
