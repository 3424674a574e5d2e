/** Hands out access tokens and API keys as variables, with what is no secret; never a refresh token. @module */
import type { Connection } from "../connection/connection.ts";
import {
  exportVariables,
  publicExports,
} from "../connection/export_variables.ts";
import { publicValues } from "../connection/public_values.ts";
import { AuthsomeError } from "../errors.ts";
import type { Provider } from "../provider/definition.ts";
import type { Broker } from "./broker.ts";
import { noteDisclosure } from "./disclosure.ts";

/** What is exported, and how omissions are reported. */
export interface ExportRequest {
  /** Default: every connected one. */
  provider?: string;
  /** Needs `provider`. Default: the provider's default one. */
  connection?: string;
  /** Told of a variable that is left out because another provider sets it. */
  warn(message: string): void;
  /** Told of a provider that fails where all are exported; the others go on. Default: the first that fails ends it. */
  failed?(error: AuthsomeError): void;
  /** Told every variable before anything is noted. What it throws ends the export, and nothing is handed out. */
  check?(variables: Readonly<Record<string, string>>): void;
}

/** What a connection exports. */
export interface ExportedConnection {
  provider: string;
  connection: string;
  variables: Record<string, string>;
}

/** With the variables that hold a secret. */
interface Exported extends ExportedConnection {
  secrets: string[];
}

/** What is handed out. */
export interface ExportedCredentials {
  connections: ExportedConnection[];
  /** The variables of all. Of two that have one name, the first. */
  variables: Record<string, string>;
}

/**
 * The variables of one connection or of every provider's default one, fresh, when the audit log has noted them. A
 * provider that exports nothing is passed over unless it was asked for.
 *
 * @throws {AuthsomeError} `Usage` for a connection without a provider; `ProviderNotFound`, `ConnectionNotFound`,
 * `CredentialExpired`, `RefreshFailed`; `OperationNotAllowed` if the provider exports nothing; `StoreUnavailable` if the
 * audit log cannot be written.
 */
export async function exportCredentials(
  broker: Broker,
  request: ExportRequest,
): Promise<ExportedCredentials> {
  const exported = request.provider === undefined
    ? await exportAll(broker, request)
    : [await exportNamed(broker, request.provider, request.connection)];
  const variables = merge(exported, request.warn);
  request.check?.(variables);
  await noteDisclosure(
    broker,
    "export",
    exported.filter(({ secrets }) => secrets.length > 0)
      .map(({ provider, connection, secrets }) => ({
        provider,
        connection,
        detail: secrets.join(","),
      })),
  );
  return {
    connections: exported.map(({ secrets: _, ...each }) => each),
    variables,
  };
}

async function exportNamed(
  broker: Broker,
  name: string,
  connection: string | undefined,
): Promise<Exported> {
  const provider = await broker.registry.get(name);
  return await exportOne(
    broker,
    provider,
    await broker.connections.get(name, connection),
  );
}

async function exportAll(
  broker: Broker,
  { connection, failed }: ExportRequest,
): Promise<Exported[]> {
  if (connection !== undefined) {
    throw new AuthsomeError(
      "Usage",
      "Cannot choose a connection without a provider",
      `Name it: authsome export <provider> --connection ${connection}`,
    );
  }
  const names = await broker.connections.names();
  const exported: Exported[] = [];
  for (const name of new Set(names.map(({ provider }) => provider))) {
    try {
      // First what is damaged: a name in a damaged vault may be that of no provider.
      const connection = await broker.connections.get(name);
      const provider = await broker.registry.get(name);
      exported.push(await exportOne(broker, provider, connection));
    } catch (error) {
      if (!(error instanceof AuthsomeError)) throw error;
      // A provider without variables was not asked for by name, so that is no failure.
      if (error.subject.field === "export.env") continue;
      if (!failed) throw error;
      failed(error);
    }
  }
  return exported;
}

async function exportOne(
  broker: Broker,
  { definition }: Provider,
  connection: Connection,
): Promise<Exported> {
  const { provider, name } = connection;
  const fresh = await broker.refresh(connection);
  const secrets = exportVariables(definition, fresh);
  const shown = publicExports(definition, publicValues(definition, fresh));
  const variables = Object.fromEntries(
    Object.keys(definition.export?.env ?? {}).flatMap((variable) => {
      const value = secrets[variable]?.reveal() ?? shown[variable];
      return value === undefined ? [] : [[variable, value]];
    }),
  );
  if (Object.keys(variables).length === 0) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      `Cannot export ${provider}: its definition names no variable for this connection`,
      `Add "export" to it: authsome inspect ${provider}`,
      { subject: { provider, field: "export.env" } },
    );
  }
  return {
    provider,
    connection: name,
    variables,
    secrets: Object.keys(secrets),
  };
}

function merge(
  exported: readonly ExportedConnection[],
  warn: ExportRequest["warn"],
): Record<string, string> {
  const owners = new Map<string, string>();
  const merged: Record<string, string> = {};
  for (const { provider, variables } of exported) {
    for (const [variable, value] of Object.entries(variables)) {
      const owner = owners.get(variable);
      if (owner !== undefined) {
        warn(
          `${variable} is set by ${owner}; the one of ${provider} is left out. To get that one: authsome export ${provider}`,
        );
        continue;
      }
      owners.set(variable, provider);
      merged[variable] = value;
    }
  }
  return merged;
}
