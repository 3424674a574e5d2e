/**
 * The ways in which a server may write a text that it was sent: as it is, percent-encoded, escaped for JSON or HTML, in
 * Base64 or as hexadecimal digits, in either case of letters. Texts are one character per byte.
 *
 * @module
 */
import { binary, hex } from "../bytes.ts";

/** A text as it may be found. */
export interface Spellings {
  /** In lower case. */
  raw: readonly string[];
  /** The same as they are in what {@linkcode readEscapes} gives. */
  read: readonly string[];
}

/** The spellings of `text`, whose characters are code points up to U+00FF or any others. */
export function spellingsOf(text: string): Spellings {
  const encoded = new TextEncoder().encode(text);
  const bytes = binary(encoded);
  const plain = [
    bytes,
    ...(/[^\0-\xff]/.test(text) ? [] : [text]),
  ];
  const raw = new Set(
    [
      ...plain,
      ...plain.map((each) => each.replaceAll(" ", "+")),
      ...plain.flatMap(base64Parts),
      hex(encoded),
    ].map((each) => each.toLowerCase()),
  );
  // A text with percent signs of its own may be escaped in part or byte by byte.
  const read = new Set(
    [...raw].flatMap((each) => [
      readEscapes(each).text,
      each.replace(/[-+_]/g, (character) => ALIKE[character]!),
    ]),
  );
  return { raw: [...raw], read: [...read] };
}

/** Whether there is anything for {@linkcode readEscapes} to read. */
export function hasEscapes(text: string): boolean {
  return /[%\\&]|=\?/.test(text);
}

const ESCAPE =
  /%(?:25){0,8}([0-9a-f]{2})|\\{1,8}(?:u00|x)([0-9a-f]{2})|&(?:amp;){0,8}#x0*([0-9a-f]{1,2});|&(?:amp;){0,8}#0*([0-9]{1,3});|&(?:amp;){0,8}(amp|lt|gt|quot|apos);|\\{1,8}([^a-z0-9\\])/giy;
/** The beginning of an encoded word (RFC 2047), and an escape in one. */
const ENCODED_WORD = /=\?[^?\s]{1,40}\?q\?/giy;
const QUOTED = /=([0-9a-f]{2})/giy;
const NAMED: Record<string, string> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};
/** The letters of Base64 that differ between its alphabets, and the plus sign that stands for a space. */
const ALIKE: Record<string, string> = { "+": " ", "-": " ", "_": "/" };

/**
 * The text with every escape read, however often it was escaped, in lower case, and with characters alike that stand for
 * each other. `starts`: where each of its characters stood, and at last the length of `text`.
 */
export function readEscapes(text: string): { text: string; starts: number[] } {
  let read = "";
  const starts: number[] = [];
  let inWord = false;
  for (let at = 0; at < text.length;) {
    const character = text[at]!;
    let end = at + 1;
    let meant = character;
    if (character === "%" || character === "\\" || character === "&") {
      const match = matchAt(ESCAPE, text, at);
      if (match) [meant, end] = [meaning(match), ESCAPE.lastIndex];
    } else if (character === "=") {
      if (matchAt(ENCODED_WORD, text, at)) {
        inWord = true;
        at = ENCODED_WORD.lastIndex;
        continue;
      }
      const match = inWord && matchAt(QUOTED, text, at);
      if (match) {
        [meant, end] = [fromHex(match[1]!), QUOTED.lastIndex];
      }
    } else if (inWord && character === "?" && text[end] === "=") inWord = false;
    read += ALIKE[meant] ?? meant;
    starts.push(at);
    at = end;
  }
  starts.push(text.length);
  return { text: read.toLowerCase(), starts };
}

function matchAt(
  pattern: RegExp,
  text: string,
  at: number,
): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function meaning(match: RegExpExecArray): string {
  const [, percent, unicode, hexadecimal, decimal, named, escaped] = match;
  const digits = percent ?? unicode ?? hexadecimal;
  if (digits !== undefined) return fromHex(digits);
  if (decimal !== undefined) return String.fromCharCode(Number(decimal) & 0xff);
  return named === undefined ? escaped! : NAMED[named.toLowerCase()]!;
}

function fromHex(digits: string): string {
  return String.fromCharCode(parseInt(digits, 16));
}

/** `text` with `substitute` in the place of every spelling. */
export function replaceSpellings(
  text: string,
  { raw, read }: Spellings,
  substitute: string,
): string {
  let clean = text;
  for (const needle of raw) {
    clean = cut(clean, clean.toLowerCase(), needle, substitute);
  }
  if (!hasEscapes(clean)) return clean;
  for (const needle of read) {
    const { text, starts } = readEscapes(clean);
    clean = cut(clean, text, needle, substitute, starts);
  }
  return clean;
}

function cut(
  text: string,
  shown: string,
  needle: string,
  substitute: string,
  starts?: readonly number[],
): string {
  let clean = "";
  let from = 0;
  for (
    let at = shown.indexOf(needle);
    at >= 0;
    at = shown.indexOf(needle, at + needle.length)
  ) {
    const end = at + needle.length;
    clean += text.slice(from, starts?.[at] ?? at) + substitute;
    from = starts?.[end] ?? end;
  }
  return clean + text.slice(from);
}

/** What Base64 makes of `bytes` wherever they stand in a longer text, in both alphabets: the letters that are theirs alone. */
function base64Parts(bytes: string): string[] {
  return [0, 1, 2].flatMap((before) => {
    const bits = (before + bytes.length) * 8;
    const letters = btoa("\0".repeat(before) + bytes).slice(
      Math.ceil(before * 8 / 6),
      Math.floor(bits / 6),
    );
    return [letters, letters.replaceAll("+", "-").replaceAll("/", "_")];
  });
}
