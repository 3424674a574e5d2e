/** What a key pattern says of every key that it matches: how it begins, how long it is. @module */

import { counted } from "../../text.ts";

/** One way to match a pattern. */
export interface KeyShape {
  /** The characters that it begins with. */
  prefix: string;
  /** Least and most characters; `max` may be infinite. */
  min: number;
  max: number;
}

/** While it is put together: `open` as long as every character so far is known. */
interface Part extends KeyShape {
  open: boolean;
}

/** Most ways that are followed; beyond them a pattern has no shape. */
const MAX_SHAPES = 64;
/** A class of at most so many characters is followed one by one. */
const SMALL_CLASS = 6;
const QUANTIFIER = /^(?:([*+?])|\{(\d+)(,(\d*))?\})\??/;

/** The ways to match `pattern`, which begins with `^`; empty if it cannot be said. */
export function keyShapes(pattern: string): KeyShape[] {
  if (!pattern.startsWith("^")) return [];
  const ends = pattern.endsWith("$") && !pattern.endsWith("\\$");
  const reader = new Reader(pattern.slice(1, ends ? -1 : undefined));
  const shapes = reader.alternatives();
  // What `^a|b$` anchors is not what it seems to.
  if (!shapes || !reader.done || reader.topLevelBranch) return [];
  return shapes.map(({ prefix, min, max }) => ({
    prefix,
    min,
    max: ends ? max : Infinity,
  }));
}

class Reader {
  topLevelBranch = false;
  #at = 0;
  #depth = 0;

  constructor(readonly text: string) {}

  get done(): boolean {
    return this.#at === this.text.length;
  }

  alternatives(): Part[] | undefined {
    const all: Part[] = [];
    for (;;) {
      const sequence = this.#sequence();
      if (!sequence || all.push(...sequence) > MAX_SHAPES) return undefined;
      if (this.text[this.#at] !== "|") return all;
      if (this.#depth === 0) this.topLevelBranch = true;
      this.#at++;
    }
  }

  #sequence(): Part[] | undefined {
    let parts: Part[] = [{ prefix: "", min: 0, max: 0, open: true }];
    while (!this.done && !"|)".includes(this.text[this.#at]!)) {
      const next = this.#repeated();
      if (!next || parts.length * next.length > MAX_SHAPES) return undefined;
      parts = parts.flatMap((part) => next.map((more) => joined(part, more)));
    }
    return parts;
  }

  #repeated(): Part[] | undefined {
    const one = this.#one();
    const found = QUANTIFIER.exec(this.text.slice(this.#at));
    if (!one || !found) return one;
    this.#at += found[0].length;
    const [, sign, least, range, most] = found;
    const low = sign ? (sign === "+" ? 1 : 0) : Number(least);
    const high = sign
      ? (sign === "?" ? 1 : Infinity)
      : range
      ? (most ? Number(most) : Infinity)
      : low;
    if (low === 0 && high === 1) {
      return [...one, { prefix: "", min: 0, max: 0, open: true }];
    }
    return one.map(({ min, max }) => ({
      prefix: "",
      min: min * low,
      max: max * high,
      open: false,
    }));
  }

  #one(): Part[] | undefined {
    const rest = this.text.slice(this.#at);
    const group = /^\((?:\?:|\?<[^>]*>)?/.exec(rest)?.[0];
    if (group !== undefined) {
      this.#at += group.length;
      this.#depth++;
      const inner = this.alternatives();
      this.#depth--;
      return inner && this.text[this.#at++] === ")" ? inner : undefined;
    }
    const text =
      /^(?:\\[pPu]\{[^}]*\}|\\.|\[(?:\\.|[^\]\\])*\]|[^^$*+?{[\\()|])/
        .exec(
          rest,
        )?.[0];
    if (text === undefined) return undefined;
    this.#at += text.length;
    const plain = /^\\[^\w]$/.test(text) ? text[1]! : text;
    if (plain.length === 1 && text !== ".") return [letter(plain)];
    const listed = /^\[([\w]+)\]$/.exec(text)?.[1];
    return listed && listed.length <= SMALL_CLASS
      ? [...listed].map(letter)
      : [{ prefix: "", min: 1, max: 1, open: false }];
  }
}

function letter(character: string): Part {
  return { prefix: character, min: 1, max: 1, open: true };
}

function joined(first: Part, second: Part): Part {
  return {
    prefix: first.open ? first.prefix + second.prefix : first.prefix,
    min: first.min + second.min,
    max: first.max + second.max,
    open: first.open && second.open,
  };
}

/**
 * Why `value`, which begins as a key does, does not match `pattern`: its length, or a character. `undefined` if it
 * begins in another way, or if the pattern does not tell. Never repeats the value.
 */
export function mismatch(pattern: string, value: string): string | undefined {
  const shapes = keyShapes(pattern);
  const begun = shapes.filter(({ prefix }) => value.startsWith(prefix));
  const longest = Math.max(...begun.map(({ prefix }) => prefix.length));
  if (longest === 0 && shapes.some(({ prefix }) => prefix !== "")) return;
  const likely = begun.filter(({ prefix }) => prefix.length === longest);
  if (likely.length === 0) return;
  const { length } = value;
  const has = `It has ${counted(length, "character")}`;
  if (likely.some(({ min, max }) => min <= length && length <= max)) {
    return "It has a character that such a key does not have.";
  }
  const exact = [...new Set(likely.map(({ min, max }) => min === max && min))];
  if (!exact.includes(false)) {
    return `${has}; such a key has ${exact.join(" or ")}.`;
  }
  const min = Math.min(...likely.map((shape) => shape.min));
  const max = Math.max(...likely.map((shape) => shape.max));
  return length < min
    ? `${has}; such a key has at least ${min}.`
    : `${has}; such a key has at most ${max}.`;
}
