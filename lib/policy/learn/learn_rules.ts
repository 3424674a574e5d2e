/** Makes rules of what a run did. @module */
import type { AuditEntry } from "../../audit/chain.ts";
import { pathReadings } from "../../wire/reading/path_readings.ts";
import type { PolicyFile, Rule } from "../rule.ts";
import { generalPaths } from "./general_path.ts";

/** Rules, and what they leave out. */
export interface Learned {
  policy: PolicyFile;
  /** Requests that the rules were made of. */
  requests: number;
  /** Requests whose path no rule can name. */
  leftOut: number;
}

/** Rules that allow what the requests of `entries` did, and deny everything else. The fewest that do without guessing. */
export function learnRules(entries: readonly AuditEntry[]): Learned {
  let requests = 0;
  let leftOut = 0;
  /** Provider and host → method → paths. */
  const places = new Map<string, Map<string, Set<string>>>();
  for (const { event, provider, host, method, path = "/" } of entries) {
    if (event !== "inject" || !provider || !host || !method) continue;
    requests++;
    if (!pathReadings(path) || !/^\/[\x21-\x7e]*$/.test(path)) {
      leftOut++;
      continue;
    }
    const place = `${provider}\0${host.replace(/\.$/, "")}`;
    const methods = places.get(place) ?? new Map<string, Set<string>>();
    const paths = methods.get(method) ?? new Set<string>();
    places.set(place, methods.set(method, paths.add(path)));
  }
  const rules = [...places].sort(([a], [b]) => a < b ? -1 : 1)
    .flatMap(([place, methods]) => {
      const [provider, host] = place.split("\0") as [string, string];
      return rulesOf(provider, host, methods);
    });
  const counts = new Map<string, number>();
  for (const rule of rules) {
    const count = (counts.get(rule.id) ?? 0) + 1;
    counts.set(rule.id, count);
    rule.id = `${rule.id}-${count}`;
  }
  return { policy: { v: 1, default: "deny", rules }, requests, leftOut };
}

/** One rule for each set of methods that have the same paths. */
function rulesOf(
  provider: string,
  host: string,
  methods: ReadonlyMap<string, ReadonlySet<string>>,
): Rule[] {
  const byPaths = new Map<string, string[]>();
  for (const [method, paths] of [...methods].sort()) {
    const key = JSON.stringify(generalPaths(paths));
    byPaths.set(key, [...byPaths.get(key) ?? [], method]);
  }
  return [...byPaths].map(([key, named]) => {
    const paths = JSON.parse(key) as string[];
    return {
      id: provider,
      effect: "allow",
      provider,
      host,
      method: named.length === 1 ? named[0]! : named,
      path: paths.length === 1 ? paths[0]! : paths,
    };
  });
}
