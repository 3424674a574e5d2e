/** Reads `policy.json`. Loaded only where there is one, since the schema library costs start-up time. @module */
import * as v from "valibot";
import { AuthsomeError } from "../../errors.ts";
import { isObject } from "../../object.ts";
import { parseStrictJson } from "../../provider/reading/strict_json.ts";
import { quoted, truncate } from "../../text.ts";
import { pathGlob } from "../match/path_glob.ts";
import type { PolicyFile, Rule } from "../rule.ts";
import { policySchema } from "./policy_schema.ts";

/** Longest file, in characters. */
const MAX_LENGTH = 1_048_576;
/** Ids that the program gives to rules of its own. */
const RESERVED = ["default", "read-only", "max-usd"];

/**
 * Reads and checks `text`. `file` is its path, for messages.
 *
 * @throws {AuthsomeError} `InvalidPolicy`, naming the file and the member.
 */
export async function parsePolicy(
  text: string,
  file: string,
): Promise<PolicyFile> {
  let raw: unknown;
  try {
    raw = parseStrictJson(text, MAX_LENGTH);
  } catch (error) {
    throw invalid(file, "", (error as Error).message);
  }
  if (!isObject(raw)) throw invalid(file, "", "is not a JSON object");
  if (typeof raw.v === "number" && raw.v > 1) {
    throw invalid(
      file,
      "v",
      `is ${raw.v}; this authsome knows version 1`,
      "Update authsome",
    );
  }
  const result = v.safeParse(policySchema, raw, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    throw invalid(file, pathOf(issue), reasonOf(issue));
  }
  const { $schema: _, ...policy } = result.output;
  await checkRules(policy, file);
  return policy;
}

/** What the shape does not say. */
async function checkRules(policy: PolicyFile, file: string): Promise<void> {
  const ids = new Map<string, string>();
  for (const { at, rules } of sectionsOf(policy)) {
    for (const [index, rule] of rules.entries()) {
      const place = `${at}rules[${index}]`;
      const known = ids.get(rule.id);
      if (known) {
        throw invalid(
          file,
          `${place}.id`,
          `is "${rule.id}", as ${known}.id is`,
        );
      }
      ids.set(rule.id, place);
      await checkRule(rule, place, file);
    }
  }
}

async function checkRule(
  rule: Rule,
  place: string,
  file: string,
): Promise<void> {
  if (RESERVED.includes(rule.id)) {
    throw invalid(
      file,
      `${place}.id`,
      `is "${rule.id}", which authsome calls a rule of its own`,
    );
  }
  if (rule.effect === "limit" && !hasLimit(rule)) {
    throw invalid(
      file,
      `${place}.limit`,
      "is missing: name per_minute, per_run, bytes_up or usd",
    );
  }
  if (rule.effect !== "limit" && rule.limit) {
    throw invalid(
      file,
      `${place}.limit`,
      `belongs to a rule of the effect limit, and this one has ${rule.effect}`,
    );
  }
  const { from, to } = rule.time ?? {};
  if (from !== undefined && from === to) {
    throw invalid(file, `${place}.time.to`, "is the same as from");
  }
  for (const [index, path] of [rule.path ?? []].flat().entries()) {
    if (pathGlob(path)) continue;
    const member = Array.isArray(rule.path) ? `path[${index}]` : "path";
    throw invalid(
      file,
      `${place}.${member}`,
      "has a query, a fragment or dot segments; only whole segments, * and ** are compared",
    );
  }
  if (rule.when === undefined) return;
  const [{ readCondition }, { ConditionError }] = await Promise.all([
    import("../cel/condition.ts"),
    import("../cel/condition_error.ts"),
  ]);
  try {
    readCondition(rule.when);
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    throw invalid(
      file,
      `${place}.when`,
      error.message,
      "See the variables and examples: docs/reference/policy.md",
    );
  }
}

function hasLimit({ limit }: Rule): boolean {
  return limit !== undefined && Object.keys(limit).length > 0;
}

/** The parts of a file that have rules. */
export function sectionsOf(
  policy: PolicyFile,
): { at: string; rules: readonly Rule[] }[] {
  return [
    { at: "", rules: policy.rules },
    ...(["profiles", "folders"] as const).flatMap((part) =>
      Object.entries(policy[part] ?? {}).map(([name, { rules }]) => ({
        at: `${part}${memberOf(name)}.`,
        rules,
      }))
    ),
  ];
}

function memberOf(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

interface Issue {
  kind: string;
  type: string;
  message: string;
  expected: string | null;
  received: string;
  path?: readonly { key: unknown }[];
  issues?: readonly Issue[];
}

/** Of several schemas the one that came furthest says what is wrong. */
function deepest(issue: Issue): Issue {
  const [first] = issue.issues?.filter(({ kind }) => kind === "validation") ??
    [];
  return first
    ? { ...first, path: [...issue.path ?? [], ...first.path ?? []] }
    : issue;
}

function pathOf(given: Issue): string {
  const { path = [] } = deepest(given);
  return path.map(({ key }, at) =>
    typeof key === "number"
      ? `[${key}]`
      : at === 0
      ? String(key)
      : memberOf(String(key))
  ).join("");
}

/** What is wrong, without the value: it could be a key pasted into the wrong place. */
function reasonOf(given: Issue): string {
  const issue = deepest(given);
  if (issue.expected === "never") return "is not known here";
  if (issue.received === "undefined") return "is missing";
  if (issue.kind === "validation") {
    if (issue.type === "regex") return issue.message;
    if (issue.type === "max_length") return `is too long (${issue.expected})`;
    if (issue.type === "min_length") return "is empty";
    return `must be ${issue.expected}`;
  }
  return `must be ${truncate(issue.expected ?? "another value", 200)}`;
}

function invalid(
  file: string,
  field: string,
  reason: string,
  hint = "Mend it with: authsome policy edit",
): AuthsomeError {
  const name = quoted(file, 400);
  return new AuthsomeError(
    "InvalidPolicy",
    field
      ? `Cannot use the rules of ${name}: ${field} ${reason}`
      : `Cannot use the rules of ${name}: the text ${reason}`,
    hint,
    { subject: field ? { file, field } : { file } },
  );
}
