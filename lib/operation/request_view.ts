/** A request as servers may understand it: its methods, paths and parameters. @module */
import type { Field } from "../wire/http1.ts";
import { METHOD_NAME } from "../wire/reading/body_text.ts";
import { foldName, foldValue, queryOf } from "../wire/reading/folded_words.ts";
import {
  lenient,
  pathReadings,
  type Segments,
} from "../wire/reading/path_readings.ts";
import type { OperationRequest } from "./operation.ts";

/** One way to read a path. */
export interface PathReading {
  segments: Segments;
  /** What each segment is for lenient servers. */
  loose: readonly (readonly string[])[];
}

/** A parameter of a query or a form. */
export interface Parameter {
  name: string;
  value: string;
  folded: string;
  foldedValue: string;
}

/** What the head says. */
export interface RequestView {
  /** Lower case, without a dot at its end. */
  host: string;
  /** As it was sent. */
  method: string;
  /** Every method that a server may take it for; {@linkcode SOME_METHOD} stands for any. */
  methods: ReadonlySet<string>;
  /** Absent: servers could take the path for another one. */
  paths?: readonly PathReading[];
  query: readonly Parameter[];
  fields: readonly Field[];
  /** Whether there is a body. */
  hasBody: boolean;
}

/** A method that cannot be told. */
export const SOME_METHOD = "?";
const METHODS = new Set(
  "GET HEAD OPTIONS POST PUT PATCH DELETE MERGE QUERY TRACE CONNECT PROPFIND PROPPATCH REPORT SEARCH MKCOL COPY MOVE LOCK UNLOCK LINK UNLINK PURGE VIEW"
    .split(" "),
);

/** What the head of `request` says. */
export function viewOf({ host, head }: OperationRequest): RequestView {
  const { method, target, fields, framing } = head;
  const readings = pathReadings(target);
  const query = readParameters(queryOf(target));
  return {
    host: host.toLowerCase().replace(/\.$/, ""),
    method,
    methods: methodsOf(method, fields, query),
    ...readings && {
      paths: readings.map((segments) => ({
        segments,
        loose: segments.map((each, at) =>
          lenient(each, at === segments.length - 1)
        ),
      })),
    },
    query,
    fields,
    hasBody: framing.kind !== "none" &&
      !(framing.kind === "length" && framing.length === 0),
  };
}

function methodsOf(
  method: string,
  fields: readonly Field[],
  query: readonly Parameter[],
): Set<string> {
  const methods = new Set([method]);
  for (const { name, value } of fields) {
    const folded = foldName(name);
    if (!METHOD_NAME.test(folded)) continue;
    const other = foldValue(value).toUpperCase();
    if (METHODS.has(other)) methods.add(other);
    // A header called "Method" may mean anything else.
    else if (folded !== "method") methods.add(SOME_METHOD);
  }
  addMethods(methods, query);
  // Google takes headers from a parameter.
  if (
    query.some(({ folded, foldedValue }) =>
      folded === "httpheaders" && foldedValue.includes("method")
    )
  ) methods.add(SOME_METHOD);
  return methods;
}

/** Adds the methods that parameters (`_method`) name. */
export function addMethods(
  methods: Set<string>,
  parameters: readonly Parameter[],
): void {
  for (const { folded, foldedValue } of parameters) {
    const other = foldedValue.toUpperCase();
    if (METHOD_NAME.test(folded) && METHODS.has(other)) methods.add(other);
  }
}

/** The parameters of a query or a form, in every way that it may be split: a part that two ways have comes once. */
export function readParameters(text: string): Parameter[] {
  if (text === "") return [];
  const parts = new Set(text.split("&"));
  if (text.includes(";")) text.split(/[&;]/).forEach((part) => parts.add(part));
  return [...parts].filter(Boolean).map((part) => {
    const at = part.indexOf("=");
    const name = decoded(at < 0 ? part : part.slice(0, at));
    const value = decoded(at < 0 ? "" : part.slice(at + 1));
    return {
      name,
      value,
      folded: foldName(deep(name)),
      foldedValue: foldValue(deep(value)),
    };
  });
}

/** The values of the parameters that servers may take for `name`; `undefined` if one of them is spelled otherwise. */
export function valuesOf(
  parameters: readonly Parameter[],
  name: string,
): string[] | undefined {
  const folded = foldName(name);
  const found = parameters.filter((each) => each.folded === folded);
  return found.every((each) => each.name === name)
    ? found.map(({ value }) => value)
    : undefined;
}

function decoded(text: string): string {
  const plain = text.replaceAll("+", " ");
  if (!plain.includes("%")) return plain;
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}

/** Without the escapes of escapes. */
function deep(text: string): string {
  for (let times = 0; times < 8 && text.includes("%"); times++) {
    const next = decoded(text);
    if (next === text) break;
    text = next;
  }
  return text;
}
