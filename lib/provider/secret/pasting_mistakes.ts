/** What people give in place of a secret: with more around it, or something that only stands for it. @module */

/** What is wrong with a text. Neither part repeats it. */
export interface Mistake {
  /** What it is, and what to give. */
  text: string;
  /** Whether no secret looks like this. Otherwise the person may insist. */
  certain: boolean;
}

/** What is known of the secret that is asked for. */
export interface Asked {
  /** Name of the field, such as `api_key`. */
  field: string;
  /** The word that stands before it in its header; empty for none. */
  headerWord: string;
  /** Variables that programs read it from. */
  variables: readonly string[];
  /** Whether the text matches the provider's own pattern for keys. */
  matches: boolean;
}

const QUOTES = `"'\`\u201c\u201d\u2018\u2019\u00ab\u00bb`;
const HEADER_WORDS = ["Bearer", "Basic", "Token", "ApiKey", "Api-Key", "OAuth"];
/** A name as people give variables: capitals, in several words. */
const CAPITALS = "[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+";
/** What does not show, and comes along from web pages and chats. */
const UNSEEN = "\\u00ad\\u034f\\u061c\\u180e\\u200b-\\u200f\\u202a-\\u202e" +
  "\\u2060-\\u206f\\ufeff";

type Rule = [pattern: RegExp, certain: boolean, text: string];

