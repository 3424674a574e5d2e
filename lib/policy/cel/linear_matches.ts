/** Regular expressions that take no longer than the text is long. @module */
import { RE2JS } from "@bufbuild/re2";

/** Most expressions that are kept ready. */
const MAX_KEPT = 500;
const kept = new Map<string, RE2JS>();

/** Whether some part of `text` is of `pattern`, in the syntax of RE2. Throws if that is none. */
export function linearMatches(text: string, pattern: string): boolean {
  let made = kept.get(pattern);
  if (!made) {
    if (kept.size >= MAX_KEPT) kept.clear();
    made = new RE2JS(pattern);
    kept.set(pattern, made);
  }
  return made.test(text);
}
