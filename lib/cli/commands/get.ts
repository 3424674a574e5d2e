import type { Broker } from "../../broker/broker.ts";
import { findConnection, shownFields } from "../../broker/get_connection.ts";
import {
  type Connection,
  type ConnectionStatus,
  shownStatus,
} from "../../connection/connection.ts";
import { fieldsOf } from "../../connection/secret_fields.ts";
import { defined } from "../../object.ts";
import { AuthsomeError } from "../../errors.ts";
import {
  argument,
  defineCommand,
  option,
  toggle,
} from "../kit/define_command.ts";
import { shownSources } from "../kit/listing.ts";
import { keyValueLines } from "../kit/table.ts";
import { shorten } from "../kit/terminal_text.ts";
import { relativeTime, rfc3339 } from "../kit/time.ts";

interface Flags {
  connection?: string;
  field?: string;
  showSecret?: boolean;
}

/** `get <provider>`: one connection. */
export default defineCommand<Flags, [provider: string]>({
  description:
    "Secrets are redacted unless --show-secret is given; what the definition says is no secret, such as an account id, is shown. With --show-secret the access token is refreshed first if necessary, and one that has expired is never shown. For scripts: authsome token.",
  examples: [
    ["authsome get github", "the default connection"],
    ["authsome get github --field status", "one value, for a script"],
    ["authsome get openai --field api_key --show-secret", "the key itself"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [argument("Name of the provider", "provider", "provider")],
    },
    flags: {
      connection: option("Which connection", "name", "connection"),
      field: option("Print this field only", "field"),
      showSecret: toggle("Print secrets as they are"),
    },
  },

  async run(context, flags, name) {
    const { output } = context;
    const broker = await context.broker();
    let connection = await findConnection(broker, name, flags.connection);
    if (!connection) {
      // Scripts poll this while a login is under way, so it is an answer as well as a failure.
      if (flags.field === "status" && !output.asJson) {
        output.data("not_connected" satisfies ConnectionStatus);
        context.exitCode = 3;
        return;
      }
      await broker.connections.get(name, flags.connection);
      return;
    }
    let parts = fieldsOf(connection.credential);
    const shown = await shownFields(broker, connection);
    const isSecret = (field: string) =>
      Object.hasOwn(parts, field) && !Object.hasOwn(shown, field);
    const showsSecret = flags.showSecret &&
      (flags.field === undefined || isSecret(flags.field));
    if (showsSecret) {
      connection = await broker.refresh(connection);
      parts = fieldsOf(connection.credential);
    }
    const now = broker.clock.now();
    const { status, expiresAt } = await shownStatus(
      connection,
      now,
      (stale) => broker.refreshObstacle(stale),
    );
    const fields: Record<string, unknown> = {
      ...describe(connection),
      ...connection.references
        ? { references: await shownSources(connection.references) }
        : {},
      is_default:
        await broker.connections.defaultName(name) === connection.name,
      status,
      expires_at: expiresAt === undefined ? null : rfc3339(expiresAt),
    };
    // Not known of every connection, but a script may ask.
    if (flags.field === "account" || flags.field === "verified_at") {
      fields[flags.field] ??= null;
    }
    if (flags.field !== undefined) {
      if (!Object.hasOwn(parts, flags.field)) {
        await addPublicValue(broker, connection, flags.field, fields);
      }
      if (
        !Object.hasOwn(parts, flags.field) &&
        !Object.hasOwn(fields, flags.field)
      ) {
        throw unknownField(flags.field, { ...fields, ...parts });
      }
      if (isSecret(flags.field) && !flags.showSecret) {
        throw new AuthsomeError(
          "Usage",
          `Cannot print ${flags.field} of ${name}/${
            shorten(connection.name)
          }: it is a secret`,
          "If you mean it, add --show-secret",
          { subject: { provider: name, field: flags.field } },
        );
      }
    }
    const asked = flags.field === undefined
      ? Object.keys(parts)
      : Object.keys(parts).filter((field) => field === flags.field);
    for (const field of asked) {
      fields[field] = shown[field] ?? String(parts[field]);
    }
    if (showsSecret) {
      const { revealSecrets } = await import(
        "../../broker/reveal_secrets.ts"
      );
      const secrets = asked.filter(isSecret);
      Object.assign(fields, await revealSecrets(broker, connection, secrets));
    }
    if (flags.field !== undefined) {
      const value = fields[flags.field];
      if (output.asJson) output.json({ [flags.field]: value ?? null });
      // A secret must come out exactly as it is, whatever it holds.
      else if (isSecret(flags.field)) output.raw(`${value}\n`);
      else output.data(plain(value));
    } else if (output.asJson) {
      output.json(fields);
    } else {
      output.data(keyValueLines(
        Object.entries(fields).map(([key, value]) => [
          key,
          key === "expires_at" && expiresAt !== undefined
            ? `${value} (${relativeTime(expiresAt, now)})`
            : plain(value),
          flags.showSecret === true && isSecret(key),
        ]),
        context.width,
      ));
    }
  },
});

/** Adds what is no secret of the connection and has the name `field`, if its definition knows such a value. */
async function addPublicValue(
  broker: Broker,
  connection: Connection,
  field: string,
  fields: Record<string, unknown>,
): Promise<void> {
  if (Object.hasOwn(fields, field)) return;
  const { publicValues } = await import("../../connection/public_values.ts");
  try {
    const { definition } = await broker.registry.get(connection.provider);
    const values = publicValues(definition, connection);
    if (Object.hasOwn(values, field)) fields[field] = values[field];
  } catch (error) {
    // Without a definition nothing more is known.
    if (!(error instanceof AuthsomeError)) throw error;
  }
}

/** What may be shown of a connection. `null` where nothing is known, and where it is filled in. */
function describe(connection: Connection): Record<string, unknown> {
  const { credential } = connection;
  const oauth = credential.type === "oauth2" ? credential : undefined;
  return {
    provider: connection.provider,
    connection_name: connection.name,
    is_default: false,
    auth_type: credential.type,
    ...defined({ account: connection.account }),
    status: null,
    scopes: oauth?.scopes ?? [],
    expires_at: null,
    base_url: connection.baseUrl ?? null,
    captured: oauth?.captured ?? {},
    ...connection.verifiedAt === undefined
      ? {}
      : { verified_at: rfc3339(connection.verifiedAt) },
    created_at: rfc3339(connection.createdAt),
    updated_at: rfc3339(connection.updatedAt),
  };
}

function plain(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.join(" ");
  if (typeof value === "object") {
    return Object.entries(value).map(([key, part]) => `${key}=${part}`)
      .join(" ");
  }
  return String(value);
}

function unknownField(field: string, known: object): AuthsomeError {
  return new AuthsomeError(
    "Usage",
    `Unknown field "${shorten(field)}"`,
    `Choose one of: ${Object.keys(known).join(", ")}`,
    { subject: { field: shorten(field) } },
  );
}
