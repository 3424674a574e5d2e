/** Where a provider makes new credentials, from its definition. @module */
import { defined } from "../../object.ts";
import type { MintingPlace } from "../../provider/operations/minting_place.ts";
import { joinPaths } from "../../provider/api_url.ts";
import {
  type FoldedWords,
  foldName,
  foldValue,
} from "../../wire/reading/folded_words.ts";
import { pathPattern, textPattern } from "../../wire/reading/path_readings.ts";
import type { HostMatch, MintingRule } from "../route.ts";

/** A host of a connection. `base` is the path that its server is mounted below, usually `/`. */
export interface MintingHost {
  host: HostMatch;
  base: string;
}

/** The rules of `places`; `hostsOf` says which hosts an entry stands for, all of the connection's without one. */
export function mintingRules(
  provider: string,
  places: readonly MintingPlace[],
  hostsOf: (entry?: string) => readonly MintingHost[],
): MintingRule[] {
  return places.map((place) => {
    const hosts = place.host === undefined
      ? hostsOf()
      : [place.host].flat().flatMap(hostsOf);
    const paths = [place.path].flat();
    return {
      provider,
      places: hosts.map(({ host, base }) => ({
        host,
        paths: paths.map((path) => pathPattern(joinPaths(base, path))),
      })),
      ...defined({
        methods: place.method === undefined ? undefined : [place.method].flat(),
        query: place.query && words(place.query),
        header: place.header && words(place.header),
        form: place.form && words(place.form),
        mentions: place.mentions,
      }),
      reason: place.reason,
    };
  });
}

function words(given: Record<string, string | string[]>): FoldedWords {
  return new Map(
    Object.entries(given).map(([name, values]) => [
      foldName(name),
      [values].flat().map((value) => textPattern(foldValue(value))),
    ]),
  );
}
