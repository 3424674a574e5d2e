/**
 * Whether a rule matches a request.
 *
 * Invariant: a rule that restricts matches what a server may take for what it is about, one that allows only what every
 * server takes for it. What cannot be known (an operation, a condition that fails) restricts, and never allows.
 *
 * @module
 */
import type { Operation } from "../../operation/operation.ts";
import type { Rule } from "../rule.ts";
import type { Facts } from "./facts.ts";
import { matchesGlob } from "./glob.ts";
import { isSurelyAt, mayBeAt, type PathGlob, pathGlob } from "./path_glob.ts";
import type { Condition, Match } from "./match.ts";
import { isWithin } from "./time_window.ts";

/** Of a tunnel or a request: to whom it goes and whose credential it gets. */
export interface Destination {
  /** Lower case, without a dot at its end. */
  host: string;
  provider?: string;
  connection?: string;
}

/** A rule, ready to be asked. */
export interface CompiledRule {
  /** Of its counters: differs from that of every other rule. */
  key: string;
  rule: Rule;
  /** Set if it is about requests that get a credential alone. */
  credentialed: boolean;
  condition?: Condition;
  /** Whether it is judged for tunnels that are not read. */
  isForTunnels: boolean;
  /** Whether it is about the requests to a destination at all. */
  concerns(destination: Destination): boolean;
  matches(facts: Facts): Match;
  /** Whether it matches a tunnel to a host that it concerns; `undefined`: it cannot be known without the request. */
  matchesTunnel(facts: Facts): boolean | undefined;
}

/** Prepares `rule`, which was checked. */
export function compileRule(
  rule: Rule,
  { key, condition }: { key: string; condition?: Condition },
): CompiledRule {
  const allows = rule.effect === "allow";
  const hosts = listOf(rule.host)?.map((host) =>
    host.toLowerCase().replace(/\.$/, "")
  );
  const providers = setOf(rule.provider);
  const connections = setOf(rule.connection);
  const methods = setOf(rule.method, (method) => method.toUpperCase());
  // HEAD is GET without the body of the answer.
  if (methods?.has("GET")) methods.add("HEAD");
  const paths = listOf(rule.path)?.map((path) => pathGlob(path))
    .filter((glob): glob is PathGlob => glob !== undefined);
  const names = listOf(rule.operation);
  const asksOperation = names !== undefined || rule.reads !== undefined;
  const credentialed = asksOperation || providers !== undefined ||
    connections !== undefined;

  function methodMatches(facts: Facts): Match {
    if (!methods) return "yes";
    const all = facts.methods;
    if (allows) {
      if (!all.every((method) => methods.has(method))) return "no";
    } else if (all.some((method) => methods.has(method))) return "yes";
    const other = facts.namesOtherMethod;
    if (other === undefined) return "body";
    return other === allows ? "no" : "yes";
  }

  function operationMatches({ name, reads }: Operation): boolean {
    return (names === undefined ||
      names.some((pattern) => matchesGlob(pattern, name))) &&
      (rule.reads === undefined || rule.reads === (reads === true));
  }

  function operationsMatch(facts: Facts): Match {
    if (!asksOperation) return "yes";
    const operations = facts.operations;
    if (!operations) return "body";
    if (operations.length === 0) return allows ? "no" : "yes";
    if (allows) {
      return !facts.isUnread && operations.every(operationMatches)
        ? "yes"
        : "no";
    }
    if (operations.some(operationMatches)) return "yes";
    // What could not be read may be any operation, though not one that is known to read.
    return facts.isUnread && rule.reads !== true ? "yes" : "no";
  }

  const isForTunnels = !credentialed && !methods && !paths &&
    (condition?.tunnels ?? true);

  return {
    key,
    rule,
    credentialed,
    isForTunnels,
    ...condition && { condition },
    concerns({ host, provider, connection }) {
      if (credentialed && provider === undefined) return false;
      return (!providers || providers.has(provider!)) &&
        (!connections || connections.has(connection ?? "")) &&
        (!hosts || hosts.some((pattern) => isHost(pattern, host)));
    },
    matches(facts) {
      if (rule.time && !isWithin(rule.time, facts.now)) return "no";
      if (paths) {
        const at = allows
          ? paths.some((glob) => isSurelyAt(facts.readings, glob))
          : paths.some((glob) => mayBeAt(facts.readings, glob));
        if (!at) return "no";
      }
      const method = methodMatches(facts);
      if (method === "no") return "no";
      const operations = operationsMatch(facts);
      if (operations === "no") return "no";
      const holds = condition ? condition.matches(facts, allows) : "yes";
      if (holds === "no") return "no";
      return method === "body" || operations === "body" || holds === "body"
        ? "body"
        : "yes";
    },
    matchesTunnel(facts) {
      if (rule.time && !isWithin(rule.time, facts.now)) return false;
      if (!isForTunnels) return undefined;
      return !condition || condition.matches(facts, allows) === "yes";
    },
  };
}

function isHost(pattern: string, host: string): boolean {
  return pattern.startsWith("*.")
    ? host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1
    : pattern === host;
}

function listOf(value: string | string[] | undefined): string[] | undefined {
  return value === undefined ? undefined : [value].flat();
}

function setOf(
  value: string | string[] | undefined,
  as: (text: string) => string = (text) => text,
): Set<string> | undefined {
  const list = listOf(value);
  return list && new Set(list.map(as));
}
