/** The headers that carry a credential, for who makes requests without the proxy. @module */
import { basicAuthorization } from "../bytes.ts";
import type { Connection } from "../connection/connection.ts";
import { secretField } from "../connection/export.ts";
import { connectionOption } from "../connection/hint.ts";
import { AuthsomeError } from "../errors.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import { headerValue } from "../provider/injection.ts";
import { injectionsOf } from "./routes.ts";

/**
 * The headers that requests to the provider's API need, by name.
 *
 * @param values what templates may use besides the credential's fields: `client_id`, captured values.
 * @throws {AuthsomeError} `OperationNotAllowed` if the provider wants its credential in the query or the path,
 * `CredentialMissing` if a field of the credential is missing or does not fit into a header.
 */
export function authHeaders(
  definition: ProviderDefinition,
  connection: Connection,
  values: Readonly<Record<string, string>>,
): Record<string, string> {
  const fill = (template: string) =>
    template.replace(/\{([a-z0-9_]+)\}/g, (_, field: string) => {
      const value = secretField(connection.credential, field)?.reveal() ??
        (Object.hasOwn(values, field) ? values[field] : undefined);
      if (value === undefined) throw missing(connection, field, "is missing");
      // RFC 9110 §5.5. What holds a line break would be another header.
      if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
        throw missing(connection, field, "cannot be sent in a header");
      }
      return value;
    });
  const headers: Record<string, string> = { ...definition.default_headers };
  for (const injection of injectionsOf(definition)) {
    if (injection.kind === "header") {
      headers[injection.name] = headerValue(injection, fill);
    } else if (injection.kind === "basic") {
      headers.Authorization = basicAuthorization(
        fill(injection.username),
        fill(injection.password),
      );
    } else {
      throw new AuthsomeError(
        "OperationNotAllowed",
        `Cannot make headers for ${definition.name}: its credential ${
          injection.kind === "sigv4"
            ? "signs"
            : `goes into the ${injection.kind} of`
        } each request`,
        "authsome run -- <command>",
        { subject: { provider: definition.name } },
      );
    }
  }
  return headers;
}

function missing(
  { provider, name }: Connection,
  field: string,
  state: string,
): AuthsomeError {
  return new AuthsomeError(
    "CredentialMissing",
    `Cannot use connection ${provider}/${name}: its field "${field}" ${state}`,
    `authsome login ${provider}${connectionOption(name)} --force`,
    { subject: { provider, connection: name, field } },
  );
}
