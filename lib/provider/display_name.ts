/** @module */
import { markName } from "../look_alikes.ts";
import type { ProviderDefinition } from "./definition.ts";

/** The provider's name for people; letters that pass for others are `\u{…}`. */
export function displayName(
  { display_name }: Pick<ProviderDefinition, "display_name">,
): string {
  return markName(display_name);
}
