/**
 * What a service of AWS does with a signed request, after the documentation of Signature Version 4: makes the canonical
 * request from the bytes that arrived and compares signatures. Independent of the code that signs.
 *
 * @module
 */
import { createHash, createHmac } from "node:crypto";

/** The request as it arrived. */
export interface Arrived {
  method: string;
  /** Path and query, unchanged. */
  target: string;
  /** Names in lower case. */
  headers: ReadonlyMap<string, string>;
  body: string;
}

/** The scope that the signature names if it is right; throws saying what is wrong. */
export function verifySignature(
  { method, target, headers, body }: Arrived,
  keys: Readonly<Record<string, string>>,
): { accessKeyId: string; region: string; service: string } {
  const authorization = headers.get("authorization") ?? "";
  const match =
    /^AWS4-HMAC-SHA256 Credential=([A-Z0-9]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/
      .exec(authorization);
  if (!match) throw new Error(`no signature: ${authorization}`);
  const [, accessKeyId, day, region, service, names, signature] =
    match as unknown as string[];
  const date = headers.get("x-amz-date") ?? "";
  if (!date.startsWith(day!)) throw new Error("the dates differ");
  const signed = names!.split(";");
  for (const name of ["host", ...headers.keys()]) {
    if (/^(?:host$|x-amz-)/.test(name) && !signed.includes(name)) {
      throw new Error(`${name} is not signed`);
    }
  }
  const hash = sha256(body);
  const said = headers.get("x-amz-content-sha256");
  if (said && /^[0-9a-f]{64}$/.test(said) && said !== hash) {
    throw new Error("the body is another one");
  }
  if (said === "UNSIGNED-PAYLOAD" && service !== "s3") {
    throw new Error("only S3 takes a body that is not signed");
  }
  const [path = "", query = ""] = target.split("?");
  const canonical = [
    method,
    // S3 encodes a path once, the others what is encoded already.
    path.split("/").map((segment) =>
      encode(service === "s3" ? decodeURIComponent(segment) : segment)
    ).join("/"),
    query.split("&").filter(Boolean).map((part) => {
      const [key = "", value = ""] = part.split("=").map(decodeURIComponent);
      return `${encode(key)}=${encode(value)}`;
    }).sort().join("&"),
    ...signed.map((name) => `${name}:${headers.get(name)!.trim()}`),
    "",
    names,
    said ?? hash,
  ].join("\n");
  const secret = keys[accessKeyId!];
  if (secret === undefined) throw new Error(`unknown key ${accessKeyId}`);
  const key = [day!, region!, service!, "aws4_request"].reduce(
    (key, part) => hmac(key, part),
    new TextEncoder().encode(`AWS4${secret}`) as Uint8Array,
  );
  const wanted = toHex(hmac(
    key,
    [
      "AWS4-HMAC-SHA256",
      date,
      `${day}/${region}/${service}/aws4_request`,
      sha256(canonical),
    ].join("\n"),
  ));
  if (wanted !== signature) {
    throw new Error(`the signature is wrong for\n${canonical}`);
  }
  return { accessKeyId: accessKeyId!, region: region!, service: service! };
}

function encode(segment: string): string {
  return encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function hmac(key: Uint8Array, text: string): Uint8Array {
  return new Uint8Array(createHmac("sha256", key).update(text).digest());
}

function sha256(text: string): string {
  return createHash("sha256").update(text, "latin1").digest("hex");
}

function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Reads one request from the bytes of a connection. */
export function readArrived(received: string): Arrived {
  const end = received.indexOf("\r\n\r\n");
  const [first = "", ...lines] = received.slice(0, end).split("\r\n");
  const [method = "", target = ""] = first.split(" ");
  return {
    method,
    target,
    headers: new Map(lines.map((line) => {
      const at = line.indexOf(":");
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
    })),
    body: received.slice(end + 4),
  };
}
