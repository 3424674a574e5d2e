/** Values that are no keys: what names a secret that is kept elsewhere, and what only stands for one. @module */

/** What a value is instead of a key. */
export type NoKey = "reference" | "example";

/** Names of secret stores and of what fetches from them, before `:` or `://`. */
const STORES =
  "op|1password|onepassword|bws?|bitwarden|vault|hcvault|vault-kv|aws|awssm|aws-sm|aws-ssm|awsssm|aws-secrets|asm|ssm|secretsmanager|" +
  "gcp|gcpsm|gcp-sm|gsm|gcpsecrets|sm|akv|azkv|azure|azure-kv|azure-keyvault|keyvault|infisical|doppler|keychain|keyring|" +
  "keeper|lpass|lastpass|dashlane|dl|protonpass|pass|gopass|passwordstore|conjur|consul|etcd|k8s|kms|sops|age|gpg|chamber|" +
  "secret|secrets|secretref|secret-ref|env|file|exec|cmd|command|encrypted|enc|ref|varlock|phase|akeyless|teller|berglas";

/** The whole value, in whatever quotes. */
const REFERENCES: readonly RegExp[] = [
  new RegExp(`^(?:${STORES})://`, "i"),
  new RegExp(`^(?:${STORES}):(?=\\S)`, "i"),
  // vals: ref+vault://, ref+awssecrets://
  /^(?:secret)?ref\+[a-z0-9]+:/i,
  // SOPS; a key vault of Azure; names in AWS and Google Cloud.
  /^ENC\[/i,
  /^@[\w.]+\(.*\)$/,
  /^arn:aws[\w-]*:(?:secretsmanager|ssm|kms):/i,
  /^projects\/[^/\s]+\/secrets\//,
  // Shells, on every system.
  /\$\{.*\}/s,
  /\$\(.*\)/s,
  /^\$[A-Za-z_]\w*$/,
  /^\$env:\w+$/i,
  /^`.*`$/s,
  /^%\w+%$/,
  // Templates.
  /\{\{.*\}\}/s,
  /\{%.*%\}/s,
  /<%.*%>/s,
  /^\(\(.*\)\)$/s,
  /^#\{.*\}#?$/s,
  /^__[A-Z][A-Z0-9_]*__$/,
  // Code, and fields of files that are made of others.
  /^!(?:Ref|Sub|GetAtt|vault|secret)\b/i,
  /^(?:process\.env\.\w+|os\.(?:environ|getenv)\b.*|ENV\[.*\]|getenv\(.*\)|(?:secrets|vars|env)\.[A-Za-z_]\w*)$/,
];

/** The whole value is one of these words, whatever stands between its parts. */
const WORDS =
  /^(?:change ?(?:me|this|it|in production)|replace ?(?:me|this|it)?|(?:re)?place ?holder|todo|tbd|tba|fixme|fill ?(?:me|this)?(?: ?in)?|none|null|nil|undefined|unset|not ?set|empty|blank|n ?\/ ?a|na|no|yes|true|false|off|on|dummy|fake|mock|stub|sample|examples?|tests?|testing|demo|default|foo|bar|baz|foobar|value|string|key|api ?key|(?:access|auth|api|bot|secret|bearer) ?(?:key|token)|token|secrets?|client ?secret|password|passw0rd|pass ?word ?1?2?3?|credentials?|redacted|hidden|masked|removed|12345\d*|abc ?123|abc(?:def)?|qwerty|s3cr3t|secret ?123|invalid|local|development|optional|required|ignore(?:d)?|unused|disabled)$/;

/** A part of the value says so. */
const PHRASES =
  /(?:^|[^a-z])(?:your|insert|enter|paste|put|replace|add|type|fill in|get|set|some|any|my)(?: [a-z0-9]+){0,5} (?:keys?|tokens?|secrets?|password|pat|id|here|value|it|this|sid|credentials?)(?:$|[^a-z])|^your [a-z0-9 ]+$|(?:key|token|secret|password|value) (?:goes )?here|change ?me|replace ?(?:me|this|with)|place ?holder|redacted|do ?not ?commit|example ?(?:key|token|secret)|(?:key|token|secret) ?example|dummy|(?:^| )(?:fake|sample|mock) ?(?:api )?(?:key|token|secret)/;

/** Marks that no key has. */
const MARKS =
  /\.{3,}|\u2026|\*{3,}|[\u2022\u25cf\u25cb\u2588]{2,}|<[^<>]*>|^\[[^\]"{]*\]$|^\{[A-Za-z_ -]+\}$|x{5,}|X{5,}|EXAMPLE(?:KEY|TOKEN|SECRET)?$/;

/** What begins a key of some provider, such as `sk-proj-` or `ghp_`, at most three parts. */
const PREFIX = /^(?:[A-Za-z][A-Za-z0-9]{0,9}[-_.]){1,3}/;

/** What `value` is, if it is no key; `isSecret`: whether words may not be meant as they are. */
export function noKey(value: string, isSecret = true): NoKey | undefined {
  const text = value.trim();
  if (REFERENCES.some((pattern) => pattern.test(text))) return "reference";
  if (MARKS.test(text)) return "example";
  const spaced = words(text);
  if (PHRASES.test(spaced)) return "example";
  if (!isSecret) return undefined;
  if (WORDS.test(spaced) || isRepeated(text)) return "example";
  const [prefix] = PREFIX.exec(text) ?? [];
  const body = prefix === undefined ? "" : text.slice(prefix.length);
  // What is left of "sk-test" or "key-1" may be anything; of "sk-xxxx" not.
  return prefix !== undefined &&
      (isRepeated(body) || body.length > 4 && WORDS.test(words(body)))
    ? "example"
    : undefined;
}

/** In lower case, with one space where words are parted. Capitals part them where the text is no random one. */
function words(text: string): string {
  const parted = /\d/.test(text)
    ? text
    : text.replaceAll(/([a-z])([A-Z])/g, "$1 $2");
  return parted.toLowerCase()
    .replaceAll(/[\s_.:-]+/g, " ").trim();
}

/** One character again and again, whatever is between: `0000-0000`, `XXXX`. */
function isRepeated(text: string): boolean {
  const bare = text.replaceAll(/[\s_.:-]/g, "") || text;
  return bare.length > 2 && new Set(bare.toLowerCase()).size === 1;
}
