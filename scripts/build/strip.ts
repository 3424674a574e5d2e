/**
 * Takes out of an executable what only debuggers read: a fifth of Node's on Linux.
 *
 * @module
 */

const HEADER = { offset: 0x28, count: 0x3c, names: 0x3e, segments: 0x20 };
const SECTION_BYTES = 64;
const SEGMENT_BYTES = 56;
const SYMBOLS = 2;
const TEXTS = 3;
const NOTHING_IN_FILE = 8;

interface Section {
  /** Where its name is among the names. */
  name: number;
  /** Where its header is. */
  header: number;
  index: number;
  type: number;
  loaded: boolean;
  offset: number;
  /** Where it ends in the file. */
  end: number;
  /** Index of the section that it refers to. */
  link: number;
}

/**
 * `file` without its symbol table and debug sections: ELF, 64 bits, little endian
 * (https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html). Anything else, or with another layout, comes back as it is.
 */
export function stripped(
  file: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 64 || view.getUint32(0) !== 0x7f454c46) return file;
  if (view.getUint16(4) !== 0x0201) return file;
  const sections = sectionsOf(view);
  const names = sections[view.getUint16(HEADER.names, true)];
  if (!names) return file;
  const nameBytes = file.subarray(names.offset, names.end);
  const unread = sections.filter((one) =>
    !one.loaded && one !== names &&
    (one.type === SYMBOLS || isTextOfSymbols(one, sections) ||
      nameOf(one, nameBytes).startsWith(".debug_"))
  );
  const kept = sections.filter((one) => one !== names && !unread.includes(one));
  const end = Math.max(
    segmentsEnd(view),
    ...kept.map((one) => one.type === NOTHING_IN_FILE ? 0 : one.end),
  );
  // The others keep their places and their numbers, by which they refer to each other, only if these are the last.
  const isLast = [...unread, names].every(({ offset, index }) =>
    offset >= end && index >= kept.length
  );
  if (unread.length === 0 || !isLast) return file;

  const table = align(end + nameBytes.length);
  const result = new Uint8Array(table + (kept.length + 1) * SECTION_BYTES);
  result.set(file.subarray(0, end));
  result.set(nameBytes, end);
  [...kept, names].forEach(({ header }, at) =>
    result.set(
      file.subarray(header, header + SECTION_BYTES),
      table + at * SECTION_BYTES,
    )
  );
  const out = new DataView(result.buffer);
  const nameHeader = table + kept.length * SECTION_BYTES;
  out.setBigUint64(nameHeader + 24, BigInt(end), true);
  out.setBigUint64(HEADER.offset, BigInt(table), true);
  out.setUint16(HEADER.count, kept.length + 1, true);
  out.setUint16(HEADER.names, kept.length, true);
  return result;
}

function nameOf({ name }: Section, names: Uint8Array<ArrayBuffer>): string {
  return new TextDecoder().decode(
    names.subarray(name, names.indexOf(0, name)),
  );
}

function isTextOfSymbols(one: Section, sections: readonly Section[]): boolean {
  return one.type === TEXTS &&
    sections.some(({ type, link }) => type === SYMBOLS && link === one.index);
}

function sectionsOf(view: DataView): Section[] {
  const table = Number(view.getBigUint64(HEADER.offset, true));
  return Array.from({ length: view.getUint16(HEADER.count, true) }, (_, at) => {
    const header = table + at * SECTION_BYTES;
    const number = (place: number) =>
      Number(view.getBigUint64(header + place, true));
    return {
      name: view.getUint32(header, true),
      header,
      index: at,
      type: view.getUint32(header + 4, true),
      loaded: (number(8) & 2) !== 0,
      offset: number(24),
      end: number(24) + number(32),
      link: view.getUint32(header + 40, true),
    };
  });
}

/** Where the last segment ends that is loaded. */
function segmentsEnd(view: DataView): number {
  const table = Number(view.getBigUint64(HEADER.segments, true));
  const count = view.getUint16(0x38, true);
  return Math.max(
    table + count * SEGMENT_BYTES,
    ...Array.from({ length: count }, (_, at) => {
      const header = table + at * SEGMENT_BYTES;
      return Number(view.getBigUint64(header + 8, true)) +
        Number(view.getBigUint64(header + 32, true));
    }),
  );
}

function align(offset: number): number {
  return Math.ceil(offset / 8) * 8;
}
