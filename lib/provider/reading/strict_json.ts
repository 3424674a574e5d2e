/**
 * JSON that has one meaning. RFC 8259 leaves repeated names to the reader; two readers that choose differently would
 * let a definition show one host and use another.
 *
 * @module
 */

/** Longest text, in UTF-16 code units. */
export const MAX_LENGTH = 64 * 1024;
/** Deepest nesting. */
const MAX_DEPTH = 12;

const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g;

/**
 * Parses `text`, with or without a byte order mark, comments (JSONC) and commas behind the last member.
 *
 * @throws {SyntaxError} if it is not JSON, too long, too deep, repeats a name, or has a name that programs trip over.
 */
export function parseStrictJson(
  text: string,
  maxLength: number = MAX_LENGTH,
): unknown {
  if (text.length > maxLength) {
    throw new SyntaxError(`is longer than ${maxLength / 1024} KiB`);
  }
  if (text.startsWith("\ufeff")) text = text.slice(1);
  text = withoutComments(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`is not JSON${placeOf(text, error as Error)}`);
  }
  checkNames(text);
  return value;
}

const COMMENTED = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n\r]*|\/\*[^]*?(?:\*\/|$)/g;
const COMMA = /"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])/g;

/** The text with blanks in the place of comments and of commas that end a list, so that every line keeps its number. */
function withoutComments(text: string): string {
  return text
    .replace(
      COMMENTED,
      (part) => part[0] === '"' ? part : part.replace(/[^\n\r]/g, " "),
    )
    .replace(COMMA, (part) => part === "," ? " " : part);
}

const LEXEME =
  /\s*(?:[{}[\]:,]|"(?:[^"\\\n]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)/y;

/** The line of an error. Nothing else of its message: that quotes the text, which may hold a key. */
function placeOf(text: string, { message }: Error): string {
  const at = /at position (\d+)/.exec(message)?.[1];
  let end = Number(at ?? 0);
  if (at === undefined) {
    LEXEME.lastIndex = 0;
    while (LEXEME.test(text)) end = LEXEME.lastIndex;
    end += /^\s*/.exec(text.slice(end))![0].length;
  }
  return ` (line ${text.slice(0, end).split("\n").length})`;
}

/** Walks over the tokens of valid JSON. */
function checkNames(text: string): void {
  // One entry for each open bracket: the names seen in an object, `undefined` for an array.
  const open: (Set<string> | undefined)[] = [];
  let last = "";
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "{" || token === "[") {
      open.push(token === "{" ? new Set() : undefined);
      if (open.length > MAX_DEPTH) {
        throw new SyntaxError(`is nested deeper than ${MAX_DEPTH}`);
      }
    } else if (token === "}" || token === "]") {
      open.pop();
    } else if (token === ":") {
      // Compared as read, so that "a" and "\u0061" are one name.
      const name = JSON.parse(last) as string;
      const names = open.at(-1)!;
      if (FORBIDDEN.has(name)) {
        throw new SyntaxError(`has the name ${last}, which is not allowed`);
      }
      if (names.has(name)) throw new SyntaxError(`has ${last} twice`);
      names.add(name);
    }
    last = token;
  }
}
