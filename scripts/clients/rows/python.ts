/** Clients on Python. @module */
import type { Row, VersionSource } from "../row.ts";

const PYTHON: VersionSource = { command: ["{python}", "--version"] };

/** Functions of `programs/python/` that ask OpenAI, and the package of each; none if Python brings it. */
const OF_OPENAI: Readonly<Record<string, string | undefined>> = {
  urllib: undefined,
  httpclient: undefined,
  raw_socket: undefined,
  subprocess_curl: undefined,
  urllib3: "urllib3",
  requests: "requests",
  requests_session: "requests",
  requests_verify: "requests",
  httpx: "httpx",
  httpx_async: "httpx",
  httpx_h2: "httpx",
  httpx_noenv: "httpx",
  aiohttp: "aiohttp",
  aiohttp_env: "aiohttp",
  aiohttp_ws: "aiohttp",
  niquests: "niquests",
  httplib2: "httplib2",
  pycurl: "pycurl",
  curl_cffi: "curl_cffi",
  tornado: "tornado",
  websockets: "websockets",
  websocket_client: "websocket-client",
  grpc: "grpcio",
  grpc_aio: "grpcio",
  openai: "openai",
  openai_async: "openai",
  openai_stream: "openai",
  litellm: "litellm",
  yt_dlp: "yt-dlp",
};

/** The others: provider and package. */
const OTHERS: Readonly<Record<string, [provider: string, pypi: string]>> = {
  anthropic: ["anthropic", "anthropic"],
  genai: ["google-gemini", "google-genai"],
  googleapi: ["google-gemini", "google-api-python-client"],
  groq: ["groq", "groq"],
  cohere: ["cohere", "cohere"],
  replicate: ["replicate", "replicate"],
  boto3: ["aws", "boto3"],
  boto3_s3: ["aws", "boto3"],
  pygithub: ["github-pat", "PyGithub"],
  dulwich: ["github-pat", "dulwich"],
  stripe: ["stripe", "stripe"],
  mcp: ["stripe", "mcp"],
  slack: ["slack-bot", "slack_sdk"],
  slack_async: ["slack-bot", "slack_sdk"],
  notion: ["notion-token", "notion-client"],
  telegram: ["telegram-bot", "python-telegram-bot"],
  hf: ["huggingface", "huggingface_hub"],
};

function row(
  name: string,
  provider: string,
  version: VersionSource,
): Row {
  return {
    name: `py-${name}`,
    provider,
    command: ["{python}", "-B", "{programs}/python/main.py", name],
    version,
    // Its import alone takes long on a busy machine; without the variable it asks a second host for prices first.
    ...name === "litellm"
      ? { limit: 120, env: { LITELLM_LOCAL_MODEL_COST_MAP: "True" } }
      : {},
    ...name.startsWith("grpc") ? { onNode: true } : {},
  };
}

export const OF_PYTHON: readonly Row[] = [
  ...Object.entries(OF_OPENAI).map(([name, pypi]) =>
    row(name, "openai", pypi === undefined ? PYTHON : { pypi })
  ),
  ...Object.entries(OTHERS).map(([name, [provider, pypi]]) =>
    row(name, provider, { pypi })
  ),
];
