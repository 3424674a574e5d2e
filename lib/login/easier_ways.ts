/** What a person can do who has not registered an OAuth app. @module */
import type { FlowName, ProviderDefinition } from "../provider/definition.ts";
import { FLOWS } from "../provider/flow_facts.ts";
import { possibleFlows } from "./choose.ts";

/** A way to connect that needs no OAuth app, or less of one. */
export type EasierWay =
  /** Another provider that takes a token of the same service. */
  | { kind: "token"; provider: ProviderDefinition }
  | { kind: "flow"; flow: FlowName };

/** Endings of the names of providers that take a token where the other one takes an OAuth app. */
const TOKEN = /-(pat|bot|private-app|(api-)?(key|token))$/;
const OAUTH = /-oauth$/;

/** Whether a login by the provider's own flow needs an OAuth app of the person's. */
export function needsApp({ flow }: ProviderDefinition): boolean {
  return FLOWS[flow].client === "own";
}

/** Names among `names` that may be a variant of the provider `name`: `github-pat` of `github`, `sentry` of `sentry-oauth`. */
export function variantNames(name: string, names: readonly string[]): string[] {
  const root = name.replace(OAUTH, "");
  return names.filter((other) =>
    other !== name && (other === root || other.startsWith(`${root}-`))
  );
}

/**
 * The easier ways to connect what `definition` describes: tokens first, then flows.
 *
 * @param variants the definitions of {@linkcode variantNames}.
 */
export function easierWays(
  definition: ProviderDefinition,
  variants: readonly ProviderDefinition[],
): EasierWay[] {
  const hosts = new Set([definition.api_url].flat());
  return [
    ...variants
      .filter(({ auth_type, api_url, name }) =>
        auth_type === "api_key" &&
        (TOKEN.test(name) || [api_url].flat().some((host) => hosts.has(host)))
      )
      .map((provider) => ({ kind: "token" as const, provider })),
    ...possibleFlows(definition)
      .filter((flow) =>
        flow !== definition.flow && FLOWS[flow].client !== "own"
      )
      .map((flow) => ({ kind: "flow" as const, flow })),
  ];
}
