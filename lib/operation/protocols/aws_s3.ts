/** The operations of Amazon S3, by method, subresource and whether an object is named. @module */
import type { Operation } from "../operation.ts";
import type { RequestView } from "../request_view.ts";
import { hasOnly } from "./protocol.ts";

/** Subresources that are named after the operation's verb. */
const NAMES: Record<string, string> = {
  acl: "Acl",
  tagging: "Tagging",
  policy: "Policy",
  lifecycle: "LifecycleConfiguration",
  versioning: "Versioning",
  cors: "Cors",
  encryption: "Encryption",
  website: "Website",
  notification: "NotificationConfiguration",
  logging: "Logging",
  replication: "Replication",
  location: "Location",
  "object-lock": "ObjectLockConfiguration",
  retention: "Retention",
  "legal-hold": "LegalHold",
  attributes: "Attributes",
};
/** What a POST may do besides selecting. */
const POSTS = /^(?:delete|uploads|uploadid|restore|session)$/;

/** What `view`, a request to S3, does. */
export function s3(view: RequestView): readonly Operation[] | undefined {
  const names = new Set(view.query.map(({ folded }) => folded));
  const name = `s3:${nameOf(view, names)}`;
  if (hasOnly(view, "GET", "HEAD", "OPTIONS")) {
    // The keys of a session of S3 Express.
    return [{ name, reads: !names.has("session") }];
  }
  if (hasOnly(view, "POST")) {
    const selects = view.query.some((each) =>
      each.name === "select" && each.value === ""
    ) && view.query.some((each) =>
      each.name === "select-type" && each.value === "2"
    );
    return selects && ![...names].some((each) => POSTS.test(each))
      ? [{ name: "s3:SelectObjectContent", reads: true }]
      : [{ name, reads: false }];
  }
  return [{ name, reads: false }];
}

function nameOf(view: RequestView, names: ReadonlySet<string>): string {
  const { method, host, fields } = view;
  const depth = (view.paths?.[0]?.segments.length ?? 0) +
    (/^s3[.-]/.test(host) ? 0 : 1);
  const what = depth === 0 ? "" : depth === 1 ? "Bucket" : "Object";
  const sub =
    Object.entries(NAMES).find(([name]) =>
      view.query.some((each) => each.name === name)
    )?.[1] ?? "";
  switch (method) {
    case "GET":
      if (depth === 0) return "ListBuckets";
      if (sub) return `Get${what}${sub}`;
      if (names.has("uploads")) return "ListMultipartUploads";
      if (names.has("uploadid")) return "ListParts";
      if (names.has("versions")) return "ListObjectVersions";
      if (names.has("session")) return "CreateSession";
      return depth > 1
        ? "GetObject"
        : names.has("listtype")
        ? "ListObjectsV2"
        : "ListObjects";
    case "HEAD":
      return `Head${what || "Bucket"}`;
    case "PUT":
      if (sub) return `Put${what}${sub}`;
      if (names.has("uploadid")) return "UploadPart";
      if (depth < 2) return "CreateBucket";
      return fields.some(({ name }) => /^x-amz-copy-source$/i.test(name))
        ? "CopyObject"
        : "PutObject";
    case "DELETE":
      if (sub) return `Delete${what}${sub}`;
      return names.has("uploadid")
        ? "AbortMultipartUpload"
        : `Delete${what || "Bucket"}`;
    case "POST":
      if (names.has("delete")) return "DeleteObjects";
      if (names.has("uploads")) return "CreateMultipartUpload";
      if (names.has("uploadid")) return "CompleteMultipartUpload";
      return names.has("restore") ? "RestoreObject" : "PostObject";
    default:
      return method;
  }
}
