/** The files that stand for hidden settings, in the folder of the run. @module */
import { emptySettings } from "../../../sandbox/shown/empty_settings.ts";
import type { View, ViewStep } from "../../../sandbox/view.ts";

/** The view in which hidden settings can be read and are empty: a program may end where it may not open them. */
export function withEmptySettings(view: View, folder: string): View {
  let count = 0;
  const steps = view.steps.map((step): ViewStep => {
    if (step.kind !== "empty-file" || step.passing) return step;
    const text = emptySettings(step.path);
    if (text === undefined) return step;
    const source = `${folder}/settings-${++count}`;
    Deno.writeTextFileSync(source, text, { mode: 0o600 });
    return { kind: "other-file", source, path: step.path };
  });
  return { ...view, steps };
}
