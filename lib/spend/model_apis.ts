/** Which requests are answered by a model, and whose prices hold. @module */
import type { PriceList } from "./prices.ts";

const HOSTS: readonly [RegExp, PriceList][] = [
  [/^(?:[a-z]{2,4}\.)?api\.openai\.com$/, "openai"],
  [
    /^[a-z0-9-]+\.(?:openai|cognitiveservices|services\.ai)\.azure\.com$/,
    "openai",
  ],
  [/^api\.anthropic\.com$/, "anthropic"],
  [
    /^(?:generativelanguage|cloudcode-pa|(?:[a-z0-9-]+-)?aiplatform)\.googleapis\.com$/,
    "google",
  ],
  [/^(?:api(?:\.[a-z]{2})?|codestral)\.mistral\.ai$/, "mistral"],
  [/^api\.groq\.com$/, "groq"],
  [/^api\.deepseek\.com$/, "deepseek"],
  [/^(?:[a-z0-9-]+\.)?api\.x\.ai$/, "xai"],
  [/^(?:[a-z]{2}\.)?openrouter\.ai$/, "openrouter"],
  [/^api\.cohere\.(?:com|ai)$/, "cohere"],
  [/^api(?:-inference)?\.together\.(?:xyz|ai)$/, "together"],
  [/^api\.fireworks\.ai$/, "fireworks"],
  [/^api\.perplexity\.ai$/, "perplexity"],
  [/^api\.cerebras\.ai$/, "cerebras"],
];

/** Paths that cost nothing, or no tokens. */
const FREE =
  /\/(?:models|files|uploads|batches|count_tokens|moderations|tokenize|detokenize)(?:[/?:]|$)|:countTokens\b/;
/** The model in a path: Gemini's, and Azure's deployment. */
const IN_PATH = /\/(?:models|deployments)\/([^/:?]+)(?::(?!countTokens)|\/)/;

/** A request that a model answers. */
export interface ModelRequest {
  prices: PriceList;
  /** As the path names it. */
  model?: string;
}

/** What is known of a POST to `path` on `host`; `undefined` if no model answers it. */
export function modelRequestOf(
  host: string,
  path: string,
): ModelRequest | undefined {
  const found = HOSTS.find(([pattern]) =>
    pattern.test(host.toLowerCase().replace(/\.$/, ""))
  );
  if (!found) return undefined;
  const model = IN_PATH.exec(path)?.[1];
  if (model === undefined && FREE.test(path)) return undefined;
  if (/:countTokens\b/.test(path)) return undefined;
  return {
    prices: found[1],
    ...model !== undefined && { model: decoded(model) },
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
