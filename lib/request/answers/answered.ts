/** What follows from the answer to a request with a credential: the proxy and the library's fetch do the same. @module */
import type { Because } from "../../audit/event.ts";
import type { CredentialSource } from "../../connection/credentials.ts";
import type { Credential } from "../../connection/connection.ts";
import { sameSecrets } from "../../connection/secret_fields.ts";
import { type Field, values } from "../../wire/http1.ts";
import { type Endpoint, formatAuthority } from "../../wire/target.ts";
import type { Injected } from "../injector.ts";
import { tokenVerdict } from "./token_verdict.ts";
import { harmless, stepUpAdvice } from "./step_up.ts";

/** A request as it was sent. */
export interface Sent {
  provider: string;
  connection: string;
  /** Given by {@linkcode CredentialSource.fresh}. */
  injected: Injected & { doubted?: string };
  method: string;
  authority: Endpoint;
  target: string;
}

/** What follows. */
export interface Consequence {
  /** For the audit log: why it was refused, and the scopes that were asked for. */
  noted?: { reason: "insufficient_scope"; detail?: string };
  /** For the person: how the missing scope is had. */
  advice?: Because;
  /**
   * Set if the token was refused. Resolves when the vault knows; says whether the request may be sent again with another
   * credential, which is had by then. `renew`: whether that is wanted.
   */
  refused?(renew: boolean): Promise<boolean>;
}

/** Characters of a request that are kept. */
const MAX_LENGTH = 500;
const NOTHING: Consequence = {};

/**
 * Reads an answer with `status`.
 *
 * @param fields gives its fields; only asked of a 401 or 403.
 */
export function answered(
  credentials: CredentialSource,
  sent: Sent,
  status: number,
  fields: () => readonly Field[],
): Consequence {
  const { provider, connection, injected: { credential, doubted } } = sent;
  const about = () => ({
    provider,
    connection,
    credential,
    request: requestOf(sent),
  });
  if (status < 400) {
    if (doubted !== undefined && doubted === requestOf(sent)) {
      credentials.accepted?.(about());
    }
    return NOTHING;
  }
  const verdict = tokenVerdict(
    status,
    () => values(fields(), "www-authenticate"),
  );
  switch (verdict.kind) {
    case "none":
      return NOTHING;
    case "insufficient_scope": {
      const wanted = harmless(verdict.scopes, credential);
      return {
        noted: {
          reason: "insufficient_scope",
          ...wanted.length > 0 ? { detail: wanted.join(" ") } : {},
        },
        advice: stepUpAdvice(
          { provider, connection, credential, works: true },
          wanted,
        ),
      };
    }
    case "rejected":
      return {
        async refused(renew) {
          if (!await credentials.rejected?.(about())) return false;
          return renew && await hasAnother(credentials, sent, credential);
        },
      };
  }
}

async function hasAnother(
  credentials: CredentialSource,
  { provider, connection }: Sent,
  credential: Credential,
): Promise<boolean> {
  const fresh = await credentials.fresh(provider, connection);
  return fresh.ok && !sameSecrets(fresh.credential, credential);
}

function requestOf({ method, authority, target }: Sent): string {
  const path = target.split("?", 1)[0]!;
  return `${method} ${formatAuthority(authority)}${path}`.slice(0, MAX_LENGTH);
}
