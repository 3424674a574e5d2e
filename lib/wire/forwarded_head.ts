/**
 * A request's head as it goes on: what concerns only the hop to the proxy is taken out (RFC 9110 §7.6.1), everything else
 * keeps its case, order and number.
 *
 * @module
 */
import { type Field, HeadError, type RequestHead } from "./http1.ts";

/** A head that may still be changed before it is sent. */
export interface ForwardedHead {
  method: string;
  target: string;
  minor: 0 | 1;
  fields: Field[];
  /** Whether the connection is to become another protocol's (RFC 9110 §7.8). */
  upgrade: boolean;
  /** Whether the client wants no other request on this connection. */
  close: boolean;
}

const HOP_BY_HOP =
  /^(?:connection|keep-alive|te|upgrade|http2-settings|proxy-.*)$/;
/** A client that takes these out of the message would change what it means. */
const NEVER_HOP_BY_HOP =
  /^(?:host|content-length|transfer-encoding|content-type|expect|trailer)$/;

/**
 * The head to forward.
 *
 * @throws {HeadError} if `Connection` names a field that frames or directs the message.
 */
export function forwardedHead(head: RequestHead): ForwardedHead {
  const options = new Set<string>();
  let te = false;
  let upgrade: string | undefined;
  let special = false;
  for (const { name, value } of head.fields) {
    switch (name.length) {
      case 10:
        if (name.toLowerCase() !== "connection") break;
        for (const part of value.split(",")) {
          const option = part.trim().toLowerCase();
          if (NEVER_HOP_BY_HOP.test(option)) {
            throw new HeadError(
              400,
              "Connection names a field that cannot be removed",
            );
          }
          if (option) options.add(option);
        }
        special = true;
        break;
      case 2:
        te ||= name.toLowerCase() === "te" &&
          /(?:^|,)\s*trailers\s*(?:,|$)/i.test(value);
        break;
      case 7:
        if (name.toLowerCase() === "upgrade") {
          upgrade = upgrade === undefined ? value : `${upgrade}, ${value}`;
        }
    }
  }
  const fields = head.fields.filter(({ name }) => {
    const lower = name.toLowerCase();
    return !HOP_BY_HOP.test(lower) && !(special && options.has(lower));
  });
  const { framing } = head;
  // Some clients say that the body has no bytes, such as Java's WebSocket.
  const bodiless = framing.kind === "none" ||
    framing.kind === "length" && framing.length === 0;
  // HTTP/2 over clear text would carry requests that no policy sees.
  const wanted = upgrade !== undefined && options.has("upgrade") &&
    head.minor === 1 && bodiless && !/\bh2c?\b/i.test(upgrade);
  const close = options.has("close") || head.minor === 0;
  const hop = [
    ...wanted ? ["Upgrade"] : [],
    ...te ? ["TE"] : [],
    ...close ? ["close"] : [],
  ];
  if (hop.length > 0) {
    fields.push({ name: "Connection", value: hop.join(", ") });
  }
  if (wanted) fields.push({ name: "Upgrade", value: upgrade! });
  if (te) fields.push({ name: "TE", value: "trailers" });
  return {
    method: head.method,
    target: head.target,
    minor: head.minor,
    fields,
    upgrade: wanted,
    close,
  };
}

/** The text of the head, one character per byte, its closing empty line included. */
export function headText(
  { method, target, minor, fields }: ForwardedHead,
): string {
  let text = `${method} ${target} HTTP/1.${minor}\r\n`;
  for (const { name, value } of fields) text += `${name}: ${value}\r\n`;
  return text + "\r\n";
}
