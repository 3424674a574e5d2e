/** Clients on Node, Bun and Deno. @module */
import type { Row, VersionSource } from "../row.ts";

/** A client of `programs/javascript/`. */
interface Client {
  provider: string;
  /** The package, or none if it is the runtime's own. */
  npm?: string;
  /** Runtimes that it is tried on. */
  on: readonly Runtime[];
  onNode?: true;
}

const NODES = ["node20", "node22", "node24"] as const;
const NEWER = ["node22", "node24"] as const;
type Runtime = "node18" | typeof NODES[number] | "bun" | "deno";
const ALL: readonly Runtime[] = [...NODES, "bun", "deno"];

const RUNTIMES: Readonly<Record<Runtime, VersionSource>> = {
  node18: { npm: "node-18" },
  node20: { npm: "node-20" },
  node22: { npm: "node-22" },
  node24: { npm: "node-24" },
  bun: { npm: "@oven/bun-linux-x64" },
  deno: { command: ["{deno}", "--version"] },
};

/** What starts a script. */
const STARTS: Readonly<Record<Runtime, readonly string[]>> = {
  node18: ["{node18}"],
  node20: ["{node20}"],
  node22: ["{node22}"],
  node24: ["{node24}"],
  bun: ["{bun}"],
  deno: [
    "{deno}",
    "run",
    "--quiet",
    "--no-lock",
    "--node-modules-dir=manual",
    "-A",
  ],
};

const openai = "openai";
const CLIENTS: Readonly<Record<string, Client>> = {
  fetch: { provider: openai, on: ["node18", ...ALL] },
  "https-request": { provider: openai, on: ["node18", ...ALL] },
  "https-agent": { provider: openai, on: [...NODES, "bun"] },
  http2: { provider: openai, on: [...NODES, "bun", "deno"] },
  axios: { provider: openai, npm: "axios", on: ALL },
  got: { provider: openai, npm: "got", on: NODES },
  ky: { provider: openai, npm: "ky", on: NODES },
  "node-fetch": { provider: openai, npm: "node-fetch", on: NODES },
  "cross-fetch": { provider: openai, npm: "cross-fetch", on: ["node24"] },
  needle: { provider: openai, npm: "needle", on: ["node24"] },
  request: { provider: openai, npm: "request", on: NODES },
  superagent: { provider: openai, npm: "superagent", on: NODES },
  undici: { provider: openai, npm: "undici", on: NODES },
  "undici-env": { provider: openai, npm: "undici", on: NODES },
  ws: { provider: openai, npm: "ws", on: [...NODES, "bun"] },
  "ws-builtin": { provider: openai, on: [...NEWER, "bun", "deno"] },
  eventsource: { provider: openai, npm: "eventsource", on: ["node24"] },
  grpc: { provider: openai, npm: "@grpc/grpc-js", on: ALL, onNode: true },
  openai: { provider: openai, npm: "openai", on: ALL },
  "openai-stream": { provider: openai, npm: "openai", on: ["node24"] },
  anthropic: {
    provider: "anthropic",
    npm: "@anthropic-ai/sdk",
    on: [...NODES, "bun"],
  },
  genai: { provider: "google-gemini", npm: "@google/genai", on: NODES },
  aisdk: { provider: openai, npm: "@ai-sdk/openai", on: NEWER },
  "aisdk-google": {
    provider: "google-gemini",
    npm: "@ai-sdk/google",
    on: ["node24"],
  },
  "aws-sdk": {
    provider: "aws",
    npm: "@aws-sdk/client-sts",
    on: [...NODES, "bun"],
  },
  "aws-s3": { provider: "aws", npm: "@aws-sdk/client-s3", on: ["node24"] },
  octokit: { provider: "github-pat", npm: "octokit", on: ALL },
  "isomorphic-git": {
    provider: "github-pat",
    npm: "isomorphic-git",
    on: ["node24"],
  },
  stripe: { provider: "stripe", npm: "stripe", on: ALL },
  mcp: { provider: "stripe", npm: "@modelcontextprotocol/sdk", on: ALL },
  slack: { provider: "slack-bot", npm: "@slack/web-api", on: NODES },
  linear: {
    provider: "linear-api-key",
    npm: "@linear/sdk",
    on: ["node20", "node24"],
  },
  "graphql-request": {
    provider: "linear-api-key",
    npm: "graphql-request",
    on: ["node24"],
  },
  notion: {
    provider: "notion-token",
    npm: "@notionhq/client",
    on: ["node20", "node24"],
  },
  mistral: { provider: "mistral", npm: "@mistralai/mistralai", on: ["node24"] },
  groq: { provider: "groq", npm: "groq-sdk", on: ["node24"] },
  replicate: { provider: "replicate", npm: "replicate", on: ["node24"] },
  telegraf: { provider: "telegram-bot", npm: "telegraf", on: ["node24"] },
  grammy: { provider: "telegram-bot", npm: "grammy", on: ["node24"] },
  "discord.js": { provider: "discord-bot", npm: "discord.js", on: ["node24"] },
  twilio: { provider: "twilio", npm: "twilio", on: ["node24"] },
};

export const JAVASCRIPT: readonly Row[] = Object.entries(CLIENTS)
  .flatMap(([name, { provider, npm, on, onNode }]) =>
    on.map((runtime) => ({
      name: `${runtime}-${name}`,
      provider,
      command: [
        ...STARTS[runtime],
        "{programs}/javascript/main.mjs",
        name,
      ],
      version: npm === undefined ? RUNTIMES[runtime] : { npm },
      ...onNode ? { onNode } : {},
    }))
  );
