/** Git's smart HTTP protocol (`gitprotocol-http`) and the API of LFS. @module */
import type { Operation } from "../operation.ts";
import type { RequestBody } from "../request_body.ts";
import { type RequestView, valuesOf } from "../request_view.ts";
import { memberAt } from "../json_body.ts";
import { hasOnly, type ProtocolReader } from "./protocol.ts";

const RECEIVE: Operation = { name: "git-receive-pack", reads: false };
const UPLOAD: Operation = { name: "git-upload-pack", reads: true };

export const git: ProtocolReader = {
  asksBody: (view) =>
    view.paths?.some(({ segments }) => isBatch(segments.join("/"))) === true,
  read(view, body) {
    const found =
      view.paths?.map(({ segments }) =>
        operationAt(segments.join("/"), view, body)
      ) ?? [];
    const [first] = found;
    const worst = found.find((each) => each?.reads === false) ??
      found.find((each) => each?.name !== first?.name) ?? first;
    if (found.every((each) => each?.name === first?.name)) {
      return first && [first];
    }
    return [
      worst?.reads === false ? worst : { name: worst?.name ?? view.method },
    ];
  },
};

function isBatch(path: string): boolean {
  return /(?:^|\/)info\/lfs\/objects\/batch$/i.test(path);
}

function operationAt(
  path: string,
  view: RequestView,
  body: RequestBody,
): Operation | undefined {
  if (/(?:^|\/)git-receive-pack$/i.test(path)) return RECEIVE;
  if (/(?:^|\/)git-upload-pack$/.test(path)) {
    return hasOnly(view, "POST") ? UPLOAD : { name: UPLOAD.name };
  }
  if (/(?:^|\/)info\/refs$/i.test(path)) return refs(view);
  if (isBatch(path)) return batch(view, body);
  const lfs = /(?:^|\/)info\/lfs\/(.+)$/i.exec(path)?.[1];
  if (lfs === undefined) return undefined;
  if (hasOnly(view, "GET", "HEAD")) return { name: "lfs", reads: true };
  // Lists the locks, so that a push can be refused early.
  return lfs === "locks/verify" && hasOnly(view, "POST")
    ? { name: "lfs locks/verify", reads: true }
    : { name: "lfs", reads: false };
}

/** The refs of a repository; asked for before a fetch or a push, which is refused here already. */
function refs(view: RequestView): Operation {
  const named = view.query.filter(({ folded }) => folded === "service");
  if (named.some(({ foldedValue }) => /receive/.test(foldedValue))) {
    return RECEIVE;
  }
  const services = valuesOf(view.query, "service");
  return hasOnly(view, "GET", "HEAD") &&
      services?.every((each) => each === UPLOAD.name)
    ? UPLOAD
    : { name: "info/refs" };
}

function batch(view: RequestView, body: RequestBody): Operation {
  const read = body.json();
  const operation = read && !read.isDoubtful([])
    ? memberAt(read.value, ["operation"])
    : undefined;
  if (operation === "download" && hasOnly(view, "POST")) {
    return { name: "lfs download", reads: true };
  }
  return operation === "upload"
    ? { name: "lfs upload", reads: false }
    : { name: "lfs batch" };
}
