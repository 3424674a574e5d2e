/**
 * The patterns that may stand for hosts: a small, safe part of regular expressions.
 *
 * Invariant: whatever an accepted pattern matches lies below one domain that the pattern spells out, and matching takes
 * linear time. So a pattern is a row of labels, each literal, class or group, between `^` and `$`.
 *
 * ```text
 * pattern = "^" piece* literal "$"            the literal holds the registrable domain
 * piece   = character | "\." | class [count] | "(" branch *("|" branch) ")" [count]
 * branch  = *( character | "\." | class [count] )
 * class   = "[" letters, digits, "-", "_" "]"   (a dot in a class only with "." spelled so)
 * count   = "+" | "*" | "?" | "{" n [ "," [ m ] ] "}"
 * ```
 *
 * A group with `+` or `*` must have one branch that ends in `\.` and has no dot before it: labels then split one way only.
 *
 * @module
 */
import { defined } from "../object.ts";
import { quoted } from "../text.ts";

const CHARACTER = /[a-z0-9_-]/;
const CLASS = /^\[(?:[a-z0-9_.-]|[a-z]-[a-z]|[0-9]-[0-9])+\]/;
const COUNT = /^(?:[+*?]|\{[0-9]{1,3}(?:,[0-9]{0,3})?\})/;

/**
 * The literal end of a pattern, from its first whole label on: `twilio.com` for `^([a-z0-9-]+\.)+twilio\.com$`.
 *
 * @throws {TypeError} saying why the pattern is not safe.
 */
export function literalDomain(source: string): string {
  if (source.length > 300) {
    throw new TypeError("has a pattern that is too long");
  }
  if (!source.startsWith("^") || !/(?<!\\)\$$/.test(source)) {
    throw new TypeError(
      "has a pattern that is not anchored: it must begin with ^ and end with $",
    );
  }
  let rest = source.slice(1, -1);
  // What the pattern ends with: literal characters since the last piece that is not literal.
  let literal = "";
  // Whether that run begins where a label begins.
  let boundary = true;
  let repeats = 0;
  while (rest) {
    const piece = takePiece(rest);
    rest = rest.slice(piece.length);
    if (piece.literal !== undefined) {
      literal += piece.literal;
      continue;
    }
    if (piece.unbounded && ++repeats > 2) {
      throw new TypeError("has a pattern with too many repeated parts");
    }
    // A piece that may be absent keeps what stood before it: evil(x\.)?example\.com also matches evilexample.com.
    const before: boolean = literal === "" ? boundary : literal.endsWith(".");
    boundary = piece.endsLabel && (!piece.optional || before);
    literal = "";
  }
  const dot = literal.indexOf(".");
  const domain = boundary ? literal : dot < 0 ? "" : literal.slice(dot + 1);
  if (!domain.includes(".")) {
    throw new TypeError(
      "has a pattern that does not end in a domain spelled out after a dot, such as \\.example\\.com$",
    );
  }
  new RegExp(source);
  return domain;
}

interface Piece {
  length: number;
  /** The character that it stands for, if it is literal. */
  literal?: string;
  unbounded: boolean;
  /** Whether it may match nothing. */
  optional: boolean;
  /** Whether whatever it matches, if anything, ends with a dot. */
  endsLabel: boolean;
}

function takePiece(text: string): Piece {
  if (text.startsWith("(")) return takeGroup(text);
  const atom = takeAtom(text);
  if (!atom) {
    throw new TypeError(
      `has a pattern with ${
        quoted(text, 12)
      }, which is not allowed: use letters, digits, \\., [a-z0-9-] and (…)`,
    );
  }
  return {
    length: atom.length,
    literal: atom.literal,
    unbounded: atom.unbounded,
    optional: false,
    endsLabel: false,
  };
}

interface Atom {
  length: number;
  literal?: string;
  unbounded: boolean;
  hasDot: boolean;
}

/** A character, an escaped dot or hyphen, or a class; with its count. */
function takeAtom(text: string): Atom | undefined {
  let length: number;
  let literal: string | undefined;
  const set = CLASS.exec(text)?.[0];
  if (set) {
    length = set.length;
  } else if (text.startsWith("\\.") || text.startsWith("\\-")) {
    length = 2;
    literal = text[1];
  } else if (CHARACTER.test(text[0]!)) {
    length = 1;
    literal = text[0];
  } else {
    return undefined;
  }
  const count = COUNT.exec(text.slice(length))?.[0] ?? "";
  if (count && literal === ".") {
    throw new TypeError("has a pattern that repeats a dot");
  }
  return {
    length: length + count.length,
    ...defined({ literal: count ? undefined : literal }),
    unbounded: /^(?:[+*]|\{\d+,\})$/.test(count),
    hasDot: literal === "." || set?.includes(".") === true,
  };
}

function takeGroup(text: string): Piece {
  let at = text.startsWith("(?:") ? 3 : 1;
  const branches: Atom[][] = [[]];
  while (text[at] !== ")") {
    if (at >= text.length) {
      throw new TypeError("has a pattern with an open group");
    }
    if (text[at] === "|") {
      branches.push([]);
      at++;
      continue;
    }
    const atom = takeAtom(text.slice(at));
    if (!atom) {
      throw new TypeError(
        `has a pattern with a group that holds ${
          quoted(text.slice(at), 12)
        }, which is not allowed`,
      );
    }
    branches.at(-1)!.push(atom);
    at += atom.length;
  }
  at++;
  const count = COUNT.exec(text.slice(at))?.[0] ?? "";
  const endsLabel = branches.every((atoms) => atoms.at(-1)?.literal === ".");
  const inner = branches.some((atoms) => atoms.some((atom) => atom.unbounded));
  if (count && count !== "?") {
    const only = branches.length === 1 ? branches[0]! : [];
    const dots = only.filter((atom) => atom.hasDot).length;
    if (!endsLabel || dots !== 1) {
      throw new TypeError(
        "has a pattern with a repeated group that is not one label and its dot, such as ([a-z0-9-]+\\.)+",
      );
    }
  }
  return {
    length: at + count.length,
    unbounded: inner || /^(?:[+*]|\{\d+,\})$/.test(count),
    optional: /^(?:[?*]|\{0)/.test(count),
    endsLabel,
  };
}
