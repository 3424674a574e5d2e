/** The person's settings that a run overrides, as `run --dry-run` and `explain` print them. @module */
import type { PersonSettings } from "../../../run/overrides/person_files.ts";

/** One line for each file: `http.proxy in /home/you/.gitconfig`. */
export function overriddenLines(
  settings: readonly PersonSettings[],
): [string, string][] {
  return settings.map(({ path, keys }) => [
    "overridden",
    `${keys.join(", ")} in ${path}`,
  ]);
}
