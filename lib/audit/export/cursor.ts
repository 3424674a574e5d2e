/** How far a destination is, kept between processes. @module */
import { parseObject } from "../../object.ts";
import { GENESIS } from "../chain.ts";
import type { ExportProblem } from "./export_destination.ts";

/** Why and since when a destination takes nothing. Times are epoch milliseconds. */
export interface Failing {
  problem: ExportProblem;
  message: string;
  since: number;
  tries: number;
  /** Before then no command tries again by itself. */
  retryAt: number;
}

/** The last entry that a destination has taken. */
export interface Cursor {
  /** 0: none yet. */
  seq: number;
  hash: string;
  failing?: Failing;
}

/** Before the first entry. */
export const START: Cursor = { seq: 0, hash: GENESIS };

/** The cursor in `text`; from the start if it holds none: what was sent once more is told by its number. */
export function parseCursor(text: string | undefined): Cursor {
  const fields = text === undefined ? undefined : parseObject(text);
  const { seq, hash, failing } = (fields ?? {}) as Partial<Cursor>;
  if (!Number.isSafeInteger(seq) || seq! < 0 || typeof hash !== "string") {
    return START;
  }
  return {
    ...{ seq: seq!, hash },
    ...typeof failing?.retryAt === "number" &&
        typeof failing.message === "string"
      ? { failing }
      : {},
  };
}

/** The text of `cursor`. */
export function formatCursor(cursor: Cursor): string {
  return `${JSON.stringify({ v: 1, ...cursor })}\n`;
}
