/** Hands out secrets of a connection as they are. @module */
import type { Connection } from "../connection/connection.ts";
import { fieldsOf } from "../connection/secret_fields.ts";
import type { Broker } from "./broker.ts";
import { noteDisclosure } from "./disclosure.ts";

/**
 * The values of `fields`, when the audit log has noted them.
 *
 * @param fields names of {@linkcode fieldsOf} the credential.
 * @throws {AuthsomeError} `StoreUnavailable` if the audit log cannot be written.
 */
export async function revealSecrets(
  broker: Broker,
  connection: Connection,
  fields: readonly string[],
): Promise<Record<string, string>> {
  const secrets = fieldsOf(connection.credential);
  await noteDisclosure(broker, "get", [{
    provider: connection.provider,
    connection: connection.name,
    detail: fields.join(","),
  }]);
  return Object.fromEntries(
    fields.map((field) => [field, secrets[field]!.reveal()]),
  );
}
