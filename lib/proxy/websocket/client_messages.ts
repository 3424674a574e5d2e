/**
 * Reads what a client sends over a WebSocket: messages that hold a placeholder are given to `inject`, everything else goes
 * on as it came.
 *
 * Invariant: the order of messages is kept, and what is held back is bounded.
 *
 * @module
 */
import { holdsPlaceholder } from "../../placeholder.ts";
import { concat, EMPTY } from "../../wire/byte_stream.ts";
import { frame, masked, OPCODE, readFrameHead } from "../../wire/websocket.ts";

/** Longest message that is looked into, in bytes. What logs in is far shorter. */
const MAX_MESSAGE = 65_536;

/** What a reader gives next. */
export type ClientPart =
  /** Goes to the server. */
  | { kind: "pass"; bytes: Uint8Array }
  /** A text that holds a placeholder; `reframe` makes a frame of what takes its place. */
  | { kind: "message"; text: string; reframe(text: string): Uint8Array }
  /** A placeholder that cannot be replaced, and why. */
  | { kind: "refuse"; why: string };

/** One client's side of a WebSocket. */
export class ClientMessages {
  #bytes = EMPTY;
  /** Bytes of the current frame that only pass. */
  #passing = 0;
  /** Frames of a message whose last has not come, and their payload. */
  #begun:
    | { opcode: number; frames: Uint8Array; payload: Uint8Array }
    | undefined;
  /** Whether the message that has begun is too long to be looked into. */
  #long = false;

  add(bytes: Uint8Array): void {
    this.#bytes = concat(this.#bytes, bytes);
  }

  /** What of the bytes that have come can be used; nothing while more must come. */
  next(): ClientPart | undefined {
    const bytes = this.#bytes;
    if (bytes.length === 0) return undefined;
    if (this.#passing > 0) {
      return this.#pass(Math.min(this.#passing, bytes.length));
    }
    const head = readFrameHead(bytes, 0);
    if (!head) return undefined;
    const { opcode, final, reserved, length, headLength, mask } = head;
    const size = headLength + length;
    if (opcode >= OPCODE.close || this.#long) {
      if (opcode < OPCODE.close && final) this.#long = false;
      return this.#passFrame(size);
    }
    const before = this.#begun?.payload.length ?? 0;
    if (before + length > MAX_MESSAGE) {
      this.#long = !final;
      return this.#passFrame(size, this.#release());
    }
    if (bytes.length < size) return undefined;
    const whole = bytes.subarray(0, size);
    this.#bytes = bytes.subarray(size);
    const part = bytes.subarray(headLength, size);
    const begun = {
      opcode: this.#begun?.opcode ?? opcode,
      frames: concat(this.#begun?.frames ?? EMPTY, whole),
      payload: concat(
        this.#begun?.payload ?? EMPTY,
        mask ? masked(part, mask) : part,
      ),
    };
    if (reserved) {
      return {
        kind: "refuse",
        why: "its messages use an extension, such as compression",
      };
    }
    if (!final) {
      this.#begun = begun;
      return { kind: "pass", bytes: EMPTY };
    }
    this.#begun = undefined;
    return read(begun, mask);
  }

  /** Passes a frame of `size` bytes as far as it has come, behind `before`. */
  #passFrame(size: number, before = EMPTY): ClientPart {
    this.#passing = size;
    const { bytes } = this.#pass(Math.min(size, this.#bytes.length));
    return { kind: "pass", bytes: concat(before, bytes) };
  }

  #pass(count: number): Extract<ClientPart, { kind: "pass" }> {
    const bytes = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    this.#passing -= count;
    return { kind: "pass", bytes };
  }

  #release(): Uint8Array {
    const frames = this.#begun?.frames ?? EMPTY;
    this.#begun = undefined;
    return frames;
  }
}

function read(
  { opcode, frames, payload }: {
    opcode: number;
    frames: Uint8Array;
    payload: Uint8Array;
  },
  mask: Uint8Array | undefined,
): ClientPart {
  const text = new TextDecoder().decode(payload);
  if (!holdsPlaceholder(text)) return { kind: "pass", bytes: frames };
  if (opcode !== OPCODE.text) {
    return {
      kind: "refuse",
      why: "the message that holds the placeholder is no text",
    };
  }
  return {
    kind: "message",
    text,
    reframe: (text) => frame(OPCODE.text, new TextEncoder().encode(text), mask),
  };
}
