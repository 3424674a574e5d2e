// The server of on_node.ts. Prints its port, then a line of JSON for each request: the URL and the header field.
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { createSecureServer } from "node:http2";
import process from "node:process";

const { CERT, KEY, EVIDENCE } = process.env;
/** Frame of gRPC around an empty protobuf message: not compressed, length 0. */
const EMPTY = Buffer.alloc(5);
const OK = "0";
const UNAUTHENTICATED = "16";

/** RFC 6455 §4.2.2. */
const WEBSOCKET = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** A text message of RFC 6455 §5.2. */
const HELLO = Buffer.from("\x81\x05hello", "latin1");

/** Tells what arrived; whether it is the credential. */
function admits(url, authorization) {
  const fields = [["authorization", String(authorization)]];
  console.log(JSON.stringify({ url, fields }));
  return String(authorization).includes(EVIDENCE);
}

const server = createSecureServer({ cert: CERT, key: KEY, allowHTTP1: true });
server.on("upgrade", ({ url, headers }, socket) => {
  socket.on("error", () => {});
  if (!admits(`https://${headers.host}${url}`, headers.authorization)) {
    return socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
  }
  const accept = createHash("sha1")
    .update(headers["sec-websocket-key"] + WEBSOCKET).digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.write(HELLO);
});
server.on("stream", (stream, headers) => {
  stream.on("error", () => {});
  const carries = admits(
    `https://${headers[":authority"]}${headers[":path"]}`,
    headers.authorization,
  );
  stream.resume();
  stream.on("end", () => {
    stream.respond({
      ":status": 200,
      "content-type": "application/grpc+proto",
    }, { waitForTrailers: true });
    stream.on("wantTrailers", () =>
      stream.sendTrailers({
        "grpc-status": carries ? OK : UNAUTHENTICATED,
      }));
    stream.end(carries ? EMPTY : undefined);
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
