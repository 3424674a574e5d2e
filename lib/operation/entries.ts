/** Operations that a definition lists by method and path. @module */
import type { OperationEntry } from "../provider/operations/operations_definition.ts";
import { foldName, foldValue, holds } from "../wire/reading/folded_words.ts";
import { fits, textPattern } from "../wire/reading/path_readings.ts";
import type { RequestBody } from "./request_body.ts";
import { foldKey, memberAt, membersAt } from "./json_body.ts";
import { exactPattern, isAt, mayBeAt, type Place, placeOf } from "./places.ts";
import type { Parameter, RequestView } from "./request_view.ts";

/** An entry, ready to be compared. */
export interface Entry {
  name: string;
  reads: boolean;
  place: Place;
  methods?: ReadonlySet<string>;
  query: readonly Condition[];
  header: readonly Condition[];
  form: readonly Condition[];
  json: readonly (Condition & { path: readonly string[] })[];
}

interface Condition {
  name: string;
  exact: readonly (string | RegExp)[];
  loose: readonly (string | RegExp)[];
}

/** Reads an entry. */
export function entryOf(given: OperationEntry): Entry {
  const { name, reads, methods, query, header, form, json } = given;
  return {
    name,
    reads,
    place: placeOf(given),
    ...methods && {
      methods: new Set(
        methods.flatMap((each) => each === "GET" ? ["GET", "HEAD"] : [each]),
      ),
    },
    query: conditions(query),
    header: conditions(header),
    form: conditions(form),
    json: conditions(json).map((each) => ({
      ...each,
      path: each.name.split("."),
    })),
  };
}

function conditions(
  words: Record<string, string | string[]> = {},
): Condition[] {
  return Object.entries(words).map(([name, values]) => ({
    name,
    exact: [values].flat().map((value) => exactPattern(value)),
    loose: [values].flat().map((value) => textPattern(foldValue(value))),
  }));
}

/** Whether the body decides about `entry`. */
export function asksBody({ form, json }: Entry): boolean {
  return form.length > 0 || json.length > 0;
}

/** Whether some server may take the head of `view` for `entry`. */
export function mayBe(entry: Entry, view: RequestView): boolean {
  const { methods, query, header } = entry;
  if (
    methods && !view.methods.has("?") &&
    ![...view.methods].some((each) => methods.has(each))
  ) return false;
  return mayBeAt(entry.place, view) &&
    (query.length === 0 || hasLoosely(query, view.query)) &&
    (header.length === 0 || hasLoosely(header, headersOf(view)));
}

/** The same of the body: `undefined` if it cannot be read. */
export function mayBeBody(
  { form, json }: Entry,
  view: RequestView,
  body: RequestBody,
): boolean | undefined {
  if (form.length > 0) {
    const parameters = body.anyForm();
    if (!hasLoosely(form, [...view.query, ...parameters ?? []])) {
      return parameters === undefined ? undefined : false;
    }
  }
  if (json.length > 0) {
    const read = body.json();
    if (read === undefined) return body.isEmpty ? false : undefined;
    for (const { path, loose } of json) {
      const values = membersAt(read.value, path).map((value) =>
        foldValue(textOf(value) ?? "")
      );
      if (!values.some((value) => loose.some((each) => fits(each, value)))) {
        // Of a name that is there twice, one value was not looked at.
        return read.isDoubtful(path.slice(0, -1)) ? undefined : false;
      }
    }
  }
  return true;
}

/** Whether every server takes `view` and its body for `entry`. */
export function isEntry(
  entry: Entry,
  view: RequestView,
  methods: ReadonlySet<string>,
  body: RequestBody,
): boolean {
  const { query, header, form, json } = entry;
  if (
    entry.methods && ![...methods].every((each) => entry.methods!.has(each))
  ) {
    return false;
  }
  if (!isAt(entry.place, view)) return false;
  if (!hasExactly(query, view.query)) return false;
  if (header.length > 0 && !hasExactly(header, headersOf(view), true)) {
    return false;
  }
  if (form.length > 0) {
    const parameters = body.form();
    if (
      !parameters || !hasExactly(form, [...view.query, ...parameters])
    ) return false;
  }
  if (json.length > 0) {
    const read = body.json();
    if (!read) return false;
    for (const { path, exact } of json) {
      if (read.isDoubtful(path.slice(0, -1))) return false;
      const value = textOf(memberAt(read.value, path));
      if (value === undefined || !exact.some((each) => fits(each, value))) {
        return false;
      }
    }
  }
  return true;
}

function textOf(value: unknown): string | undefined {
  return value === null || /^(?:string|number|boolean)$/.test(typeof value)
    ? String(value)
    : undefined;
}

function hasLoosely(
  conditions: readonly Condition[],
  given: readonly Parameter[],
): boolean {
  const words = new Map(
    conditions.map(({ name, loose }) => [foldName(name), loose]),
  );
  return holds(
    words,
    given.map(({ folded, foldedValue }) => [folded, foldedValue]),
  );
}

function hasExactly(
  conditions: readonly Condition[],
  given: readonly Parameter[],
  inAnyCase = false,
): boolean {
  return conditions.every(({ name, exact }) => {
    const folded = foldName(name);
    const found = given.filter((each) => each.folded === folded);
    return found.length > 0 &&
      found.every((each) =>
        (inAnyCase
          ? foldKey(each.name) === foldKey(name)
          : each.name === name) &&
        exact.some((pattern) => fits(pattern, each.value))
      );
  });
}

function headersOf({ fields }: RequestView): Parameter[] {
  return fields.map(({ name, value }) => ({
    name,
    value,
    folded: foldName(name),
    foldedValue: foldValue(value),
  }));
}
