/**
 * Conditions of rules, in CEL (https://github.com/google/cel-spec). Loaded for rules that have one.
 *
 * Invariant: a condition takes no longer than a short multiple of what it reads, whatever an agent sends: regular
 * expressions are RE2's, loops are in each other once at most, and then over few values.
 *
 * @module
 */
import { type ASTNode, Environment } from "@marcbachmann/cel-js";
import type { Condition } from "../match/match.ts";
import { ConditionError } from "./condition_error.ts";
import { linearMatches } from "./linear_matches.ts";
import { MEMBERS, variablesOf, type Wanted } from "./variables.ts";

/** Longest condition, in characters. */
const MAX_LENGTH = 4_000;
const ROOTS = ["request", "operation"];
const PLAIN = ["provider", "connection", "profile", "program", "folder"];
const LOOPS = new Set(["all", "exists", "exists_one", "map", "filter"]);
const LINEAR = "matchesLinear";

let environment: Environment | undefined;

function makeEnvironment(): Environment {
  const made = new Environment({
    unlistedVariablesAreDyn: false,
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 1_000, maxDepth: 50 },
  });
  for (const name of [...ROOTS, "body"]) made.registerVariable(name, "dyn");
  for (const name of PLAIN) made.registerVariable(name, "string");
  made.registerVariable("now", "google.protobuf.Timestamp");
  made.registerFunction(`string.${LINEAR}(string): bool`, linearMatches);
  return made;
}

/**
 * Reads a condition.
 *
 * @throws {ConditionError} if it is none, or could take long.
 */
export function readCondition(text: string): Condition {
  if (text.length > MAX_LENGTH) {
    throw new ConditionError(`is longer than ${MAX_LENGTH} characters`);
  }
  environment ??= makeEnvironment();
  const { wanted, source } = inspect(parse(text).ast, text);
  const program = parse(source);
  const checked = program.check();
  if (!checked.valid) {
    throw new ConditionError(
      `is not valid CEL: ${summaryOf(checked.error)}`,
    );
  }
  if (checked.type !== "bool" && checked.type !== "dyn") {
    throw new ConditionError(
      `gives ${checked.type}, where true or false is wanted`,
    );
  }
  return {
    tunnels: !wanted.body && wanted.operation.size === 0 &&
      [...wanted.request].every((member) => ["host", "port"].includes(member)),
    matches(facts, surely) {
      const failed = surely ? "no" : "yes";
      try {
        const all = variablesOf(facts, wanted);
        if (all === "body") return "body";
        if (!all || all.length === 0) return failed;
        const is = (variables: Record<string, unknown>) => {
          try {
            return program(variables) as unknown;
          } catch {
            return undefined;
          }
        };
        const holds = surely
          ? all.every((variables) => is(variables) === true)
          : all.some((variables) => is(variables) !== false);
        return holds ? "yes" : "no";
      } catch {
        return failed;
      }
    },
  };
}

function parse(text: string) {
  try {
    return environment!.parse(text);
  } catch (error) {
    throw new ConditionError(`is not valid CEL: ${summaryOf(error)}`);
  }
}

/** In one line, without the drawing of the place. */
function summaryOf(error: unknown): string {
  const { summary, message, range } = (error ?? {}) as {
    summary?: string;
    message?: string;
    range?: { start: number };
  };
  const text = (summary ?? message ?? "it cannot be read").split("\n")[0]!;
  return range ? `${text} (at character ${range.start + 1})` : text;
}

/** What a condition asks for, and its text with the regular expressions of RE2. */
function inspect(
  ast: ASTNode,
  text: string,
): { wanted: Wanted; source: string } {
  const wanted: Wanted = {
    request: new Set(),
    operation: new Set(),
    body: false,
    loops: 0,
  };
  /** Where `matches` stands, and what its receiver ends with. */
  const expressions: number[] = [];

  function visit(value: unknown, loops: number): void {
    if (Array.isArray(value)) {
      for (const each of value) visit(each, loops);
      return;
    }
    if (!isNode(value)) return;
    const { op, args } = value as { op: string; args: unknown };
    if (op === "id") return named(args as string);
    if (op === "." || op === ".?") {
      const [of, member] = args as [ASTNode, string];
      if (of.op === "id" && ROOTS.includes(of.args as string)) {
        return asked(of.args as "request" | "operation", member);
      }
    }
    if (op === "rcall") {
      const [name, of, given] = args as [string, ASTNode, ASTNode[]];
      if (name === LINEAR) throw new ConditionError(`has no ${LINEAR}`);
      if (name === "bind") throw new ConditionError("cannot bind names");
      if (name === "matches") expressions.push(expression(of, given));
      visit(of, loops);
      if (LOOPS.has(name)) {
        const [variable] = given;
        if (
          variable?.op === "id" &&
          [...ROOTS, ...PLAIN, "body", "now"].includes(variable.args as string)
        ) {
          throw new ConditionError(
            `uses the name ${variable.args as string} for something else`,
          );
        }
        if (loops === 2) {
          throw new ConditionError("has loops in loops in loops");
        }
        wanted.loops = Math.max(wanted.loops, loops + 1);
        return visit(given.slice(1), loops + 1);
      }
      return visit(given, loops);
    }
    visit(args, loops);
  }

  function named(name: string): void {
    if (ROOTS.includes(name)) {
      throw new ConditionError(
        `uses ${name} as a whole; name what is meant, such as ${name}.${
          MEMBERS[name as "request" | "operation"][0]
        }`,
      );
    }
    if (name === "body") wanted.body = true;
  }

  function asked(root: "request" | "operation", member: string): void {
    if (!MEMBERS[root].includes(member)) {
      throw new ConditionError(
        `uses ${root}.${member}, and ${root} has only: ${
          MEMBERS[root].join(", ")
        }`,
      );
    }
    wanted[root].add(member);
  }

  function expression(of: ASTNode, [pattern]: ASTNode[]): number {
    if (pattern?.op !== "value" || typeof pattern.args !== "string") {
      throw new ConditionError(
        "has a regular expression that is not written out",
      );
    }
    try {
      linearMatches("", pattern.args);
    } catch {
      throw new ConditionError(
        `has a regular expression that RE2 does not take: ${pattern.args}`,
      );
    }
    const end = of.range.end;
    const found = /^[\s)]*\.\s*matches\b/.exec(text.slice(end));
    if (!found) throw new ConditionError("has a comment before .matches");
    return end + found[0].length;
  }

  visit(ast, 0);
  // From the end, so that the places before it stay.
  const source = expressions.sort((a, b) => b - a).reduce(
    (all, end) =>
      `${all.slice(0, end - "matches".length)}${LINEAR}${all.slice(end)}`,
    text,
  );
  return { wanted, source };
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === "object" && value !== null && "op" in value &&
    "args" in value;
}
