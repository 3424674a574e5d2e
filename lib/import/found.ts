/** Credentials found elsewhere, on their way into the vault. @module */
import type { Credential } from "../connection/connection.ts";
import { defined } from "../object.ts";
import { type Secret, secretOf } from "../secret.ts";

/** A credential of another program that can become a connection. */
export interface Found {
  provider: string;
  /** Name for the connection; the provider's usual one otherwise. */
  connection?: string;
  credential: Credential;
  /** The OAuth client that a refresh needs. With the redirect URI of that program it serves no login of ours. */
  client?: { clientId: string; clientSecret?: Secret; redirectUri?: string };
  /** Where secrets of the credential are, by field: they stay there, and are not stored. */
  references?: Readonly<Record<string, string>>;
  /** Tenant, an https URL. */
  baseUrl?: string;
  /** Where it was found, for people. */
  from: string;
}

/** Something that was seen and cannot be taken. */
export interface Skipped {
  /** Where, for people. */
  from: string;
  provider?: string;
  /** Why: a clause after a colon. */
  reason: string;
  /** What to do instead; may be empty. */
  hint: string;
  /** Whether it is there and does not open, for want of its key: a failure, where the others are a choice. */
  isSealed?: boolean;
}

/** A definition of a provider that was registered with another program. */
export interface FoundDefinition {
  name: string;
  /** JSON, which is not to be trusted. */
  text: string;
  /** Where it was found, for people. */
  from: string;
}

/** What a source held. */
export interface Harvest {
  found: Found[];
  skipped: Skipped[];
  /** Definitions of providers, which the credentials may be for. */
  definitions?: FoundDefinition[];
}

/** A name for a connection, made of what another program calls its own; `undefined` if nothing is left of it. */
export function connectionNameOf(text: string): string | undefined {
  const name = text.replace(/[\p{C}\p{Zl}\p{Zp}/\\]+/gu, "-").slice(0, 64)
    .replace(/^[-\s]+|\s+$/g, "");
  return name === "" ? undefined : name;
}

/** An OAuth client; `undefined` without its ID. */
export function foundClient(
  clientId: string | undefined,
  clientSecret: string | undefined,
  redirectUri?: string,
): Found["client"] | undefined {
  return clientId === undefined ? undefined : {
    clientId,
    ...defined({ clientSecret: secretOf(clientSecret), redirectUri }),
  };
}
