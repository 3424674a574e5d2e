/** Where members stand in a JSON text, so that one can be replaced and every other byte stays. @module */

/** A string in a JSON text. */
export interface JsonString {
  /** The string with its quotes is `text.slice(from, to)`. */
  from: number;
  to: number;
  value: string;
}

const TOKEN = /[ \t\r\n]*("(?:[^"\\]|\\.)*"|[{}[\],:]|[^ \t\r\n"{}[\],:]+)/y;

/**
 * The strings at the dotted `path` in `text`: none, one, or several if members are repeated. Elements of arrays have
 * their index as name.
 *
 * @throws {SyntaxError} if `text` is not JSON.
 */
export function jsonStrings(text: string, path: string): JsonString[] {
  JSON.parse(text);
  const wanted = path.split(".");
  const found: JsonString[] = [];
  /** The containers that are open: the name of the member that is being read, or the index of the element. */
  const open: (string | number)[] = [];
  const isHere = () =>
    open.length === wanted.length &&
    open.every((name, depth) => String(name) === wanted[depth]);
  const token = new RegExp(TOKEN);
  let last = "";
  for (let match; (match = token.exec(text)); last = match[1]!) {
    const to = token.lastIndex;
    const part = match[1]!;
    switch (part[0]) {
      case "{":
        open.push("");
        break;
      case "[":
        open.push(0);
        break;
      case "}":
      case "]":
        open.pop();
        break;
      case ",": {
        const name = open.pop()!;
        open.push(typeof name === "number" ? name + 1 : name);
        break;
      }
      case '"': {
        const isName = typeof open.at(-1) === "string" && /^[{,]$/.test(last);
        if (isName) open[open.length - 1] = JSON.parse(part);
        else if (isHere()) {
          found.push({ from: to - part.length, to, value: JSON.parse(part) });
        }
      }
    }
  }
  return found;
}
