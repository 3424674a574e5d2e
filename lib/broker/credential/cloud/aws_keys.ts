/** Which connection a profile of the AWS CLI takes its keys from, and the keys. @module */
import { AuthsomeError } from "../../../errors.ts";
import { publicValues } from "../../../connection/public_values.ts";
import { secretFields } from "../../../provider/credential_fields.ts";
import type { ProviderDefinition } from "../../../provider/definition.ts";
import { decideRoute } from "../../../request/decide_route.ts";
import { signingKeys } from "../../../request/injector.ts";
import { inputOf, readPreferred } from "../../../request/participants.ts";
import { buildRoutes, injectionsOf } from "../../../request/routes.ts";
import type { Broker } from "../../broker.ts";
import { noteDisclosure } from "../../disclosure.ts";
import { isInRun } from "../in_run.ts";
import { processCredentials } from "./process_credentials.ts";
import { placeholderCredential } from "../server_credential.ts";

/** A connection whose keys sign for AWS. */
export interface AwsConnection {
  provider: string;
  connection: string;
}

/** What every program of AWS asks first. */
const PLACE = { host: "sts.amazonaws.com", port: 443, path: "/" };

/**
 * The answer of a `credential_process`.
 *
 * @param word `provider`, `provider/connection` or the name of a connection; by default what `authsome run` would sign with.
 * @throws {AuthsomeError} `Usage` if several are meant, `ConnectionNotFound` if none is; `CredentialExpired`,
 * `RefreshFailed`, `StoreUnavailable`.
 */
export async function awsKeys(
  broker: Broker,
  word: string | undefined,
): Promise<string> {
  const { provider, connection: name } = await chosen(broker, word);
  const { definition } = await broker.registry.get(provider);
  const injection = signing(definition)!;
  const stored = await broker.connections.get(provider, name);
  if (isInRun(broker)) {
    const credential = placeholderCredential(
      definition,
      stored,
      word === undefined ? undefined : name,
    );
    return processCredentials(
      signingKeys(injection, { credential, values: {} }),
    );
  }
  const connection = await broker.refresh(stored);
  const { credential } = connection;
  const values = publicValues(definition, connection);
  const keys = signingKeys(injection, { credential, values });
  await noteDisclosure(broker, "get", [
    {
      provider,
      connection: name,
      detail: `${secretFields(definition).join(",")} for aws`,
    },
  ]);
  return processCredentials(keys, credential.expiresAt);
}

/** Every connection that signs for AWS, by its provider and name. */
export async function awsConnections(broker: Broker): Promise<AwsConnection[]> {
  const providers = await signers(broker);
  return (await broker.connections.names())
    .filter(({ provider }) => providers.has(provider))
    .map(({ provider, name }) => ({ provider, connection: name }));
}

async function chosen(
  broker: Broker,
  word: string | undefined,
): Promise<AwsConnection> {
  const all = await awsConnections(broker);
  if (all.length === 0) {
    throw new AuthsomeError(
      "ConnectionNotFound",
      "Cannot get keys of AWS: there is no connection that has them",
      "authsome login aws, aws-sso or aws-role",
    );
  }
  if (word === undefined) return await inUse(broker, all);
  const [provider, name] = word.split("/", 2);
  const found = name !== undefined
    ? all.filter((each) =>
      each.provider === provider && each.connection === name
    )
    : all.some((each) => each.provider === word)
    ? [{
      provider: word,
      connection: (await broker.connections.get(word)).name,
    }]
    : all.filter((each) => each.connection === word);
  if (found.length === 1) return found[0]!;
  throw found.length === 0
    ? new AuthsomeError(
      "ConnectionNotFound",
      `Cannot get keys of AWS: no connection is called ${word}`,
      `Choose one of: ${namesOf(all)}`,
    )
    : ambiguous(found);
}

/** The one that `authsome run` would sign with. */
async function inUse(
  broker: Broker,
  all: readonly AwsConnection[],
): Promise<AwsConnection> {
  const { connections, registry, preferences } = broker;
  const context = { connections, registry, preferences, warn: () => {} };
  const preferred = await readPreferred(context);
  const names = new Set(all.map(({ provider }) => provider));
  const inputs = await Promise.all([...names].map(async (provider) => {
    const { definition } = await registry.get(provider);
    return await inputOf(definition, {}, preferred, context);
  }));
  const decision = decideRoute(buildRoutes(inputs), PLACE);
  if (decision.kind === "route") {
    const { provider, connection } = decision.route;
    return { provider, connection };
  }
  throw ambiguous(all);
}

function ambiguous(found: readonly AwsConnection[]): AuthsomeError {
  return new AuthsomeError(
    "Usage",
    `Cannot tell whose keys of AWS are meant: there are ${namesOf(found)}`,
    `Name one: authsome credential aws ${namesOf(found.slice(0, 1))}`,
  );
}

function namesOf(all: readonly AwsConnection[]): string {
  return all.slice(0, 20)
    .map(({ provider, connection }) => `${provider}/${connection}`).join(", ");
}

/** The providers that sign for AWS itself, not for another service with its protocol. */
async function signers(broker: Broker): Promise<Set<string>> {
  const { connections, registry } = broker;
  const found = new Set<string>();
  const providers = new Set(
    (await connections.names()).map(({ provider }) => provider),
  );
  for (const provider of providers) {
    const { definition } = await registry.get(provider).catch((error) => {
      // A damaged file of another provider is no matter of AWS.
      if (error instanceof AuthsomeError) return { definition: undefined };
      throw error;
    });
    if (definition && signing(definition) && servesAws(definition)) {
      found.add(provider);
    }
  }
  return found;
}

function servesAws(definition: ProviderDefinition): boolean {
  const routes = buildRoutes([{ definition, connection: "" }]);
  return decideRoute(routes, PLACE).kind === "route";
}

function signing(definition: ProviderDefinition) {
  const found = injectionsOf(definition).find(({ kind }) => kind === "sigv4");
  return found?.kind === "sigv4" ? found : undefined;
}
