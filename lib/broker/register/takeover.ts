/** What a new definition changes about where credentials go. @module */
import type { Broker } from "../broker.ts";
import { hastyReading } from "../../look_alikes.ts";
import { defined, isObject } from "../../object.ts";
import { variablesOf } from "../../provider/reading/check.ts";
import {
  publicFields,
  publicVariables,
  secretFields,
} from "../../provider/credential_fields.ts";
import type { ProviderDefinition } from "../../provider/definition.ts";
import { displayName } from "../../provider/display_name.ts";
import type { HostMatch, Route } from "../../request/route.ts";
import { buildRoutes } from "../../request/routes.ts";
import { mayTie } from "../../request/sharing.ts";

/** A field that differs; absent is `undefined`. */
export interface Change {
  /** Dotted path. */
  field: string;
  from?: unknown;
  to?: unknown;
}

/** A line for each other provider that loses requests to `definition`, or shares them or a variable with it. */
export async function takeovers(
  broker: Broker,
  definition: ProviderDefinition,
): Promise<string[]> {
  const mine = routesOf(definition);
  const firstWord = (name: string) => name.toUpperCase().split(/[-_]/, 1)[0]!;
  const given = [...publicVariables(definition).keys()];
  const borrowed: string[] = [];
  const called: string[] = [];
  const taken: string[] = [];
  const shared: string[] = [];
  const variables = new Map<string, string[]>();
  const all = await broker.registry.each();
  const before = all.find(({ name }) => name === definition.name);
  const own = new Set(namesOf(definition));
  // What the definition that it replaces uses too is nothing new.
  const told: string[] = [];
  if (before && "provider" in before) {
    const secrets = secretFields(before.provider.definition);
    for (const field of publicFields(definition)) {
      if (!secrets.includes(field)) continue;
      told.push(
        `It shows ${field}, until now a secret, to you and to every command.`,
      );
    }
    namesOf(before.provider.definition).forEach((name) => own.delete(name));
  }
  for (const found of all) {
    const { name } = found;
    // A definition that is not valid has no routes.
    if (name === definition.name || "error" in found) continue;
    if (!before && sameName(found.provider.definition, definition)) {
      called.push(
        `It is called ${displayName(definition)}, like "${name}".`,
      );
    }
    for (const variable of new Set(namesOf(found.provider.definition))) {
      if (!own.has(variable)) continue;
      variables.set(variable, [...variables.get(variable) ?? [], name]);
    }
    for (const variable of given) {
      const first = firstWord(variable);
      if (first === firstWord(name) && first !== firstWord(definition.name)) {
        borrowed.push(
          `It sets ${variable}, which is named like "${name}", to a value of its own.`,
        );
      }
    }
    const theirs = routesOf(found.provider.definition);
    const pair = (test: (my: Route, other: Route) => boolean) =>
      mine.find((my) => theirs.some((other) => test(my, other)));
    const winner = pair(wins);
    const tied = pair(mayTie);
    if (winner) {
      taken.push(
        `It takes requests to ${
          placeOf(winner)
        } away from "${name}": they would get the credential of "${definition.name}".`,
      );
    }
    if (tied) {
      shared.push(
        `"${name}" serves ${
          placeOf(tied)
        } too. While both are connected, requests there are refused until you choose: authsome prefer ${definition.name}`,
      );
    }
  }
  return [
    ...called,
    ...told,
    ...borrowed,
    ...taken,
    ...[...variables].map(([variable, owners]) =>
      usesOf(definition, variable, owners)
    ),
    ...shared,
  ];
}

function namesOf(definition: ProviderDefinition): string[] {
  return variablesOf(definition).map(([, name]) => name);
}

function sameName(one: ProviderDefinition, other: ProviderDefinition): boolean {
  const plain = ({ display_name }: ProviderDefinition) =>
    display_name.normalize("NFKC").toLowerCase().replace(/[\s\p{Cf}]+/gu, "");
  return plain(one) === plain(other) ||
    hastyReading(one.display_name) === hastyReading(other.display_name);
}

/** What `definition` does with a variable of other providers. */
function usesOf(
  definition: ProviderDefinition,
  variable: string,
  owners: readonly string[],
): string {
  const others = owners.map((name) => `"${name}"`).join(" and ");
  const exported = Object.hasOwn(definition.export?.env ?? {}, variable);
  const read = variablesOf(definition).some(([field, name]) =>
    name === variable && !field.startsWith("export.")
  );
  return [
    `It uses ${variable}, a variable of ${others}:`,
    ...read ? ["a login sends its value to the hosts above"] : [],
    ...read && exported ? ["and"] : [],
    ...exported
      ? ["programs that ask for it get the credential of this provider"]
      : [],
  ].join(" ") + ".";
}

/** The fields of `before` and `after` that differ, by path; lists count as one value. */
export function changes(before: object, after: object, at = ""): Change[] {
  const [old, now] = [before, after] as Record<string, unknown>[];
  const names = new Set([...Object.keys(old!), ...Object.keys(now!)]);
  const found: Change[] = [];
  for (const name of names) {
    const [from, to] = [old![name], now![name]];
    const field = at + name;
    // Says nothing about the definition itself.
    if (field === "$schema" || JSON.stringify(from) === JSON.stringify(to)) {
      continue;
    }
    if (isObject(from) && isObject(to)) {
      found.push(...changes(from, to, `${field}.`));
    } else {
      found.push({
        field,
        ...defined({ from, to }),
      });
    }
  }
  return found;
}

function routesOf(definition: ProviderDefinition): Route[] {
  return [...buildRoutes([{ definition, connection: "default" }]).routes];
}

/** Whether a request that `theirs` served would go to `mine`, being more exact. */
function wins(mine: Route, theirs: Route): boolean {
  if (mine.port !== theirs.port) return false;
  if (mine.host.kind === "exact" && theirs.host.kind === "pattern") {
    return covers(theirs.host, mine.host.host);
  }
  const longer = mine.pathPrefix.length - theirs.pathPrefix.length;
  return isBelow(mine, theirs) &&
    (longer > 0 ||
      longer === 0 && mine.paths !== undefined && theirs.paths === undefined) &&
    mayTie({ ...mine, pathPrefix: "/", paths: undefined }, {
      ...theirs,
      pathPrefix: "/",
      paths: undefined,
    });
}

function isBelow(one: Route, other: Route): boolean {
  return other.pathPrefix === "/" || one.pathPrefix === other.pathPrefix ||
    one.pathPrefix.startsWith(`${other.pathPrefix}/`);
}

function covers(
  { pattern, exclude }: Extract<HostMatch, { kind: "pattern" }>,
  host: string,
): boolean {
  return pattern.test(host) &&
    !exclude.some((name) => host === name || host.endsWith(`.${name}`));
}

function placeOf({ host, port, pathPrefix }: Route): string {
  return (host.kind === "exact" ? host.host : host.pattern.source) +
    (port === 443 ? "" : `:${port}`) + (pathPrefix === "/" ? "" : pathPrefix);
}
