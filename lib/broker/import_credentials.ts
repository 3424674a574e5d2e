/** Takes credentials of other programs into the vault: first a plan, which writes nothing, then what of it is kept. @module */
import { checkName } from "../names.ts";
import { AuthsomeError } from "../errors.ts";
import type { Found, Skipped } from "../import/found.ts";
import { doubtOf, identified } from "../login/identity.ts";
import { defined } from "../object.ts";
import type { Referring } from "../import/scan/scan_references.ts";
import type { ImportContext } from "../import/source.ts";
import { keep, plan, type Planned } from "../import/keep.ts";
import { bringsDefinitions, loadSource } from "../import/sources.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import type { Broker } from "./broker.ts";
import {
  planDefinitions,
  type PlannedDefinition,
  withPlanned,
} from "./register/import_definitions.ts";

/** What is imported, and how. */
export interface ImportRequest {
  /** Name of the source. */
  source: string;
  /** A file or folder in place of the usual one. */
  path?: string;
  /** Name for the connections. Default: the one that was found, else the provider's default. */
  connection?: string;
  /** Only this provider. */
  provider?: string;
  /** Replace connections that work. */
  force?: boolean;
  /** Asks the person for the password of what is read; absent if nobody can be asked. */
  passphrase?: ImportContext["passphrase"];
}

/** What would be imported, and what would not. */
export interface ImportPlan {
  planned: Planned[];
  skipped: Skipped[];
  /** Definitions to install before, without which some connections would be of no provider. */
  definitions: PlannedDefinition[];
}

/**
 * Reads a source and judges everything that it holds.
 *
 * @throws {AuthsomeError} `Usage` for a name that is none; `ProviderNotFound`; `OperationNotAllowed` if this build reads
 * no files; `StoreUnavailable`; what the source throws.
 */
export async function planImport(
  broker: Broker,
  request: ImportRequest,
): Promise<ImportPlan> {
  const source = await loadSource(request.source);
  const { connection, provider, path, passphrase } = request;
  if (connection !== undefined) checkName("connection", connection);
  if (provider !== undefined && !bringsDefinitions(request.source)) {
    await broker.registry.get(provider);
  }
  const world = await broker.runtime.importWorld?.();
  if (!world) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      "Cannot import: this build reads no files",
    );
  }
  const definitions: ProviderDefinition[] = [];
  for (const each of await broker.registry.each()) {
    if ("provider" in each) definitions.push(each.provider.definition);
  }
  const now = broker.clock.now();
  const read: typeof world.read = (file) => {
    const found = world.read(file);
    if (!found?.isForeign || path !== undefined) return found;
    throw new AuthsomeError(
      "OperationNotAllowed",
      `Cannot import from "${file}": it belongs to another user, who may have put an account of theirs there`,
      "If it is yours, name it with --path",
      { subject: { file } },
    );
  };
  const context = { ...world, read, definitions, now, path, passphrase };
  const harvest = await source.harvest(context);
  const isWanted = (name: string | undefined) =>
    provider === undefined || name === undefined || name === provider;
  const { planned, skipped } = await planDefinitions(
    broker,
    (harvest.definitions ?? []).filter(({ name }) => isWanted(name)),
  );
  const registry = withPlanned(broker.registry, planned);
  if (provider !== undefined) await registry.get(provider);
  const plan = await judge(
    broker,
    registry,
    harvest.found.filter((found) => isWanted(found.provider)),
    [...harvest.skipped, ...skipped],
    request,
  );
  return { ...plan, definitions: planned };
}

