/**
 * The paths of rules, in every reading of a path: what forbids matches if one reading does, what allows only if all do.
 *
 * @module
 */
import {
  pathReadings,
  type Segments,
} from "../../wire/reading/path_readings.ts";
import { matchesGlob } from "./glob.ts";

/** A pattern of a path. */
export interface PathGlob {
  /** Ways to read the pattern itself: `group%2Fproject` is one segment, and two for some servers. */
  readings: readonly Segments[];
  /** The same as lenient servers compare: without case and ends that some of them drop. */
  folded: readonly Segments[];
}

/** Reads a pattern; `undefined` if it is no path, or has dot segments. `*` is one segment or a part, `**` any number. */
export function pathGlob(text: string): PathGlob | undefined {
  if (/[?#]/.test(text)) return undefined;
  const readings = pathReadings(text);
  return readings &&
    { readings, folded: readings.map((segments) => segments.map(fold)) };
}

/** Whether some reading is of the pattern, as a lenient server compares; `undefined` readings are of every pattern. */
export function mayBeAt(
  readings: readonly Segments[] | undefined,
  glob: PathGlob,
): boolean {
  if (!readings) return true;
  return readings.some((segments) => {
    const forms = formsOf(segments);
    return glob.folded.some((pattern) =>
      forms.some((form) => matchesSegments(pattern, form))
    );
  });
}

/** Whether every reading is of the pattern, to the letter; `undefined` readings are of none. */
export function isSurelyAt(
  readings: readonly Segments[] | undefined,
  glob: PathGlob,
): boolean {
  return readings !== undefined &&
    readings.every((segments) =>
      glob.readings.some((pattern) => matchesSegments(pattern, segments))
    );
}

/** Greedy, with one place to go back to: as in a text, where `**` is the star and a segment the character. */
function matchesSegments(pattern: Segments, segments: Segments): boolean {
  let at = 0;
  let in_ = 0;
  let star = -1;
  let resume = 0;
  while (in_ < segments.length) {
    if (pattern[at] === "**") {
      star = at++;
      resume = in_;
    } else if (
      at < pattern.length && matchesGlob(pattern[at]!, segments[in_]!)
    ) {
      at++;
      in_++;
    } else if (star >= 0) {
      at = star + 1;
      in_ = ++resume;
    } else return false;
  }
  while (pattern[at] === "**") at++;
  return at === pattern.length;
}

/** Made once for each reading: every rule with a path asks for it. */
const known = new WeakMap<Segments, Segments[]>();

function formsOf(segments: Segments): Segments[] {
  let forms = known.get(segments);
  if (!forms) known.set(segments, forms = foldedForms(segments));
  return forms;
}

/** Servers may ignore case, spaces and dots at the end of a segment, its parameters, and the extension of the last. */
function foldedForms(segments: Segments): Segments[] {
  const plain = segments.map(fold);
  const bare = plain.some((segment) => segment.includes(";"))
    ? plain.map((segment) => fold(segment.replace(/;.*$/s, "")))
    : plain;
  const forms = bare === plain ? [plain] : [plain, bare];
  const last = bare.at(-1)?.replace(/\.[a-z]{2,5}$/, "");
  if (last !== undefined && last !== bare.at(-1)) {
    forms.push([...bare.slice(0, -1), last]);
  }
  return forms;
}

function fold(segment: string): string {
  const text = segment.toLowerCase();
  let end = text.length;
  while (end > 0 && (text[end - 1] === " " || text[end - 1] === ".")) end--;
  return text.slice(0, end);
}
