/** Messages on stdin: one of JSON on each line. @module */

/** Longest line in bytes: 64 MiB, more than any client sends. */
const LONGEST = 64 << 20;

/** What one line held. */
export type Line = { value: unknown } | { problem: string };

/** Reads `bytes` as lines of JSON. Empty lines are left out; one that cannot be read is a `problem`. */
export async function* jsonLines(
  bytes: AsyncIterable<Uint8Array>,
  longest = LONGEST,
): AsyncIterable<Line> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const take = (): Line | undefined => {
    const isLong = length > longest;
    const line = isLong ? undefined : joined(parts, length);
    parts.length = 0;
    length = 0;
    return isLong ? { problem: "the line is too long" } : parse(line!);
  };
  for await (const part of bytes) {
    let from = 0;
    for (
      let end = part.indexOf(0x0a);
      end >= 0;
      from = end + 1, end = part.indexOf(0x0a, from)
    ) {
      add(part.subarray(from, end));
      const line = take();
      if (line) yield line;
    }
    add(part.subarray(from));
  }
  const last = take();
  if (last) yield last;

  function add(part: Uint8Array): void {
    length += part.length;
    // What is dropped anyway is not kept.
    if (length > longest) parts.length = 0;
    else if (part.length > 0) parts.push(part);
  }
}

function parse(line: Uint8Array): Line | undefined {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(line).trim();
  } catch {
    return { problem: "the line is not UTF-8" };
  }
  if (text === "") return undefined;
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { problem: "the line is not JSON" };
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