/** These hold whatever a provider's keys look like. */
const ALWAYS: readonly Rule[] = [
  [
    new RegExp(`[${UNSEEN}]`),
    true,
    "It has a character that cannot be seen. Type it, or copy it from elsewhere.",
  ],
  [/^-----BEGIN/, true, "It is the first line of a PEM file, not a key."],
  [
    new RegExp(
      `^(?:(?:export|declare|set|SET|env|const|let|var)\\s+(?:-\\w+\\s+)?[A-Za-z_]\\w*\\s*=|set\\s+-\\w+\\s+\\w+\\s+\\S|setx\\s+\\w+\\s+\\S|\\$env:\\w+\\s*=|${CAPITALS}\\s*(?:=\\s*[^=\\s]|:\\s+\\S))`,
    ),
    true,
    "It is a line that sets a variable. Give only the value, without the name and quotation marks.",
  ],
  [
    new RegExp(
      `^(?:\\$\\{.*\\}|\\$\\(.*\\)|\\$[A-Z_][A-Z0-9_]*|\\$env:\\w+|%\\w+%|\\{\\{.*\\}\\}|process\\.env\\.\\w+|os\\.(?:environ|getenv)\\b.*|(?:secrets|env|vars)\\.\\w+)$`,
    ),
    true,
    "It is the name of a variable, not its value. Give the value.",
  ],
  [
    /^(?:change[-_ ]?(?:me|this|it)|(?:re)?place[-_ ]?(?:me|this|holder)|todo|tbd|fixme|none|null|undefined|nil|n\/a|dummy|fake|sample|example|test|testing|foo|bar|foobar|api[-_ ]?key|token|secret|password|passw0rd|12345\d*|<.*>|\[[^"'{]*\]|(.)\1{3,})$/i,
    false,
    "It is an example, not a secret.",
  ],
  [
    /\b(?:your|my|insert|enter|paste|some|put)[-_ ](?:[a-z0-9]+[-_ ]){0,3}(?:key|token|secret|password)\b|(?:key|token|secret|password)[-_ ]?(?:goes[-_ ])?here\b|x{8,}|change[-_]?me/i,
    false,
    "It is an example, not a secret.",
  ],
  [
    /\*{3,}|[\u2022\u25cf]{2,}|\u2026|\.{3,}|redacted/i,
    false,
    "It is shortened or hidden. Copy the whole of it.",
  ],
];

/** These, unless keys of the provider look so. */
const UNUSUAL: readonly Rule[] = [
  [
    /^(?:[{[]$|\{\s*["'].*|\[\s*["'{].*)/,
    true,
    "It is JSON. Give only the value.",
  ],
  [
    new RegExp(`^["'].+["']\\s*:\\s*["']|^[${QUOTES}].*[${QUOTES}][,;]?$`),
    true,
    "It is in quotation marks. Leave them out.",
  ],
  [
    /^(?:-H\s|authorization\s*:|proxy-authorization\s*:|x-[a-z-]+\s*:|api-?key\s*:\s)/i,
    true,
    "It is a header. Give only the secret in it.",
  ],
  [
    /^(?:op|bws?|vault|ref\+\w+|awssm|aws-sm|gcpsm|gcp-sm|sm|akv|azkv|infisical|doppler|keychain|keyring|keeper|lpass|secret|secrets|pass|env|dl|bitwarden|1password):\/\//i,
    true,
    "It is a reference to a secret. Give what it refers to, for example: op read <reference> | authsome login …",
  ],
  [
    /^(?:~|\.{1,2})?[\\/](?:home|users|root|etc|tmp|var|run|mnt|opt|usr|private|dev|proc|srv|media|volumes)[\\/]|^(?:~|\.{1,2})[\\/]|^[A-Za-z]:[\\/]|^file:|^@[\w./~\\-]+\.\w+$/i,
    true,
    "It is the path of a file. Give what is in the file: --stdin < file",
  ],
  [
    /^[^\s/+=]*[\w-]\.(?:txt|pem|env|json|key|ya?ml|toml|ini|cfg|conf|csv|asc|gpg|p12|pfx|crt|cer)$|^\.env(?:\.\w+)*$/i,
    false,
    "It looks like the name of a file. Give what is in the file: --stdin < file",
  ],
  [
    /^(?:arn:aws:|projects\/[^/]+\/secrets\/|ENC\[)/,
    false,
    "It looks like a reference to a secret. Give what it refers to.",
  ],
  [/^[a-z][a-z0-9+.-]*:\/\//i, false, "It is a URL."],
  [
    /^(?:api[-_ ]?key|key|token|secret|password|pass|pat|(?:access|auth|api)[-_]token|client[-_]secret)\s*[=:]\s*\S|^[A-Za-z_]\w*=[^=\s]/i,
    false,
    "It looks like a name with its value. Give only the value.",
  ],
  [
    new RegExp(`^[${QUOTES}]|[${QUOTES}]$`),
    false,
    "It has a quotation mark at one end.",
  ],
  [/[,;]$/, false, "It ends with a comma or a semicolon."],
  [/\\[nrt]/, false, "It has \\n or the like in it, as two characters."],
  [/\$\{.*\}|\$\(.*\)/, false, "It has the name of a variable in it."],
  [
    /[^\x20-\x7e]/,
    false,
    "It has a character that is not on every keyboard.",
  ],
];

/** Without what stands around a secret by accident: white space, line ends, marks of encodings, and what does not show. */
export function withoutMargins(text: string): string {
  return text.replace(new RegExp(`^[\\s${UNSEEN}]+|[\\s${UNSEEN}]+$`, "g"), "");
}

/** What is wrong with `value`, or `undefined`. */
export function pastingMistake(
  value: string,
  asked: Asked,
): Mistake | undefined {
  const { headerWord, variables, matches } = asked;
  if (
    variables.some((name) =>
      value === name || new RegExp(`^${name}\\s*[=:]`).test(value)
    )
  ) {
    return {
      text: "It begins with the name of a variable. Give only the value.",
      certain: true,
    };
  }
  for (const [pattern, certain, text] of ALWAYS) {
    if (pattern.test(value)) return { text, certain };
  }
  if (matches) return undefined;
  const word = [headerWord, ...HEADER_WORDS].find((word) =>
    word && value.toLowerCase().startsWith(`${word.toLowerCase()} `)
  );
  if (word) {
    return {
      text:
        `It starts with the word "${word}", which authsome adds itself. Leave it out.`,
      certain: false,
    };
  }
  for (const [pattern, certain, text] of UNUSUAL) {
    if (pattern.test(value)) return { text, certain };
  }
  return / /.test(value) && !/pass/i.test(asked.field)
    ? { text: "It has a space in it.", certain: false }
    : undefined;
}
