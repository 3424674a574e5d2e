/** What a person must know of a provider's redirect URIs before registering an app. @module */
import { displayName } from "../provider/display_name.ts";
import type { ProviderDefinition } from "../provider/definition.ts";

const RULES: Record<string, string> = {
  localhost:
    "is known to accept only redirect URIs with the host name localhost. It may refuse this one; look for another app type (desktop, native) in its dashboard.",
  https_only:
    "is known to accept only https redirect URIs, so it may refuse this one; look for another app type (desktop, native) in its dashboard.",
};

/** A sentence, or `undefined` if the provider accepts our redirect URI. */
export function redirectWarning(
  definition: ProviderDefinition,
): string | undefined {
  const rule = RULES[definition.oauth?.redirect_rules ?? ""];
  return rule && `${displayName(definition)} ${rule}`;
}
