/** What the answers of model APIs say of tokens, in each vendor's words. @module */
import { isObject } from "../object.ts";

/** Tokens of one answer. */
export interface Tokens {
  /** All input, what came from a cache or went to one included. */
  input: number;
  output: number;
  /** Of `input`. */
  cacheRead: number;
  cacheWrite: number;
  /** Of `cacheWrite`: what is kept for an hour, at twice the price of input. */
  cacheWriteHour: number;
  /** In US dollars, if the answer says it. */
  usd?: number;
}

/** Members of answers, or of events of a stream, that say something, by dotted path. */
export const WANTED = [
  "usage",
  "model",
  // OpenAI's responses.
  "response.usage",
  "response.model",
  // Anthropic.
  "message.usage",
  "message.model",
  // Gemini, and by way of its code assist.
  "usageMetadata",
  "modelVersion",
  "response.usageMetadata",
  "response.modelVersion",
  "x_groq.usage",
  "choices.usage",
  // Cohere.
  "delta.usage",
  "meta",
] as const;

/** What was said so far. */
export interface Said {
  model?: string;
  /** Members of `usage`; a later one stands for an earlier one. */
  usage?: Record<string, unknown>;
  /** Whether the last word was said: one of the input alone is not. */
  isWhole: boolean;
}

/** Takes down what a member of an answer says. */
export function noteMember(said: Said, path: string, value: unknown): void {
  if (/model(?:Version)?$/.test(path)) {
    if (typeof value === "string") said.model = value;
    return;
  }
  if (!isObject(value)) return;
  said.usage = { ...said.usage, ...value };
  if (path !== "message.usage") said.isWhole = true;
}

/** The tokens that `usage` counts; `undefined` if it counts none. */
export function tokensOf(usage: Record<string, unknown>): Tokens | undefined {
  return gemini(usage) ?? cohere(usage) ?? anthropic(usage) ?? openai(usage);
}

function gemini(usage: Record<string, unknown>): Tokens | undefined {
  const prompt = count(usage.promptTokenCount);
  if (prompt === undefined && count(usage.totalTokenCount) === undefined) {
    return undefined;
  }
  const input = (prompt ?? 0) + (count(usage.toolUsePromptTokenCount) ?? 0);
  const output = (count(usage.candidatesTokenCount) ?? 0) +
    (count(usage.thoughtsTokenCount) ?? 0);
  return tokens(input, Math.max(output, rest(usage.totalTokenCount, input)), {
    cacheRead: count(usage.cachedContentTokenCount),
  });
}

/** `meta` of version 1, `usage` of version 2. */
function cohere(usage: Record<string, unknown>): Tokens | undefined {
  const billed = usage.billed_units;
  if (!isObject(billed)) return undefined;
  const [input, output] = [
    count(billed.input_tokens),
    count(billed.output_tokens),
  ];
  return input === undefined && output === undefined
    ? undefined
    : tokens(input ?? 0, output ?? 0);
}

/** Counts what came from a cache, and went to one, besides the rest of the input. */
function anthropic(usage: Record<string, unknown>): Tokens | undefined {
  const read = count(usage.cache_read_input_tokens);
  const write = count(usage.cache_creation_input_tokens);
  if (read === undefined && write === undefined) return undefined;
  const { cache_creation: kept } = usage;
  const hour = isObject(kept)
    ? count(kept.ephemeral_1h_input_tokens)
    : undefined;
  return tokens(
    (count(usage.input_tokens) ?? 0) + (read ?? 0) + (write ?? 0),
    count(usage.output_tokens) ?? 0,
    { cacheRead: read, cacheWrite: write, cacheWriteHour: hour },
  );
}

/** OpenAI's completions and responses, and all that are like them. */
function openai(usage: Record<string, unknown>): Tokens | undefined {
  const input = count(usage.prompt_tokens) ?? count(usage.input_tokens);
  const output = count(usage.completion_tokens) ?? count(usage.output_tokens);
  const total = count(usage.total_tokens);
  const cost = costOf(usage.cost);
  if (input === undefined && output === undefined && total === undefined) {
    return cost === undefined ? undefined : tokens(0, 0, {}, cost);
  }
  const details = [usage.prompt_tokens_details, usage.input_tokens_details]
    .find(isObject);
  return tokens(
    input ?? total ?? 0,
    // Some do not count what was thought as output.
    Math.max(output ?? 0, rest(total, input ?? total ?? 0)),
    {
      cacheRead: count(details?.cached_tokens) ??
        count(usage.prompt_cache_hit_tokens),
      cacheWrite: count(details?.cache_write_tokens),
    },
    cost,
  );
}

/** OpenRouter's number, and Perplexity's parts. */
function costOf(cost: unknown): number | undefined {
  const sum = isObject(cost) ? cost.total_cost : cost;
  return typeof sum === "number" && Number.isFinite(sum) && sum >= 0
    ? sum
    : undefined;
}

function rest(total: unknown, input: number): number {
  return Math.max(0, (count(total) ?? 0) - input);
}

function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0
    ? value
    : undefined;
}

function tokens(
  input: number,
  output: number,
  cache: {
    cacheRead?: number | undefined;
    cacheWrite?: number | undefined;
    cacheWriteHour?: number | undefined;
  } = {},
  usd?: number,
): Tokens {
  const { cacheRead = 0, cacheWrite = 0, cacheWriteHour = 0 } = cache;
  return {
    input,
    output,
    cacheRead: Math.min(cacheRead, input),
    cacheWrite: Math.min(cacheWrite, input),
    cacheWriteHour: Math.min(cacheWriteHour, cacheWrite),
    ...usd !== undefined && { usd },
  };
}
