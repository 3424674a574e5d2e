/**
 * What a program behind the proxy sees of a credential. A definition may give its placeholder the form of its vendor's
 * keys, since clients check what a key looks like; every form holds a reserved text, and by that alone it is recognised.
 *
 * @module
 */

/** All that a program behind the proxy ever sees of a credential. Where a client insists on a key, it is given this. */
export const PLACEHOLDER = "authsome-proxy-managed";

/** The last is "authsome" in hexadecimal digits: 64 bits, which no random key begins with. */
export const RESERVED_TEXTS = [
  PLACEHOLDER,
  "authsome_proxy_managed",
  "authsomeproxymanaged",
  "61757468736f6d65",
] as const;

/**
 * A placeholder as far as it is known without its definition: the form, and what may carry the name of a connection
 * (`named_placeholder.ts`). Groups: hyphens, name; underscores, tag; plain or digits, tag.
 */
export const PLACEHOLDER_FORM =
  /(authsome-proxy-managed)(?:\.((?:[\w.~-]|%[0-9A-Fa-f]{2})+))?|(authsome_proxy_managed)(?:_([0-9a-fA-F]{12}))?|(authsomeproxymanaged|61757468736[fF]6[dD]65)([0-9a-fA-F]{12})?/g;
/** Room for a tag. */
export const NO_TAG = "000000000000";

const WORDS = /authsome(?:-proxy-managed|_proxy_managed|proxymanaged)/;
const DIGITS = /61757468736f6d65/i;

/** Whether a placeholder is in `text`, written as it is. */
export function holdsPlaceholder(text: string): boolean {
  return text.includes("authsome") && WORDS.test(text) ||
    text.includes("61757468736") && DIGITS.test(text);
}

/** Whether `text` is a placeholder and nothing else, such as the value of a variable: not a URL or a list with one in it. */
export function isPlaceholder(text: string): boolean {
  return /^[!-~]{1,400}$/.test(text) && !/:\/\/|[@?&;,"']/.test(text) &&
    holdsPlaceholder(text);
}

/** An escape of a character that a placeholder may have, maybe escaped once more. */
const ESCAPE = /%(?:25)?(2d|5f|3[0-9]|[46][1-9a-f]|[57][0-9a])/gi;

/** Whether a placeholder is in `text`: as it is, percent-encoded once or twice, or in Basic credentials (RFC 7617). */
export function carriesPlaceholder(text: string): boolean {
  return holdsPlaceholder(text) ||
    text.includes("%") && holdsPlaceholder(withoutEscapes(text)) ||
    isBasic(text) && carriesPlaceholder(basicCredentials(text));
}

/** `text` without the escapes that could be part of a placeholder. */
export function withoutEscapes(text: string): string {
  return text.replace(
    ESCAPE,
    (_, digits: string) => String.fromCharCode(parseInt(digits, 16)),
  );
}

/** Whether `value` has the scheme of Basic credentials. Asked of every field, so its first letter is looked at first. */
export function isBasic(value: string): boolean {
  return (value.charCodeAt(0) | 32) === 98 && /^basic\s/i.test(value);
}

/** User and password of the value of `Authorization`; empty if it has none. */
export function basicCredentials(value: string): string {
  const [, encoded] = /^basic\s+([a-z0-9+/_-]+=*)\s*$/i.exec(value) ?? [];
  if (encoded === undefined) return "";
  try {
    return atob(encoded.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return "";
  }
}

/** The reserved text in `text` or in what it encodes. */
export function reservedText(text: string): string {
  const plain = withoutEscapes(text) + basicCredentials(text);
  return WORDS.exec(plain)?.[0] ?? DIGITS.exec(plain)?.[0] ?? PLACEHOLDER;
}
