// Clients that keep a connection: WebSocket, events, gRPC, MCP.
import { Buffer } from "node:buffer";
import process from "node:process";

const { load } = globalThis;
const { env } = process;
const SOCKET = "wss://api.openai.com/v1/realtime?model=m";
const headers = { authorization: `Bearer ${env.OPENAI_API_KEY}` };

/** Waits for the first message of a WebSocket in the browsers' form. */
function message(socket) {
  return new Promise((resolve, reject) => {
    socket.addEventListener("message", ({ data }) => resolve(String(data)));
    socket.addEventListener(
      "error",
      (event) =>
        reject(
          new Error(
            event.message ?? event.error?.message ?? "the WebSocket failed",
          ),
        ),
    );
    socket.addEventListener(
      "close",
      () => reject(new Error("the WebSocket was closed")),
    );
  });
}

export const CLIENTS = {
  ws: async () => {
    const { WebSocket } = await load("ws");
    return await message(new WebSocket(SOCKET, { headers }));
  },

  // A built-in WebSocket cannot send fields of its own; OpenAI takes the key as a protocol too.
  "ws-builtin": async () => await message(new WebSocket(SOCKET)),

  eventsource: async () => {
    const { EventSource } = await load("eventsource");
    const source = new EventSource("https://api.openai.com/v1/events", {
      fetch: (input, init) =>
        fetch(input, { ...init, headers: { ...init.headers, ...headers } }),
    });
    return await new Promise((resolve, reject) => {
      source.onmessage = ({ data }) => resolve(data);
      source.onerror = ({ message }) =>
        reject(new Error(message ?? "no events"));
    });
  },

  grpc: async () => {
    const grpc = await load("@grpc/grpc-js");
    const { Client, credentials, Metadata } = grpc.default ?? grpc;
    const client = new Client("api.openai.com:443", credentials.createSsl());
    const metadata = new Metadata();
    metadata.set("authorization", headers.authorization);
    const same = (bytes) => bytes;
    return await new Promise((resolve, reject) =>
      client.makeUnaryRequest(
        "/test.Api/Get",
        same,
        same,
        Buffer.alloc(0),
        metadata,
        { deadline: Date.now() + 20_000 },
        (error, answer) => error ? reject(error) : resolve(answer.length),
      )
    );
  },

  mcp: async () => {
    const { Client } = await load("@modelcontextprotocol/sdk/client/index.js");
    const { StreamableHTTPClientTransport } = await load(
      "@modelcontextprotocol/sdk/client/streamableHttp.js",
    );
    const client = new Client({ name: "client", version: "1.0.0" });
    await client.connect(
      new StreamableHTTPClientTransport(new URL("https://mcp.stripe.com/"), {
        requestInit: {
          headers: { authorization: `Bearer ${env.STRIPE_API_KEY}` },
        },
      }),
    );
    return (await client.listTools()).tools;
  },
};
