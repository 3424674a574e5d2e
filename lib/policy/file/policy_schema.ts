/** The shape of `policy.json`. The published JSON Schema is made from it, with the descriptions of `rule.ts`. @module */
import * as v from "valibot";
import { EFFECTS, type PolicyFile } from "../rule.ts";

/** Most rules of one section. */
export const MAX_RULES = 1_000;
/** Most entries of a list in a rule. */
const MAX_ENTRIES = 500;

const text = (longest: number) =>
  v.pipe(v.string(), v.minLength(1), v.maxLength(longest));

function list<T extends v.GenericSchema<string>>(entry: T) {
  return v.optional(v.union([
    entry,
    v.pipe(v.array(entry), v.minLength(1), v.maxLength(MAX_ENTRIES)),
  ]));
}

const matching = (longest: number, pattern: RegExp, what: string) =>
  v.pipe(text(longest), v.regex(pattern, what));

const time = matching(
  5,
  /^(?:[01]\d|2[0-3]):[0-5]\d$/,
  "is not a time of day, such as 09:30",
);
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const rule = v.strictObject({
  id: matching(
    64,
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    "is not an id: use letters, digits, dot, - and _",
  ),
  effect: v.picklist(EFFECTS),
  provider: list(
    matching(63, /^[a-z0-9][a-z0-9_-]*$/, "is not the name of a provider"),
  ),
  connection: list(text(64)),
  method: list(
    matching(32, /^[A-Za-z][A-Za-z-]*$/, "is not the name of a method"),
  ),
  host: list(matching(
    253,
    /^(?:(?:\*\.)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?|\[[0-9A-Fa-f:.]+\])$/,
    "is not a host, or *. and a domain",
  )),
  path: list(
    matching(2_000, /^\/[\x21-\x7e]*$/, "is not a path that begins with /"),
  ),
  operation: list(text(300)),
  reads: v.optional(v.boolean()),
  time: v.optional(v.strictObject({
    days: v.optional(v.pipe(
      v.array(
        v.picklist(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
      ),
      v.minLength(1),
    )),
    from: v.optional(time),
    to: v.optional(time),
  })),
  when: v.optional(text(4_000)),
  limit: v.optional(v.strictObject({
    per_minute: v.optional(v.pipe(count, v.maxValue(100_000))),
    per_run: v.optional(count),
    bytes_up: v.optional(count),
    usd: v.optional(v.pipe(v.number(), v.minValue(0))),
  })),
  reason: v.optional(text(300)),
});

const rules = v.pipe(v.array(rule), v.maxLength(MAX_RULES));
const others = v.optional(v.picklist(["allow", "ask", "deny"]));
const section = v.strictObject({ default: others, rules });

/** `policy.json`, version 1. */
export const policySchema = v.strictObject({
  $schema: v.optional(v.string()),
  v: v.literal(1),
  default: others,
  rules,
  profiles: v.optional(v.record(text(64), section)),
  folders: v.optional(v.record(text(4_096), section)),
});

/** What {@linkcode policySchema} gives; a file as `rule.ts` has it. */
type ParsedShape = v.InferOutput<typeof policySchema>;
// Neither of the two may have a field that the other has not.
const _sameShape: (shape: ParsedShape) => PolicyFile = (shape) => shape;