/** Moves what cannot be kept to `skipped`. */
async function judge(
  { profile, connections, audit, clock }: Broker,
  registry: ReturnType<typeof withPlanned>,
  wanted: readonly Found[],
  skipped: Skipped[],
  { connection, force }: ImportRequest,
): Promise<Omit<ImportPlan, "definitions">> {
  const broker = { profile, registry, connections, audit, clock };
  const planned: Planned[] = [];
  const taken = new Set<string>();
  for (const found of wanted) {
    const { provider, from } = found;
    const skip = (reason: string, hint: string) =>
      skipped.push({ provider, from, reason, hint });
    try {
      const one = await plan(broker, found, connection);
      const key = `${provider}/${one.connection}`;
      if (taken.has(key)) {
        skip(
          `another one is called ${key} too`,
          "Take one at a time with --connection",
        );
      } else if (one.replaces && !force) {
        skip(
          `connection "${one.connection}" exists and is connected`,
          "Replace it with --force, or keep both: --connection <new name>",
        );
      } else planned.push(one);
      taken.add(key);
    } catch (error) {
      skipped.push(leftOut(found, error));
    }
  }
  return { planned, skipped };
}

/**
 * Why a credential cannot be kept.
 *
 * @throws `error`, if it is wrong with the home and so with all of them.
 */
export function leftOut({ provider, from }: Found, error: unknown): Skipped {
  if (!(error instanceof AuthsomeError) || error.exitCode === 9) throw error;
  const reason = error.message.replace(/^Cannot import [^:]*: /, "");
  return { provider, from, reason, hint: error.hint };
}

/**
 * Reads what the person has agreed to have read, and judges it. What its manager does not give is left out, with what
 * mends that.
 */
export async function readReferring(
  broker: Broker,
  referring: readonly Referring[],
): Promise<ImportPlan> {
  const result: ImportPlan = { planned: [], skipped: [], definitions: [] };
  for (const { references, values, ...place } of referring) {
    const fields = { ...values };
    const found: Found = {
      ...place,
      references,
      credential: { type: "api_key", fields },
    };
    try {
      const reader = await broker.references();
      for (const [field, text] of Object.entries(references)) {
        fields[field] = await reader.secret(text);
      }
      result.planned.push(await plan(broker, found));
    } catch (error) {
      result.skipped.push(leftOut(found, error));
    }
  }
  return result;
}

/**
 * Asks each provider once whose its credential is. A key that its provider calls invalid is left out, unless
 * `noVerify`; then nobody is asked.
 *
 * @param hint what to do about one that is left out.
 */
export async function verifyPlanned(
  broker: Broker,
  planned: readonly Planned[],
  { noVerify, hint }: { noVerify?: boolean | undefined; hint: string },
): Promise<{ planned: Planned[]; refused: Skipped[]; doubts: string[] }> {
  const verified = { planned: [], refused: [], doubts: [] } as {
    planned: Planned[];
    refused: Skipped[];
    doubts: string[];
  };
  if (noVerify) return { ...verified, planned: [...planned] };
  const { signal } = new AbortController();
  const asked = await Promise.all(planned.map(async (one) => {
    const { provider, credential, baseUrl, client } = one.found;
    const { definition } = await broker.registry.get(provider);
    // A token that has expired says nothing; the first use renews it.
    const expired = credential.type === "oauth2" &&
      (credential.expiresAt ?? Infinity) <= broker.clock.now();
    const candidate = {
      definition,
      name: one.connection,
      credential,
      ...defined({ baseUrl, clientId: client?.clientId }),
    };
    const identity = expired
      ? undefined
      : await broker.identify(candidate, signal);
    return { one, definition, identity };
  }));
  for (const { one, definition, identity } of asked) {
    const { provider, from, credential } = one.found;
    if (identity?.kind === "refused" && credential.type === "api_key") {
      const reason = `the provider says ${identity.said}, so it does not work`;
      verified.refused.push({ provider, from, reason, hint });
      continue;
    }
    const doubt = identity && doubtOf(definition, identity);
    if (doubt) verified.doubts.push(doubt);
    verified.planned.push({
      ...one,
      identity: identified(identity, broker.clock.now()),
    });
  }
  return verified;
}

/**
 * Stores what was planned, and resolves when the audit log has noted it on disk.
 *
 * @throws {AuthsomeError} `StoreUnavailable`; `RecordConflict` if a connection was changed since the plan.
 */
export async function keepPlanned(
  broker: Broker,
  planned: readonly Planned[],
): Promise<void> {
  for (const one of planned) await keep(broker, one);
  await broker.audit.flush();
}
