/**
 * How servers may read the path of a request. Whoever decides by a path asks here: what is forbidden is forbidden in
 * every reading, what is given a credential must be meant for it in all of them.
 *
 * Invariant: a path that a server could take for another one, by dot segments in any encoding, has no reading.
 *
 * @module
 */

/** The segments of a path, unescaped, empty ones dropped. */
export type Segments = readonly string[];

/** Most times that an escape of an escape is undone. */
const MAX_DECODED = 8;
/** Most forms of one path that are looked at; one with more has no reading. */
const MAX_TEXTS = 100;
/** Nothing in it has a second meaning. */
const PLAIN = /^[A-Za-z0-9_~!$&'()*+,=:@/.-]*$/;
/**
 * Escapes that decoders disagree about: bytes that are in no UTF-8 text, overlong forms (`%c0%ae` for a dot), and the
 * `%uXXXX` of IIS.
 */
const DISPUTED =
  /%(?:c[01]|f[5-9a-f])|%e0%[89]|%f0%8|%(?:e0|f0)(?!%)|%u[0-9a-f]{4}/i;
// deno-lint-ignore no-control-regex
const CONTROL = /[\x01-\x1f\x7f]/g;
/** What servers do to a path before they split it. */
const STEPS: readonly ((text: string) => string)[] = [
  decodeOnce,
  (text) => text.replaceAll("\\", "/"),
  (text) => text.replace(/;[^/]*/g, ""),
  // An escaped "?" or "#", undone too early.
  (text) => text.replace(/[?#].*$/s, ""),
  (text) => text.replace(CONTROL, ""),
  fold,
];
/** Slashes that Unicode's compatibility forms leave as they are, and some servers do not. */
const SLASHES = /[\u2044\u2215\u29f8]/g;

/**
 * Every way to read the path of `target` (RFC 3986 §3.3), the literal one first: escapes undone before or after the path
 * is split, once or more often; `\` as a slash or not; `;parameters` and control characters kept or dropped; an escaped
 * `?` or `#` as the end or not; compatibility characters as plain ones or not. `undefined` if it is no path, or if
 * servers could take it for another one.
 */
export function pathReadings(target: string): Segments[] | undefined {
  const path = target.split(/[?#]/, 1)[0]!;
  if (!path.startsWith("/")) return undefined;
  if (PLAIN.test(path)) {
    const segments = split(path);
    return segments.some(isDots) ? undefined : [segments];
  }
  // Servers do these in any order, and each may bring about what another one acts on.
  const texts = new Set([path]);
  for (const text of texts) {
    if (
      DISPUTED.test(text) || text.includes("\0") || texts.size > MAX_TEXTS
    ) return undefined;
    for (const step of STEPS) texts.add(step(text));
  }
  const readings = new Map<string, Segments>();
  for (const text of texts) {
    for (const read of [decodeOnce, decode]) {
      const segments = split(text).map(read);
      if (segments.some(isDots)) return undefined;
      readings.set(segments.join("\0"), segments);
    }
  }
  return [...readings.values()];
}

/** Whether every reading lies at or below `prefix`. */
export function isBelow(
  readings: readonly Segments[],
  prefix: Segments,
): boolean {
  return readings.every((segments) =>
    segments.length >= prefix.length &&
    prefix.every((part, at) => part === segments[at])
  );
}

/** The segments of a prefix or a pattern as a definition has it. */
export function segmentsOf(path: string): Segments {
  return split(path);
}

/** Places of a host by their path; compared as lenient servers do. */
export interface PathPattern {
  parts: readonly (string | RegExp)[];
  /** Whether what lies below is meant too. */
  below: boolean;
}

/**
 * Reads a pattern: `{name}` stands for one segment or a part of one (`{account}:signBlob`), a last `/**` for whatever is
 * below.
 */
export function pathPattern(text: string, { below = false } = {}): PathPattern {
  const path = text.replace(/\/\*\*$/, "");
  const parts = split(path).map((part) => textPattern(part));
  return { parts, below: below || path !== text };
}

/** A pattern for one word: the text, or an expression where it has `{…}`. Lower case, for folded words. */
export function textPattern(text: string): string | RegExp {
  const literals = foldSegment(text.replace(/\{[^{}]*\}/g, "\0")).split("\0");
  if (literals.length === 1) return literals[0]!;
  const source = literals.map((part) =>
    part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
  );
  return new RegExp(`^${source.join(".*")}$`, "s");
}

/** Whether `word`, folded, is what `pattern` means. */
export function fits(pattern: string | RegExp, word: string): boolean {
  return typeof pattern === "string" ? pattern === word : pattern.test(word);
}

/** Whether some reading is the place of `pattern`, in any case and with an extension (`.json`) or not. */
export function isPlace(
  readings: readonly Segments[],
  { parts, below }: PathPattern,
): boolean {
  if (parts.length === 0) {
    return below || readings.some((segments) => segments.length === 0);
  }
  return readings.some((segments) => {
    if (
      segments.length < parts.length ||
      (!below && segments.length > parts.length)
    ) return false;
    return parts.every((part, at) =>
      lenient(segments[at]!, at === parts.length - 1)
        .some((segment) => fits(part, segment))
    );
  });
}

/** `text` without the escapes of its escapes, however deep. */
export function decode(text: string): string {
  for (let times = 0; times <= MAX_DECODED; times++) {
    const next = decodeOnce(text);
    if (next === text) break;
    text = next;
  }
  return text;
}

const UTF8 = new TextDecoder();

function decodeOnce(text: string): string {
  if (!text.includes("%")) return text;
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    const bytes = escapes.slice(1).split("%").map((hex) => parseInt(hex, 16));
    return UTF8.decode(Uint8Array.from(bytes));
  });
}

function split(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

/** Characters of compatibility (`．`, `／`, `ａ`) as the plain ones. */
function fold(text: string): string {
  return text.normalize("NFKC").replace(SLASHES, "/");
}

/** Some servers drop spaces and dots at the end, as Windows does with file names; and case. */
function foldSegment(segment: string): string {
  return segment.toLowerCase().replace(/[ .]+$/, "");
}

/** What a segment is for lenient servers: with parameters and, at the end, with an extension, or without. */
export function lenient(segment: string, last: boolean): string[] {
  const folded = foldSegment(segment);
  const forms = folded.includes(";")
    ? [folded, foldSegment(folded.replace(/;.*$/s, ""))]
    : [folded];
  return last
    ? forms.flatMap((form) => [form, form.replace(/\.[a-z]{2,5}$/, "")])
    : forms;
}

function isDots(segment: string): boolean {
  return /^\s*\.{1,2}\s*(?:$|[;?#])/.test(segment);
}
