/** The headers that carry a credential, for who makes requests without the proxy. @module */
import type { Connection } from "../connection/connection.ts";
import { AuthsomeError } from "../errors.ts";
import { defined } from "../object.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import { injectionRefusal } from "./injection_refusal.ts";
import { inject, InjectionError } from "./injector.ts";
import { injectionsOf } from "./routes.ts";

/**
 * The headers that requests to the provider's API need, by name: those that the proxy would set.
 *
 * @param values what templates may use besides the credential's fields: `client_id`, captured values.
 * @throws {AuthsomeError} `OperationNotAllowed` if the provider wants its credential in the query or the path, or signs,
 * `CredentialMissing` if a field of the credential is missing or does not fit into a header.
 */
export function authHeaders(
  definition: ProviderDefinition,
  { provider, name: connection, credential }: Connection,
  values: Readonly<Record<string, string>>,
): Record<string, string> {
  if (credential.type === "oauth2" && credential.tokenType) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      `Cannot make headers for ${definition.name}: its token is bound to a key, which signs each request (DPoP)`,
      "authsome run -- <command>",
      { subject: { provider: definition.name } },
    );
  }
  const injections = injectionsOf(definition);
  const other = injections.find(({ kind }) =>
    kind !== "header" && kind !== "basic"
  );
  if (other) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      `Cannot make headers for ${definition.name}: its credential ${
        other.kind === "sigv4" ? "signs" : `goes into the ${other.kind} of`
      } each request`,
      "authsome run -- <command>",
      { subject: { provider: definition.name } },
    );
  }
  const head = { target: "/", fields: [] };
  const defaultHeaders = definition.default_headers ?? {};
  try {
    inject(head, { injections, defaultHeaders }, { credential, values });
  } catch (error) {
    const refusal = injectionRefusal(error, { provider, connection });
    if (!refusal || !(error instanceof InjectionError)) throw error;
    const { field } = error;
    throw new AuthsomeError(
      "CredentialMissing",
      refusal.message,
      refusal.hint,
      { subject: { provider, connection, ...defined({ field }) } },
    );
  }
  return Object.fromEntries(
    head.fields.map(({ name, value }) => [name, value]),
  );
}
