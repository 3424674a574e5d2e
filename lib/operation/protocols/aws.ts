/**
 * The protocols of AWS: the action stands in `X-Amz-Target`, in a parameter `Action`, in the path of Smithy's RPC, or in
 * method, path and subresource.
 *
 * @module
 */
import { foldName } from "../../wire/reading/folded_words.ts";
import type { Operation } from "../operation.ts";
import type { RequestBody } from "../request_body.ts";
import {
  type Parameter,
  readParameters,
  type RequestView,
  valuesOf,
} from "../request_view.ts";
import { actionReads, serviceOf } from "./aws_actions.ts";
import { s3 } from "./aws_s3.ts";
import { hasOnly, type ProtocolReader } from "./protocol.ts";

/** Services of other people's programs, and those whose root is a place like others: no action counts there. */
const NO_ACTIONS = new Set(["execute-api", "lambda-url", "appsync-api"]);
/** The path of Smithy's RPC protocol. */
const RPC = /^service\/([^/]+)\/operation\/([^/]+)$/;
/** Paths that are read though they give what can be used as a credential. */
const SECRET = /^federation\/credentials$|^clusters\/[^/]+\/assume-role/i;

export const aws: ProtocolReader = {
  asksBody: (view) =>
    serviceOf(view.host) !== "s3" && isRoot(view) &&
    !hasOnly(view, "GET", "HEAD", "OPTIONS"),
  read(view, body, isRead) {
    const service = serviceOf(view.host);
    if (service === "s3") return s3(view);
    if (NO_ACTIONS.has(service)) return undefined;
    const actions = actionsOf(view, body);
    if (actions === undefined) return [{ name: view.method }];
    if (actions.length === 0) return byPath(service, view, isRead);
    return actions.map((action) => {
      const name = `${service}:${shown(action)}`;
      const known = isRead(name) || isRead(action);
      const reads = known || actionReads(service, action);
      return reads === undefined ? { name } : { name, reads };
    });
  },
};

/** Where actions are posted to. */
function isRoot({ paths = [] }: RequestView): boolean {
  return paths.some(({ segments }) => segments.length === 0);
}

/** Every action that `view` names; `undefined` if they cannot be told. */
function actionsOf(view: RequestView, body: RequestBody): string[] | undefined {
  const { paths = [], fields } = view;
  const rpc = paths.map(({ segments }) => RPC.exec(segments.join("/"))?.[2]);
  if (rpc.some((each) => each !== undefined)) {
    const [action] = rpc;
    const one = rpc.every((each) => each === action) && hasOnly(view, "POST");
    return one ? [action!] : undefined;
  }
  if (!paths.every(({ segments }) => segments.length === 0)) {
    return isRoot(view) ? undefined : [];
  }
  if (!hasOnly(view, "GET", "HEAD", "POST")) return [];
  const targets = fields.filter(({ name }) => foldName(name) === "xamztarget")
    .map(({ value }) => value);
  const posted = view.methods.has("POST");
  const text = posted ? body.text() : "";
  if (text === undefined) return undefined;
  const parameters = [...view.query, ...formOf(text)];
  const actions = valuesOf(parameters, "Action");
  // In another spelling, or with an operation of another protocol.
  if (!actions) return undefined;
  // An action of JSON is obeyed for a body of JSON only; an empty one could be anything.
  const isJson = /^application\/x-amz-json-1\.[01]$/.test(body.type ?? "") &&
    (text === "" || text.trimStart().startsWith("{"));
  if (targets.length > 0 && (!posted || !isJson)) return undefined;
  const named = targets.map((target) =>
    /^[A-Za-z0-9_.]+\.([A-Za-z0-9]+)$/.exec(target)?.[1]
  );
  if (named.includes(undefined)) return undefined;
  return [...new Set([...named as string[], ...actions])];
}

function formOf(text: string): Parameter[] {
  // A server that takes any body for a form finds an action in it.
  return /action/i.test(text) || text.includes("%")
    ? readParameters(text.replace(/\r?\n$/, ""))
    : [];
}

function byPath(
  service: string,
  view: RequestView,
  isRead: (name: string) => boolean,
): Operation[] | undefined {
  const [reading] = view.paths ?? [];
  const path = reading?.segments.join("/") ?? "";
  const name = `${service}:${view.method}`;
  if (SECRET.test(path)) return [{ name, reads: false }];
  if (hasOnly(view, "GET", "HEAD", "OPTIONS")) {
    return view.methods.size === 1 ? [{ name, reads: true }] : undefined;
  }
  if (service === "lambda" && /\/(?:invocations|invoke-async)$/i.test(path)) {
    return [{ name: "lambda:Invoke", reads: false }];
  }
  if (hasOnly(view, "POST")) {
    return isRead(name) ? [{ name, reads: true }] : [{ name }];
  }
  return [{ name, reads: false }];
}

function shown(action: string): string {
  return action.replace(/[^!-~]+/g, "?").slice(0, 100);
}
