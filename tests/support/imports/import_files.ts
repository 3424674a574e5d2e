/** What an import reads, in memory. @module */
import { expect } from "expect";
import { createHash } from "node:crypto";
import type { Found, Harvest } from "../../../lib/import/found.ts";
import type { ImportContext } from "../../../lib/import/source.ts";
import { loadSource } from "../../../lib/import/sources.ts";
import type { ProviderDefinition } from "../../../lib/provider/definition.ts";
import { bundledProviders } from "../../../providers/mod.ts";

/** The folder of the person. */
export const USER = "/home/me";

/** Every bundled definition. */
export const DEFINITIONS: readonly ProviderDefinition[] = bundledProviders.names
  .map((name) => JSON.parse(bundledProviders.text(name)!));

/** What is there besides the files. */
export interface Situation {
  /** Environment variables. */
  variables?: Record<string, string>;
  /** What was named with `--path`. */
  path?: string;
  /** What commands print; `undefined` if there is none such. */
  output?: ImportContext["output"];
  definitions?: readonly ProviderDefinition[];
  /** What the person types. */
  passphrase?: string;
  /** Epoch milliseconds. Default: 0. */
  now?: number;
}

/** What the source `name` holds; no secret in it that is not a `Secret`: those of the tests contain "canary". */
export async function harvest(
  name: string,
  files: Readonly<Record<string, string>>,
  { variables = {}, passphrase, ...rest }: Situation = {},
): Promise<Harvest> {
  const source = await loadSource(name);
  const result = await source.harvest({
    env: { get: (name) => variables[name], toObject: () => variables },
    userFolder: USER,
    definitions: DEFINITIONS,
    now: 0,
    read: (path) =>
      Object.hasOwn(files, path)
        ? { path, text: files[path]!, modifiedAt: 0 }
        : undefined,
    list: () => [],
    output: () => Promise.resolve(undefined),
    databaseRows: () => Promise.resolve([]),
    md5: (text) => createHash("md5").update(text).digest("hex"),
    ...passphrase === undefined
      ? {}
      : { passphrase: () => Promise.resolve(passphrase) },
    ...rest,
  });
  expect(JSON.stringify(result)).not.toContain("canary");
  return result;
}

/** A credential with its secrets, to compare. */
export function opened({ found }: Harvest): unknown[] {
  return found.map(({ provider, connection, baseUrl, credential }: Found) => ({
    is: connection === undefined ? provider : `${provider}/${connection}`,
    ...baseUrl === undefined ? {} : { baseUrl },
    ...Object.fromEntries(
      Object.entries(
        credential.type === "api_key"
          ? credential.fields
          : credential.source ?? { access_token: credential.accessToken },
      ).map(([name, secret]) => [name, secret.reveal()]),
    ),
  }));
}

/** Where each thing that was left out is, and why. */
export function leftOut({ skipped }: Harvest): string[] {
  return skipped.map(({ from, reason }) => `${from}: ${reason}`);
}
