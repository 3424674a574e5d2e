/** Frames of the WebSocket protocol (RFC 6455 §5), as a client sends them. @module */

/** What kind a frame is (RFC 6455 §11.8). */
export const OPCODE = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
} as const;

/** The head of a frame. */
export interface FrameHead {
  /** Whether it is the last of its message. */
  final: boolean;
  /** Bits that only an extension uses. */
  reserved: boolean;
  opcode: number;
  /** Absent in frames of a server. */
  mask?: Uint8Array;
  /** Bytes of the head, and of the payload behind it. */
  headLength: number;
  length: number;
}

/** The head of the frame that begins at `at` in `bytes`; nothing if it has not come whole. */
export function readFrameHead(
  bytes: Uint8Array,
  at: number,
): FrameHead | undefined {
  const left = bytes.length - at;
  if (left < 2) return undefined;
  const first = bytes[at]!;
  const second = bytes[at + 1]!;
  const short = second & 127;
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
  const masked = second >= 128;
  const headLength = 2 + extended + (masked ? 4 : 0);
  if (left < headLength) return undefined;
  let length = extended === 0 ? short : 0;
  // Not with shifts: eight bytes are more than 32 bits.
  for (let index = 0; index < extended; index++) {
    length = length * 256 + bytes[at + 2 + index]!;
  }
  const mask = masked
    ? bytes.subarray(at + headLength - 4, at + headLength)
    : undefined;
  return {
    final: first >= 128,
    reserved: (first & 0x70) !== 0,
    opcode: first & 15,
    ...mask && { mask },
    headLength,
    length,
  };
}

/** `payload` with `mask` put on, or taken off again. */
export function masked(payload: Uint8Array, mask: Uint8Array): Uint8Array {
  return payload.map((byte, at) => byte ^ mask[at & 3]!);
}

/** A frame that is a whole message, with `mask` if a client sends it. */
export function frame(
  opcode: number,
  payload: Uint8Array,
  mask?: Uint8Array,
): Uint8Array {
  const { length } = payload;
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const headLength = 2 + extended + (mask ? 4 : 0);
  const bytes = new Uint8Array(headLength + length);
  bytes[0] = 128 | opcode;
  bytes[1] = (mask ? 128 : 0) |
    (extended === 0 ? length : extended === 2 ? 126 : 127);
  for (let index = extended, left = length; index > 0; index--) {
    bytes[1 + index] = left % 256;
    left = Math.floor(left / 256);
  }
  if (mask) bytes.set(mask, headLength - 4);
  bytes.set(mask ? masked(payload, mask) : payload, headLength);
  return bytes;
}

/** A server's close frame; `reason` is cut to what it may hold. */
export function closeFrame(code: number, reason: string): Uint8Array {
  const text = new TextEncoder().encode(reason).subarray(0, 123);
  return frame(OPCODE.close, Uint8Array.of(code >> 8, code & 255, ...text));
}
