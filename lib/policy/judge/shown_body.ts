/** What a person is shown of a request that waits: what looks like a secret is replaced. @module */
import { neutralize, withoutSecrets } from "../../audit/redact.ts";
import { isObject } from "../../object.ts";
import { truncate } from "../../text.ts";
import type { Field } from "../../wire/http1.ts";
import { readBody } from "../cel/read_body.ts";

/** Most characters of a body that are shown. */
const MAX_SHOWN = 2_000;
const MAX_PATH = 1_000;
const REDACTED = "[redacted]";
/** Names of members whose value is a secret. */
const SECRET_NAME =
  /pass(?:word|wd|phrase|code)|secret|token|api[_-]?key|private[_-]?key|credential|authorization|cookie|signature|otp\b|pin\b/i;
/** Names that have such a word in them and are none: `max_tokens`, `token_type`. */
const NO_SECRET = /tokens$|token_?(?:type|count|limit|budget)|page_?token/i;
/** A random text. */
const RANDOM =
  /(?<![A-Za-z0-9+/_-])(?=[A-Za-z0-9+/_-]*\d)(?=[A-Za-z0-9+/_-]*[A-Z])[A-Za-z0-9+/_-]{40,}={0,2}/g;
// deno-lint-ignore no-control-regex
const BINARY = /[\0-\x08\x0e-\x1a\x1c-\x1f]/;

/** The beginning of a body; `undefined` if it is no text. */
export function shownBody(
  fields: readonly Field[],
  bytes: Uint8Array,
): string | undefined {
  if (bytes.length === 0) return "";
  const read = readBody(fields, bytes);
  if (read && (isObject(read.value) || Array.isArray(read.value))) {
    return shown(JSON.stringify(redacted(read.value, 0), null, 1));
  }
  const text = new TextDecoder().decode(bytes.subarray(0, 4 * MAX_SHOWN));
  return BINARY.test(text) || text.includes("\ufffd") ? undefined : shown(text);
}

/** A path with the names of the query's parameters. */
export function shownTarget(target: string): string {
  const [path = "", ...query] = target.split("?");
  const names = query.join("?").split("&").filter(Boolean)
    .map((part) => part.split("=", 1)[0]!);
  const text = names.length > 0 ? `${path}?${names.join("&")}` : path;
  return truncate(neutralize(withoutSecrets(text)), MAX_PATH);
}

function shown(text: string): string {
  const plain = withoutSecrets(text).replace(RANDOM, REDACTED);
  return truncate(
    plain.split("\n").map((line) => neutralize(line)).join("\n"),
    MAX_SHOWN,
  );
}

function redacted(value: unknown, depth: number): unknown {
  if (depth > 20) return "…";
  if (Array.isArray(value)) {
    return value.map((each) => redacted(each, depth + 1));
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      SECRET_NAME.test(name) && !NO_SECRET.test(name) && each !== null &&
        typeof each !== "boolean" && typeof each !== "number"
        ? REDACTED
        : redacted(each, depth + 1),
    ]),
  );
}
