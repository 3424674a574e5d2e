/** Which OAuth client a login uses, of those that are there. @module */
import type { Connections } from "../connection/connections.ts";
import { AuthsomeError } from "../errors.ts";
import { defined } from "../object.ts";
import type { Client } from "../oauth/client.ts";
import type { Env } from "../ports/system.ts";
import type { Provider } from "../provider/definition.ts";
import {
  CLIENT_ID,
  CLIENT_SECRET,
  clientFields,
  KEY_ID,
  PRIVATE_KEY,
} from "../provider/secret/client_fields.ts";
import { readClientText, readSecret } from "../provider/secret_input.ts";
import { defaultBaseUrl } from "../provider/tenant.ts";
import { type AskedLogin, loginCommand } from "./login_command.ts";
import { Secret } from "../secret.ts";

const MAX_SAVES = 5;

/** The client to use: of the tenant, with the id if one was asked for; the last of several. */
export function usableClient(
  provider: Provider,
  kept: Client[],
  clientId: string | undefined,
  baseUrl: string | undefined,
): Client | undefined {
  const standard = defaultBaseUrl(provider.definition);
  return kept.find((client) =>
    (clientId === undefined || client.clientId === clientId) &&
    (client.baseUrl ?? standard) === (baseUrl ?? standard)
  );
}

/**
 * The client of the fields that a person gave, by name.
 *
 * @throws {AuthsomeError} `CredentialMissing` without an ID.
 */
export function clientFrom(
  provider: string,
  given: Readonly<Record<string, Secret>>,
  baseUrl: string | undefined,
): Client {
  const {
    [CLIENT_ID]: id,
    [CLIENT_SECRET]: clientSecret,
    [PRIVATE_KEY]: privateKey,
    [KEY_ID]: keyId,
    ...fields
  } = given;
  if (!id) {
    throw new AuthsomeError(
      "CredentialMissing",
      `Cannot log in to ${provider}: its ${CLIENT_ID} was not given`,
      `authsome login ${provider}`,
      { subject: { provider, field: CLIENT_ID } },
    );
  }
  return {
    provider,
    revision: 0,
    clientId: id.reveal(),
    ...defined({
      clientSecret,
      privateKey,
      keyId: keyId?.reveal(),
      fields: Object.keys(fields).length > 0 ? fields : undefined,
      baseUrl,
    }),
  };
}

/**
 * The client that the definition's variables hold.
 *
 * @throws {AuthsomeError} `Usage` if a variable holds something else.
 */
export function declaredClient(
  provider: Provider,
  env: Env,
  { clientId: asked, force }: { clientId?: string; force?: boolean },
  baseUrl: string | undefined,
): Client | undefined {
  const { name, client } = provider.definition;
  const fields = clientFields(provider.definition);
  if (fields) {
    const given: Record<string, Secret> = {};
    for (const [field, { env: variable, optional }] of Object.entries(fields)) {
      const text = variable === undefined ? "" : env.get(variable) ?? "";
      if (text.trim() !== "") {
        const input = readSecret(provider.definition, field, text);
        const problem = "problem" in input
          ? input.problem
          : input.unlikely && !force && input.doubt;
        if (problem || "problem" in input) {
          throw badVariable(name, variable!, problem || "");
        }
        given[field] = input.secret;
      } else if (field === CLIENT_ID && asked !== undefined) {
        given[field] = new Secret(asked);
      } else if (!optional) return undefined;
    }
    const declared = clientFrom(name, given, baseUrl);
    return asked === undefined || declared.clientId === asked
      ? declared
      : undefined;
  }
  const read = (
    label: "Client ID" | "Client secret",
    variable: string | undefined,
  ) => {
    const text = variable && env.get(variable);
    if (!text || text.trim() === "") return undefined;
    const input = readClientText(label, text, [variable]);
    const problem = "problem" in input
      ? input.problem
      : input.unlikely && !force && input.doubt;
    if ("secret" in input && !problem) return input.secret;
    throw badVariable(name, variable, problem || "");
  };
  const clientId = read("Client ID", client?.client_id_env)?.reveal();
  if (!clientId || (asked !== undefined && asked !== clientId)) {
    return undefined;
  }
  return {
    provider: name,
    revision: 0,
    clientId,
    ...defined({
      clientSecret: read("Client secret", client?.client_secret_env),
      baseUrl,
    }),
  };
}

/**
 * What ended a login with a client that was there before. A provider that has forgotten it shows an error page, which
 * sends nobody back.
 */
export function perhapsForgotten(
  reason: AuthsomeError,
  asked: AskedLogin,
): AuthsomeError {
  if (reason.code !== "InputCancelled") return reason;
  const another = loginCommand({ ...asked, resetClient: true });
  return new AuthsomeError(
    reason.code,
    reason.message,
    `${reason.hint}; if the page did not know the client: ${another}`,
    { cause: reason, subject: reason.subject },
  );
}

/** Makes `client` the provider's, whatever another login has stored meanwhile: that one is still found by its id. */
export async function keepClient(
  connections: Pick<Connections, "client" | "saveClient">,
  client: Client,
): Promise<void> {
  for (let saves = 1;; saves++) {
    const stored = await connections.client(client.provider);
    try {
      await connections.saveClient({
        ...client,
        revision: stored?.revision ?? 0,
      });
      return;
    } catch (error) {
      if (!isConflict(error) || saves >= MAX_SAVES) throw error;
    }
  }
}

/** Whether a record was changed meanwhile. */
export function isConflict(error: unknown): boolean {
  return error instanceof AuthsomeError && error.code === "RecordConflict";
}

function badVariable(
  provider: string,
  variable: string,
  problem: string,
): AuthsomeError {
  return new AuthsomeError(
    "Usage",
    `Cannot use ${variable} for ${provider}: ${problem}`,
    `Correct it, or: unset ${variable}`,
    { subject: { provider, field: variable } },
  );
}
