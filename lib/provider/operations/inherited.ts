/** What a definition of the user has from the bundled ones, where it says nothing itself. @module */
import { defined } from "../../object.ts";
import { readApiUrl } from "../api_url.ts";
import type { ProviderDefinition } from "../definition.ts";
import type { MintingPlace } from "./minting_place.ts";
import type { OperationsDefinition } from "./operations_definition.ts";

/**
 * The places of `bundled` definitions that `definition` would otherwise open: those of its own name, else those of
 * every one that serves a host of its.
 */
export function inheritedMinting(
  definition: ProviderDefinition,
  bundled: readonly ProviderDefinition[],
): MintingPlace[] {
  const { same, near } = relatives(definition, bundled);
  if (same) return same.minting ?? [];
  return unique(near.flatMap(({ minting = [] }) => minting))
    .filter(isElsewhere);
}

/**
 * What `bundled` definitions say of the requests of `definition`: the one of its own name, else every one that serves a
 * host of its, in one; `undefined` if none says anything.
 */
export function inheritedOperations(
  definition: ProviderDefinition,
  bundled: readonly ProviderDefinition[],
): OperationsDefinition | undefined {
  const { same, near } = relatives(definition, bundled);
  if (same) return same.operations;
  const known = near.flatMap(({ operations = [] }) => operations);
  if (known.length === 0) return undefined;
  const protocols = unique(known.flatMap(({ protocols = [] }) => protocols));
  const list = unique(known.flatMap(({ list = [] }) => list));
  return defined({
    get_reads: known.some(({ get_reads }) => get_reads === false)
      ? false
      : undefined,
    protocols: protocols.filter(isElsewhere),
    list: list.filter(isElsewhere),
  });
}

function relatives(
  definition: ProviderDefinition,
  bundled: readonly ProviderDefinition[],
): { same?: ProviderDefinition; near: ProviderDefinition[] } {
  const same = bundled.find(({ name }) => name === definition.name);
  if (same) return { same, near: [] };
  const own = hostsOf(definition);
  const near = bundled.filter((other) =>
    hostsOf(other).some((theirs) => own.some((mine) => meets(mine, theirs)))
  );
  return { near };
}

/** Twins have the same ones. */
function unique<T>(entries: readonly T[]): T[] {
  return [
    ...new Map(entries.map((each) => [JSON.stringify(each), each])).values(),
  ];
}

/** A host that a login names is another one in another definition. */
function isElsewhere({ host = [] }: { host?: string | string[] }): boolean {
  return !/\{/.test([host].flat().join(""));
}

function hostsOf({ api_url, extra_routes = [] }: ProviderDefinition): string[] {
  return [api_url, ...extra_routes.map((extra) => extra.api_url)].flat()
    .flatMap((entry) => {
      const read = readApiUrl(entry);
      return read.kind === "host"
        ? [read.host]
        : read.kind === "pattern"
        ? [`regex:${read.source}`]
        : [];
    });
}

function meets(a: string, b: string): boolean {
  return a === b || covers(a, b) || covers(b, a);
}

function covers(pattern: string, host: string): boolean {
  return pattern.startsWith("regex:") && !host.startsWith("regex:") &&
    new RegExp(pattern.slice("regex:".length)).test(host);
}
