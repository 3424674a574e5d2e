/**
 * What a request asks an API to do.
 *
 * Invariant: an operation is said to read only if no server could take the request for one that does not.
 *
 * @module
 */
import type {
  OperationProtocol,
  OperationsDefinition,
} from "../provider/operations/operations_definition.ts";
import { foldName, foldValue } from "../wire/reading/folded_words.ts";
import { FORM, hasType } from "../wire/reading/body_text.ts";
import {
  asksBody,
  type Entry,
  entryOf,
  isEntry,
  mayBe,
  mayBeBody,
} from "./entries.ts";
import type {
  Operation,
  OperationReading,
  OperationRequest,
} from "./operation.ts";
import { isAt, mayBeAt, type Place, placeOf } from "./places.ts";
import { aws } from "./protocols/aws.ts";
import { git } from "./protocols/git.ts";
import { graphql } from "./protocols/graphql.ts";
import { grpc } from "./protocols/grpc.ts";
import { jsonRpc } from "./protocols/json_rpc.ts";
import type { ProtocolReader } from "./protocols/protocol.ts";
import { bodyOf, MAX_BODY, type RequestBody } from "./request_body.ts";
import { addMethods, type RequestView, viewOf } from "./request_view.ts";

const PROTOCOLS: Record<OperationProtocol, ProtocolReader> = {
  aws,
  git,
  graphql,
  grpc,
  json_rpc: jsonRpc,
};

interface Compiled {
  getReads: boolean;
  list: readonly Entry[];
  protocols: readonly {
    reader: ProtocolReader;
    place: Place;
    isRead: (name: string) => boolean;
  }[];
}

/** Made at the first question about a definition. */
const known = new WeakMap<OperationsDefinition, Compiled>();
const SILENT: OperationsDefinition = {};

/** The operations of `request`, by its head or, if that does not say it, by its body. Never throws. */
export function operationOf(request: OperationRequest): OperationReading {
  const view = viewOf(request);
  const compiled = compiledOf(request.definition ?? SILENT);
  if (view.paths === undefined) {
    return { kind: "known", operations: [{ name: view.method }] };
  }
  const entries = compiled.list.filter((entry) => mayBe(entry, view));
  const places = compiled.protocols.filter(({ place }) => mayBeAt(place, view));
  const judge = (body: RequestBody) =>
    judged(view, compiled, entries, places, body);
  const bodyDecides = view.hasBody && (
    entries.some((entry) =>
      asksBody(entry) ||
      // A form that is posted may name its method (`_method`).
      entry.reads && view.method === "POST" && hasType(view.fields, FORM)
    ) ||
    places.some(({ reader }) => reader.asksBody(view))
  );
  if (!bodyDecides) {
    const body = view.hasBody ? undefined : new Uint8Array();
    return { kind: "known", operations: judge(bodyOf(body, view)) };
  }
  return {
    kind: "body",
    limit: MAX_BODY,
    settle: (body) => judge(bodyOf(body, view)),
  };
}

function judged(
  view: RequestView,
  { getReads }: Compiled,
  entries: readonly Entry[],
  places: Compiled["protocols"],
  body: RequestBody,
): readonly Operation[] {
  const methods = new Set(view.methods);
  if (view.method === "POST") addMethods(methods, body.form() ?? []);
  let doubt = false;
  for (const entry of entries) {
    if (entry.reads) continue;
    const found = mayBeBody(entry, view, body);
    if (found) return [{ name: entry.name, reads: false }];
    doubt ||= found === undefined;
  }
  if (doubt) return [{ name: view.method }];
  const said: Operation[] = [];
  for (const { reader, place, isRead } of places) {
    const operations = reader.read({ ...view, methods }, body, isRead) ?? [];
    const exact = isAt(place, view);
    said.push(
      ...operations.map(({ name, reads }) =>
        reads === undefined || reads && !exact ? { name } : { name, reads }
      ),
    );
  }
  const [first] = said;
  if (first && (said.length > 1 || first.reads !== undefined)) return said;
  const entry = entries.find((each) =>
    each.reads && isEntry(each, view, methods, body)
  );
  if (entry) return [{ name: entry.name, reads: true }];
  return first ? [first] : [byMethod(view, methods, getReads)];
}

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);
const WRITING = new Set(["PUT", "PATCH", "DELETE"]);

function byMethod(
  { method, fields }: RequestView,
  methods: ReadonlySet<string>,
  getReads: boolean,
): Operation {
  const writing = [...methods].find((each) => WRITING.has(each));
  if (writing) return { name: writing, reads: false };
  const upgrade = fields.some(({ name, value }) =>
    foldName(name) === "upgrade" && foldValue(value).includes("websocket")
  );
  // What is said over a WebSocket is not read.
  if (upgrade) return { name: "websocket" };
  const safe = [...methods].every((each) => SAFE.has(each)) &&
    (getReads || method === "OPTIONS" && methods.size === 1);
  return safe ? { name: method, reads: true } : { name: method };
}

function compiledOf(definition: OperationsDefinition): Compiled {
  let compiled = known.get(definition);
  if (!compiled) {
    const { get_reads = true, list = [], protocols = [] } = definition;
    compiled = {
      getReads: get_reads,
      list: list.map(entryOf),
      protocols: protocols.map(({ protocol, reads = [], ...place }) => ({
        reader: PROTOCOLS[protocol],
        place: placeOf(place),
        isRead: nameTest(reads),
      })),
    };
    known.set(definition, compiled);
  }
  return compiled;
}

/** Whether a name is one of `names`, of which a last `*` stands for any end. */
function nameTest(names: readonly string[]): (name: string) => boolean {
  const whole = new Set(names.filter((name) => !name.endsWith("*")));
  const starts = names.filter((name) => name.endsWith("*"))
    .map((name) => name.slice(0, -1));
  return (name) =>
    whole.has(name) || starts.some((start) => name.startsWith(start));
}
