/** What a person must know of a provider's redirect URIs before registering an app. @module */
import { displayName } from "../provider/display_name.ts";
import type { ProviderDefinition } from "../provider/definition.ts";

const RULES: Record<string, string> = {
  localhost:
    "is known to accept only redirect URIs with the host name localhost, so it may refuse this one.",
  https_only:
    "is known to accept only https redirect URIs, so it may refuse this one.",
};
const INSTEAD = "Look for another app type (desktop, native) in its dashboard.";

/** Sentences, with what to register instead, or `undefined` if the provider accepts our redirect URI. */
export function redirectWarning(
  definition: ProviderDefinition,
): string | undefined {
  const { redirect_rules, redirect_instead = INSTEAD } = definition.oauth ?? {};
  const rule = RULES[redirect_rules ?? ""];
  return rule && `${displayName(definition)} ${rule} ${redirect_instead}`;
}
