/** The credential that a tool sends to a server itself, as the proxy would send it. @module */
import type { Connection, Credential } from "../../connection/connection.ts";
import { AuthsomeError } from "../../errors.ts";
import { basicAuthorization } from "../../bytes.ts";
import { defined } from "../../object.ts";
import { publicValues } from "../../connection/public_values.ts";
import { secretFields } from "../../provider/credential_fields.ts";
import type { ProviderDefinition } from "../../provider/definition.ts";
import { headerValue } from "../../provider/injection.ts";
import { placeholderOf } from "../../provider/placeholder_of.ts";
import { injectionRefusal } from "../../request/injection_refusal.ts";
import { fill } from "../../request/injector.ts";
import { namedPlaceholder } from "../../request/named_placeholder.ts";
import { Secret } from "../../secret.ts";
import { fieldNames } from "../../template.ts";
import type { Broker } from "../broker.ts";
import { noteDisclosure } from "../disclosure.ts";
import { isInRun } from "./in_run.ts";
import type { Place, Served } from "./served.ts";

/** A credential, or in a run its placeholder. */
export interface ServerCredential {
  /** What stands behind `Authorization:`. */
  authorization: string;
  /** The token or the password alone. */
  token: string;
  /** Absent where the server asks for none. */
  username?: string;
  /** Epoch milliseconds; absent for what lasts, and for a placeholder. */
  expiresAt?: number;
}

/**
 * The credential of a connection for the server that it answers for, fresh, when the audit log has noted it.
 *
 * @param tool whom it is for, and `place` where it goes, for the audit log: `api_key for cargo at crates.io`.
 * @throws {AuthsomeError} `CredentialExpired`, `RefreshFailed`, `CredentialMissing`; `OperationNotAllowed` if the server
 * takes it in no header, or bound to a key; `StoreUnavailable`.
 */
export async function serverCredential(
  broker: Broker,
  served: Served,
  tool: string,
  place: Place,
): Promise<ServerCredential> {
  const { provider, connection: name } = served.route;
  const stored = await broker.connections.get(provider, name);
  if (isInRun(broker)) {
    const { definition } = served.input;
    const credential = placeholderCredential(
      definition,
      stored,
      served.isInUse ? undefined : name,
    );
    return headerOf(served, { ...stored, credential });
  }
  const connection = await broker.refresh(stored);
  const { credential } = connection;
  if (credential.type === "oauth2" && credential.tokenType) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      `Cannot give ${tool} the token of ${provider}/${name}: it is bound to a key, which signs each request (DPoP)`,
      `authsome run -- ${tool}`,
      { subject: { provider, connection: name } },
    );
  }
  const found = headerOf(served, connection);
  await noteDisclosure(broker, "get", [
    {
      provider,
      connection: name,
      detail: `${fieldsOf(served)} for ${tool} at ${place.host}`,
    },
  ]);
  return { ...found, ...defined({ expiresAt: credential.expiresAt }) };
}

/** The credential of a command of `authsome run`: the proxy puts the real one in its place. */
export function placeholderCredential(
  definition: ProviderDefinition,
  connection: Connection,
  name?: string,
): Credential {
  const values = publicValues(definition, connection);
  const secretOf = (field: string) => {
    const placeholder = placeholderOf({ definition, values }, field);
    return new Secret(
      name === undefined ? placeholder : namedPlaceholder(name, placeholder),
    );
  };
  const { credential } = connection;
  if (credential.type === "oauth2") {
    return {
      type: "oauth2",
      accessToken: secretOf("access_token"),
      scopes: [],
      requestedScopes: [],
      captured: credential.captured,
    };
  }
  const secrets = secretFields(definition)
    .filter((field) => Object.hasOwn(credential.fields, field));
  return {
    type: "api_key",
    fields: {
      ...credential.fields,
      ...Object.fromEntries(secrets.map((field) => [field, secretOf(field)])),
    },
  };
}

function headerOf(
  { route, input }: Served,
  connection: Connection,
): ServerCredential {
  const { provider, name, credential } = connection;
  const values = {
    ...credential.type === "oauth2" ? credential.captured : {},
    ...publicValues(input.definition, connection),
  };
  const [injection, ...more] = route.injections;
  try {
    if (more.length === 0 && injection?.kind === "basic") {
      const username = fill(injection.username, { credential, values });
      const token = fill(injection.password, { credential, values });
      return {
        authorization: basicAuthorization(username, token),
        username,
        token,
      };
    }
    if (more.length === 0 && injection?.kind === "header") {
      return ofHeader(
        injection.name,
        headerValue(
          injection,
          (template) => fill(template, { credential, values }),
        ),
      );
    }
  } catch (error) {
    const refusal = injectionRefusal(error, { provider, connection: name });
    if (!refusal) throw error;
    throw new AuthsomeError(
      "CredentialMissing",
      refusal.message,
      refusal.hint,
      { subject: { provider, connection: name } },
    );
  }
  throw new AuthsomeError(
    "OperationNotAllowed",
    `Cannot give out ${provider}/${name}: its server does not take it in one header`,
    "authsome run -- <command>",
    { subject: { provider, connection: name } },
  );
}

/** The names of what the header has. */
function fieldsOf({ route: { injections } }: Served): string {
  const templates = injections.map((each) =>
    each.kind === "basic"
      ? each.password
      : each.kind === "header"
      ? each.value
      : ""
  );
  return [...new Set(templates.flatMap(fieldNames))].join(",");
}

/** A header with a name of the vendor's own is one of those that take a Bearer token as well. */
function ofHeader(name: string, value: string): ServerCredential {
  if (name.toLowerCase() !== "authorization") {
    return { authorization: `Bearer ${value}`, token: value };
  }
  return {
    authorization: value,
    token: value.replace(/^(?:Bearer|token)\s+/i, ""),
  };
}
