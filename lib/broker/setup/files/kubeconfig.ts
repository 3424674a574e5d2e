/**
 * The users in a kubeconfig whose tokens authsome gives. The text is changed line by line, so that comments and the rest
 * stay as they are. Pure.
 *
 * @see https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 * @module
 */
import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
} from "yaml";
import { AuthsomeError } from "../../../errors.ts";
import { isObject } from "../../../object.ts";
import {
  bare,
  linesOf,
  type Marked,
  withMarked,
  withoutMarked,
} from "./marked_lines.ts";

/** A context, and the address of its cluster. */
export interface KubeContext {
  name: string;
  cluster: string;
}

/** A context whose user authsome is from now on. */
export interface KubeUser {
  context: string;
  name: string;
  command: readonly string[];
}

/** What a kubeconfig says, as far as it is of interest. */
export interface KubeConfig {
  contexts: KubeContext[];
  /** Address by the name of the cluster. */
  servers: Map<string, string>;
  current?: string;
}

/** Reads a kubeconfig. Throws `OperationNotAllowed` if it is not one. */
export function readKubeconfig(text: string, path: string): KubeConfig {
  const root = parsed(text, path).doc.toJS() ?? {};
  const named = (key: string, member: string) =>
    (isObject(root) && Array.isArray(root[key]) ? root[key] : []).flatMap(
      (each) =>
        isObject(each) && typeof each.name === "string" &&
          isObject(each[member])
          ? [{ name: each.name, value: each[member] }]
          : [],
    );
  const current = isObject(root) ? root["current-context"] : undefined;
  return {
    contexts: named("contexts", "context").flatMap(({ name, value }) =>
      typeof value.cluster === "string"
        ? [{ name, cluster: value.cluster }]
        : []
    ),
    servers: new Map(
      named("clusters", "cluster").flatMap(({ name, value }) =>
        typeof value.server === "string" ? [[name, value.server] as const] : []
      ),
    ),
    ...typeof current === "string" && current !== "" ? { current } : {},
  };
}

/**
 * The text with these users in their contexts.
 *
 * @throws {AuthsomeError} `OperationNotAllowed` if it is not a kubeconfig, or one without lines of its own (JSON).
 */
export function withKubeUsers(
  text: string,
  users: readonly KubeUser[],
  path: string,
): string {
  const plain = withoutMarked(text, "kubectl", path);
  const { doc, lineOf } = parsed(plain, path);
  const lines = linesOf(plain);
  const expected = doc.toJS();
  const marked: Marked[] = [];
  for (const { context, name } of users) {
    const item = itemsOf(doc, "contexts").find((each) =>
      isMap(each) && each.get("name") === context
    );
    const map = isMap(item) ? item.get("context", true) : undefined;
    const user = isMap(map) ? map.get("user", true) : undefined;
    if (!isMap(map) || map.flow || !isScalar(user)) throw notLines(path);
    const [start, end] = user.range!;
    const { line, col } = lineOf(start);
    if (lineOf(end).line !== line) throw notLines(path);
    const before = bare(lines[line - 1]!);
    marked.push({
      at: line - 1,
      instead: 1,
      lines: [before.slice(0, col - 1) + JSON.stringify(name)],
    });
    expected.contexts.find((each: { name?: unknown }) => each.name === context)
      .context.user = name;
  }
  const entries = users.map(({ name, command: [command, ...args] }) => ({
    name,
    user: {
      exec: {
        apiVersion: "client.authentication.k8s.io/v1",
        command,
        args,
        // A locked vault asks at the terminal.
        interactiveMode: "IfAvailable",
        // The helper answers for its own cluster only.
        provideClusterInfo: true,
      },
    },
  }));
  marked.push(usersOf(doc, lines, lineOf, entries, path));
  const after = withMarked(plain, "kubectl", marked);
  expected.users = [...entries, ...expected.users ?? []];
  // What is read back is what was meant, however the file is written.
  if (
    JSON.stringify(sorted(parsed(after, path).doc.toJS())) !==
      JSON.stringify(sorted(expected))
  ) throw notLines(path);
  return after;
}

/** The new entries of the list of users, before those that are there. */
function usersOf(
  doc: Document,
  lines: readonly string[],
  lineOf: LineOf,
  entries: readonly object[],
  path: string,
): Marked {
  const list = doc.get("users", true) as Node | null | undefined;
  const textOf = (indent: string) =>
    entries.flatMap((entry) => entryLines(entry, indent));
  if (list === undefined) {
    return { at: lines.length, lines: ["users:", ...textOf("")] };
  }
  if (isSeq(list) && !list.flow && list.items.length > 0) {
    const { line } = lineOf((list.items[0] as Node).range![0]);
    const [indent] = /^ *(?=- )/.exec(lines[line - 1]!) ?? [];
    if (indent === undefined) throw notLines(path);
    return { at: line - 1, lines: textOf(indent) };
  }
  const at = lines.findIndex((line) =>
    /^users:\s*(?:\[\s*\]|null|~)?\s*(?:#.*)?$/.test(bare(line))
  );
  if (at < 0) throw notLines(path);
  return { at, instead: 1, lines: ["users:", ...textOf("")] };
}

function entryLines(entry: object, indent: string): string[] {
  const { name, user: { exec } } = entry as {
    name: string;
    user: { exec: Record<string, unknown> };
  };
  // JSON is YAML, and quoted whatever it holds.
  return [
    `- name: ${JSON.stringify(name)}`,
    "  user:",
    "    exec:",
    ...Object.entries(exec).map(([key, value]) =>
      `      ${key}: ${JSON.stringify(value)}`
    ),
  ].map((line) => indent + line);
}

type LineOf = (offset: number) => { line: number; col: number };

function parsed(
  text: string,
  path: string,
): { doc: Document; lineOf: LineOf } {
  const lineCounter = new LineCounter();
  const doc = parseDocument(text, { lineCounter });
  if (doc.errors.length > 0 || !isMap(doc.contents ?? undefined)) {
    if (text.trim() !== "") {
      throw new AuthsomeError(
        "OperationNotAllowed",
        `Cannot change "${path}": it is not a kubeconfig`,
        "See what kubectl says of it: kubectl config view",
        { subject: { file: path } },
      );
    }
  }
  return {
    doc: doc as unknown as Document,
    lineOf: (offset) => lineCounter.linePos(offset),
  };
}

function itemsOf(doc: Document, key: string): readonly unknown[] {
  const list = doc.get(key, true);
  return isSeq(list) ? list.items : [];
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1)
      .map(([key, each]) => [key, sorted(each)]),
  );
}

function notLines(path: string): AuthsomeError {
  return new AuthsomeError(
    "OperationNotAllowed",
    `Cannot change "${path}": it is written in a form that has no line for each value`,
    "Have kubectl write it: kubectl config view --raw --flatten",
    { subject: { file: path } },
  );
}
