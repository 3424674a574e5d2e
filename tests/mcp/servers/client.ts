// A client of the TypeScript SDK: lists the tools of a server and calls `echo`. Arguments: transport and URL.
import process from "node:process";

// Its types are not found by the type checker of Deno.
const { Client } = await import("@modelcontextprotocol/sdk/client/index.js");
const { SSEClientTransport } = await import(
  "@modelcontextprotocol/sdk/client/sse.js"
);
const { StreamableHTTPClientTransport } = await import(
  "@modelcontextprotocol/sdk/client/streamableHttp.js"
);

const [transport, address] = process.argv.slice(2);
const url = new URL(address!);
const client = new Client({ name: "test", version: "1" });
await client.connect(
  transport === "sse"
    ? new SSEClientTransport(url)
    : new StreamableHTTPClientTransport(url),
);
const { tools } = await client.listTools();
console.log("tools", tools.map(({ name }: { name: string }) => name).join(" "));
const { content } = await client.callTool({ name: "echo", arguments: {} });
console.log("call", (content as { text: string }[])[0]!.text);
await client.close();
process.exit(0);
