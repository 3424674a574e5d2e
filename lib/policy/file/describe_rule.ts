/** Rules in words, and what of them can do nothing. @module */
import type { Rule } from "../rule.ts";
import type { EffectivePolicy, PlacedRule } from "./effective.ts";

/** What a rule matches, in one line: `github POST api.github.com/repos/**`. */
export function matchText(rule: Rule): string {
  const list = (value: string | string[] | undefined) =>
    value === undefined ? undefined : [value].flat().join(",");
  const place = [list(rule.host), list(rule.path)].filter(Boolean).join(" ");
  const { days, from, to } = rule.time ?? {};
  const parts = [
    list(rule.provider),
    rule.connection === undefined ? "" : `/${list(rule.connection)}`,
    list(rule.method),
    place,
    rule.operation === undefined ? "" : `operation ${list(rule.operation)}`,
    rule.reads === undefined ? "" : rule.reads ? "reads" : "does not read",
    days?.join(","),
    from || to ? `${from ?? "00:00"}-${to ?? "24:00"}` : "",
    rule.when === undefined ? "" : `when ${rule.when}`,
    rule.answers === undefined ? "" : `answers ${rule.answers}`,
    limitText(rule),
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(" ") : "everything";
}

function limitText({ limit }: Rule): string {
  if (!limit) return "";
  const { per_minute, per_run, bytes_up, usd } = limit;
  return [
    per_minute === undefined ? "" : `${per_minute}/min`,
    per_run === undefined ? "" : `${per_run}/run`,
    bytes_up === undefined ? "" : `${bytes_up} bytes up`,
    usd === undefined ? "" : `US$ ${usd}`,
  ].filter(Boolean).join(", ");
}

/** What is known of the machine that rules are read for. */
export interface Known {
  providers: ReadonlySet<string>;
  /** Of the profile, by provider. */
  connections: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether a rule is judged for tunnels that are not read. */
  tunnels(rule: Rule): boolean;
  /** Whether a connection serves a host, so that its requests are read. */
  serves(host: string): boolean;
}

/** Why a rule does less than it seems to; empty if nothing is to be said. */
export function warningsOf(
  { rule }: PlacedRule,
  policy: EffectivePolicy,
  { providers, connections, tunnels, serves }: Known,
): string[] {
  const warnings: string[] = [];
  const named = rule.provider === undefined ? [] : [rule.provider].flat();
  for (const provider of named.filter((name) => !providers.has(name))) {
    warnings.push(`there is no provider "${provider}"`);
  }
  for (const connection of [rule.connection ?? []].flat()) {
    const has = [...connections].some(([provider, names]) =>
      (named.length === 0 || named.includes(provider)) && names.has(connection)
    );
    if (!has) warnings.push(`this profile has no connection "${connection}"`);
  }
  if (rule.answers !== undefined) {
    const asks = policy.rules.some(({ rule: { id, effect } }) =>
      id === rule.answers && effect === "ask"
    );
    if (!asks) warnings.push(`no rule "${rule.answers}" asks`);
  } else if (rule.effect === "allow" && policy.default === "allow") {
    const restricts = policy.rules.some(({ rule }) => rule.effect !== "allow");
    warnings.push(
      restricts
        ? "it changes nothing: what no rule denies is allowed already, and a rule that denies or asks stands above it"
        : "it changes nothing: everything is allowed already",
    );
  }
  const unread = [rule.host ?? []].flat().filter((host) => !serves(host));
  if (
    rule.effect !== "allow" && unread.length > 0 && !isOfCredentials(rule) &&
    !tunnels(rule)
  ) {
    warnings.push(
      `no connection serves ${
        unread.join(", ")
      }, so its requests pass unread; to refuse them all, name the host alone`,
    );
  }
  return warnings;
}

/** Whether a rule is about requests that get a credential alone. */
function isOfCredentials(rule: Rule): boolean {
  return rule.provider !== undefined || rule.connection !== undefined ||
    rule.reads !== undefined || rule.operation !== undefined;
}
