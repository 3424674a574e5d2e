/** @module */
import { readApiUrl } from "./api_url.ts";
import type { MintingPlace, ProviderDefinition } from "./definition.ts";

/**
 * The places of `bundled` definitions that `definition` would otherwise open: those of its own name, else those of
 * every one that serves a host of its.
 */
export function inheritedMinting(
  definition: ProviderDefinition,
  bundled: readonly ProviderDefinition[],
): MintingPlace[] {
  const same = bundled.find(({ name }) => name === definition.name);
  if (same) return same.minting ?? [];
  const own = hostsOf(definition);
  const places = bundled.filter((other) =>
    hostsOf(other).some((theirs) => own.some((mine) => meets(mine, theirs)))
  ).flatMap(({ minting = [] }) => minting);
  // Twins have the same ones.
  return [
    ...new Map(places.map((place) => [JSON.stringify(place), place])).values(),
  ]
    // A host that a login names is another one here.
    .filter(({ host = [] }) => !/\{/.test([host].flat().join("")));
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
