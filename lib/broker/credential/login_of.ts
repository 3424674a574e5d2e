/** User and password of a connection, where a tool sends them. @module */
import type { Connection } from "../../connection/connection.ts";
import { publicValues } from "../../connection/public_values.ts";
import { AuthsomeError } from "../../errors.ts";
import { defined } from "../../object.ts";
import { PLACEHOLDER } from "../../placeholder.ts";
import { fill, InjectionError } from "../../request/injector.ts";
import { namedPlaceholder } from "../../request/named_placeholder.ts";
import { fieldNames, fillTemplate } from "../../template.ts";
import type { Broker } from "../broker.ts";
import { noteDisclosure } from "../disclosure.ts";
import { basicOf, type Served } from "./served.ts";

/** What is sent by HTTP Basic (RFC 7617). */
export interface Login {
  username: string;
  password: string;
}

/**
 * User and password as they are; to be compared, or handed out by {@linkcode disclosedLogin}. `undefined` if the server
 * takes none.
 *
 * @throws {AuthsomeError} `CredentialMissing` if a field of the credential is missing.
 */
export function loginOf(
  served: Served,
  connection: Connection,
): Login | undefined {
  const basic = basicOf(served);
  const { credential, provider, name } = connection;
  // A token that is bound to a key is of no use without the proofs.
  if (!basic || credential.type === "oauth2" && credential.tokenType) {
    return undefined;
  }
  const { source = {} } = credential;
  const values = {
    ...publicValues(served.input.definition, connection),
    // A registry wants what the definition names, also if APIs take only what is minted from it.
    ...Object.fromEntries(
      fieldNames(basic.password).flatMap((field) =>
        Object.hasOwn(source, field) ? [[field, source[field]!.reveal()]] : []
      ),
    ),
  };
  try {
    return {
      username: fill(basic.username, { credential, values }),
      password: fill(basic.password, { credential, values }),
    };
  } catch (error) {
    if (!(error instanceof InjectionError)) throw error;
    throw new AuthsomeError(
      "CredentialMissing",
      `Cannot use connection ${provider}/${name}: ${error.message}`,
      `authsome login ${provider} --force`,
      {
        subject: {
          ...{ provider, connection: name },
          ...defined({ field: error.field }),
        },
      },
    );
  }
}

/**
 * The same, when the audit log has noted it.
 *
 * @param purpose for whom it is, such as `git at github.com`.
 * @throws {AuthsomeError} what {@linkcode loginOf} throws; `StoreUnavailable` if the audit log cannot be written.
 */
export async function disclosedLogin(
  broker: Broker,
  served: Served,
  connection: Connection,
  purpose: string,
): Promise<Login | undefined> {
  const login = loginOf(served, connection);
  if (!login) return undefined;
  const fields = fieldNames(basicOf(served)!.password).join(",");
  await noteDisclosure(broker, "get", [{
    provider: connection.provider,
    connection: connection.name,
    detail: `${fields} for ${purpose}`,
  }]);
  return login;
}

/** What a command of a run may see of it, and the proxy replaces. */
export function placeholderLogin(served: Served): Login | undefined {
  const basic = basicOf(served);
  if (!basic) return undefined;
  const { placeholders = {}, connection } = served.route;
  const { values = {} } = served.input;
  const stand = (field: string) => {
    const placeholder = Object.hasOwn(placeholders, field)
      ? placeholders[field]
      : PLACEHOLDER;
    return served.isInUse
      ? placeholder
      : namedPlaceholder(connection, placeholder);
  };
  return {
    username: fillTemplate(
      basic.username,
      (field) => Object.hasOwn(values, field) ? values[field] : "",
    ),
    password: fillTemplate(basic.password, stand),
  };
}
