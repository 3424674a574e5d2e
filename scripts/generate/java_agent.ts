/**
 * Writes `lib/run/shims/java_agent_jar.ts`: the agent whose sources are in `lib/run/shims/java/`, so that nobody who uses
 * the program needs a compiler. Asks for `javac`, version 9 or newer; the versions 17 and 25 write the same classes.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { base64 } from "../../lib/bytes.ts";

const FOLDER = new URL("../../lib/run/shims/", import.meta.url);
const MANIFEST = `Manifest-Version: 1.0
Premain-Class: authsome.Agent
Can-Retransform-Classes: true
`;
/** No time is in the jar, which is the same each time: 1 January 1980, the first that the format knows. */
const DATE = 0x21;

/** The text of the module, for the sources that lie there now. */
export function javaAgentModule(): string {
  const sources = `${FOLDER.pathname}java`;
  const classes = Deno.makeTempDirSync();
  try {
    execFileSync("javac", [
      ...["--release", "8", "-g:none", "-proc:none", "-Xlint:-options"],
      ...["-encoding", "UTF-8", "-d", classes],
      ...filesOf(sources).map((path) => `${sources}/${path}`),
    ], { stdio: ["ignore", "inherit", "inherit"] });
    const text = base64(jar([
      ["META-INF/MANIFEST.MF", new TextEncoder().encode(MANIFEST)],
      ...filesOf(classes).map((path): [string, Uint8Array] => [
        path,
        Deno.readFileSync(`${classes}/${path}`),
      ]),
    ]));
    return `// Generated from the sources in java/ by scripts/generate/java_agent.ts. Do not edit.
// deno-fmt-ignore-file
/** The agent as a jar, in Base64. */
export const JAVA_AGENT_JAR =
  "${text}";
`;
  } finally {
    Deno.removeSync(classes, { recursive: true });
  }
}

function filesOf(folder: string, below = ""): string[] {
  return [...Deno.readDirSync(`${folder}/${below}`)]
    .flatMap(({ name, isDirectory }) =>
      isDirectory ? filesOf(folder, `${below}${name}/`) : `${below}${name}`
    ).sort();
}

/** A ZIP file (APPNOTE 6.3) whose entries are stored as they are. */
function jar(entries: readonly [path: string, content: Uint8Array][]) {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [path, content] of entries) {
    const name = new TextEncoder().encode(path);
    // Version needed, flags, method, time, date, CRC-32, the sizes, lengths of the name and of what is not there.
    const facts = numbers(
      ...[[10, 2], [0, 2], [0, 2], [0, 2], [DATE, 2], [crc32(content), 4]],
      ...[[content.length, 4], [content.length, 4], [name.length, 2], [0, 2]],
    );
    const local = [numbers([0x04034b50, 4]), facts, name, content];
    directory.push(
      ...[numbers([0x02014b50, 4], [10, 2]), facts],
      // Comment, disk, attributes, where it is.
      ...[numbers([0, 2], [0, 2], [0, 2], [0, 4], [at, 4]), name],
    );
    parts.push(...local);
    at += local.reduce((sum, part) => sum + part.length, 0);
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const count = entries.length;
  return joined([
    ...parts,
    ...directory,
    numbers(
      ...[[0x06054b50, 4], [0, 2], [0, 2], [count, 2], [count, 2]],
      ...[[size, 4], [at, 4], [0, 2]],
    ),
  ]);
}

/** Numbers of 2 or 4 bytes, the least significant byte first. */
function numbers(...values: number[][]): Uint8Array {
  const size = values.reduce((sum, [, length]) => sum + length!, 0);
  const view = new DataView(new ArrayBuffer(size));
  let at = 0;
  for (const [value, length] of values) {
    if (length === 2) view.setUint16(at, value!, true);
    else view.setUint32(at, value!, true);
    at += length!;
  }
  return new Uint8Array(view.buffer);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      crc = crc >>> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
  }
  return ~crc >>> 0;
}

if (import.meta.main) {
  Deno.writeTextFileSync(
    new URL("java_agent_jar.ts", FOLDER),
    javaAgentModule(),
  );
}
