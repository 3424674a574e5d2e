/** Stores imported credentials as connections. @module */
import type { AuditSink } from "../audit/event.ts";
import type { Connections } from "../connection/connections.ts";
import type { Clock } from "../ports/system.ts";
import type { ProviderRegistry } from "../provider/registry.ts";
import { type Connection, statusOf } from "../connection/connection.ts";
import { connectionOption, ownLoginAgain } from "../connection/hint.ts";
import { AuthsomeError } from "../errors.ts";
import { credentialFields } from "../provider/credential_fields.ts";
import { isOptional, readSecret } from "../provider/secret_input.ts";
import { defined } from "../object.ts";
import { holdsPlaceholder } from "../placeholder.ts";
import { needsBaseUrl } from "../provider/tenant.ts";
import type { Found } from "./found.ts";

/** What an import needs of the broker. */
interface ImportBroker {
  readonly profile: string;
  readonly registry: Pick<ProviderRegistry, "get">;
  readonly connections: Pick<
    Connections,
    "defaultName" | "find" | "client" | "saveClient" | "save"
  >;
  readonly audit: AuditSink;
  readonly clock: Clock;
}

/** A {@linkcode Found} that was judged, and the connection it would make. */
export interface Planned {
  found: Found;
  connection: string;
  /** A connection of that name that works, and would be replaced. */
  replaces: boolean;
  /** Why it may not be what it is taken for; the person may know better. */
  doubt?: string;
  existing?: Connection;
  /** What the provider said of it, if it was asked. */
  identity?: Pick<Connection, "account" | "verifiedAt">;
}

/**
 * Judges a credential before anything is written.
 *
 * @param name of the connection; else the one that was found with it, else the provider's default.
 * @throws {AuthsomeError} `ProviderNotFound`; `OperationNotAllowed` if it cannot be kept as it is.
 */
export async function plan(
  broker: ImportBroker,
  found: Found,
  name?: string,
): Promise<Planned> {
  const { provider, credential } = found;
  const { definition } = await broker.registry.get(provider);
  const connection = name ?? found.connection ??
    await broker.connections.defaultName(provider);
  const refuse = (why: string, hint: string) =>
    new AuthsomeError(
      "OperationNotAllowed",
      `Cannot import ${provider} from ${found.from}: ${why}`,
      hint,
      { subject: { provider, connection } },
    );
  const login = credential.type === "oauth2" &&
      ownLoginAgain(provider, connection, "expired") ||
    `authsome login ${provider}${connectionOption(connection)}`;
  if (credential.type !== definition.auth_type) {
    throw refuse(`${provider} is connected with another kind of login`, login);
  }
  if (found.baseUrl === undefined && needsBaseUrl(definition)) {
    throw refuse(
      "the address of your own instance is not known",
      `${login} --base-url https://…`,
    );
  }
  let doubt: string | undefined;
  if (credential.type === "api_key") {
    const missing = credentialFields(definition).filter((field) =>
      !Object.hasOwn(credential.fields, field) && !isOptional(definition, field)
    );
    if (missing.length > 0) {
      throw refuse(`it has no ${missing.join(", ")}`, login);
    }
    for (const [field, secret] of Object.entries(credential.fields)) {
      const input = readSecret(definition, field, secret.reveal());
      if ("problem" in input) throw refuse(lowerFirst(input.problem), login);
      doubt ??= input.doubt;
    }
  }
  if (
    credential.type === "oauth2" &&
    [credential.accessToken, credential.refreshToken].some((token) =>
      token && holdsPlaceholder(token.reveal())
    )
  ) {
    throw refuse("what is there is a placeholder of authsome, no token", login);
  }
  const existing = await broker.connections.find(provider, connection);
  return {
    found,
    connection,
    replaces: existing !== undefined &&
      statusOf(existing, broker.clock.now()) === "connected",
    ...defined({ existing, doubt }),
  };
}

/** Writes a connection, with its client first, and notes it in the audit log. */
export async function keep(
  broker: ImportBroker,
  { found, connection, existing, identity }: Planned,
): Promise<void> {
  const { provider, credential, client, baseUrl, references } = found;
  const now = broker.clock.now();
  if (client) {
    const own = await broker.connections.client(provider);
    const { revision } = await broker.connections.saveClient({
      provider,
      revision: own?.revision ?? 0,
      ...client,
      ...defined({ baseUrl }),
    });
    // Refreshes find the imported one by its id; logins go on with the person's own.
    if (own && own.clientId !== client.clientId) {
      await broker.connections.saveClient({ ...own, revision });
    }
  }
  await broker.connections.save({
    provider,
    name: connection,
    revision: existing?.revision ?? 0,
    credential: credential.type === "oauth2" && client
      ? { ...credential, clientId: client.clientId }
      : credential,
    state: "connected",
    ...defined({ baseUrl, references }),
    ...identity,
    createdAt: existing?.createdAt ?? now,
    updatedAt: now,
  });
  broker.audit.record({
    event: "import",
    profile: broker.profile,
    provider,
    connection,
    ok: true,
    detail: found.from,
  });
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() +
    sentence.slice(1).replace(/\.$/, "");
}
