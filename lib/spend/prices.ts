/**
 * What models cost, in US dollars for a million tokens, as the vendors' pages said in August 2026: the table is made from
 * the data of genai-prices (https://github.com/pydantic/genai-prices, revision 47df840a), which names a page for each.
 *
 * A line: the model as an answer names it (`*` at either end stands for any text), then the price of input, of output, of
 * input read from a cache and of input written to one (`-`: as other input), and from how many tokens of input on it holds.
 *
 * @module
 */
import { ANTHROPIC } from "./prices/anthropic_prices.ts";
import { GOOGLE } from "./prices/google_prices.ts";
import {
  CEREBRAS,
  COHERE,
  DEEPSEEK,
  GROQ,
  MISTRAL,
  PERPLEXITY,
  XAI,
} from "./prices/hosted_prices.ts";
import { FIREWORKS, TOGETHER } from "./prices/open_model_prices.ts";
import { OPENAI } from "./prices/openai_prices.ts";

/** When the prices were compared with the vendors' pages. */
export const PRICES_DATE = "2026-08-21";

/** Whose prices there are. */
export const PRICE_LISTS = {
  anthropic: ANTHROPIC,
  cerebras: CEREBRAS,
  cohere: COHERE,
  deepseek: DEEPSEEK,
  fireworks: FIREWORKS,
  google: GOOGLE,
  groq: GROQ,
  mistral: MISTRAL,
  openai: OPENAI,
  // Resells the others; says itself what a request cost.
  openrouter: OPENAI + ANTHROPIC + GOOGLE + XAI,
  perplexity: PERPLEXITY,
  together: TOGETHER,
  xai: XAI,
} as const;
export type PriceList = keyof typeof PRICE_LISTS;

/** Prices of a model in US dollars for a million tokens. */
export interface ModelPrice {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
}

interface Line extends ModelPrice {
  pattern: string;
  /** Tokens of input from which on the line holds. */
  from: number;
}

const read = new Map<PriceList, readonly Line[]>();

/**
 * The price of `model` with so many tokens of input. `known` is false if the list does not have it: then it is the
 * dearest of the list.
 */
export function priceOf(
  list: PriceList,
  model: string | undefined,
  inputTokens: number,
): { price: ModelPrice; known: boolean } {
  const lines = linesOf(list);
  for (const name of namesOf(model)) {
    const found = bestOf(lines, name, inputTokens);
    if (found) return { price: found, known: true };
  }
  const most = (of: (line: Line) => number) => Math.max(...lines.map(of));
  return {
    price: {
      input: most(({ input }) => input),
      output: most(({ output }) => output),
      cacheRead: most(({ input }) => input),
      cacheWrite: most(({ cacheWrite }) => cacheWrite),
    },
    known: false,
  };
}

/** The model as it is named, and without its date, its version or whose it is. */
function namesOf(model = ""): string[] {
  const name = model.toLowerCase().replace(/^models\//, "");
  const plain = name.replace(
    /[-@](?:20\d{2}-?\d{2}-?\d{2}|latest|\d{3,4})$/,
    "",
  );
  const own = plain.replace(/^[a-z0-9-]+\//, "");
  return [...new Set([name, plain, own])].filter(Boolean);
}

/** The line that fits `name` by the longest pattern, one without a star first. */
function bestOf(
  lines: readonly Line[],
  name: string,
  inputTokens: number,
): Line | undefined {
  const rank = ({ pattern, from }: Line) =>
    (pattern.includes("*") ? 0 : 1e9) + pattern.length * 1e6 + from / 1e3;
  return lines.filter(({ pattern, from }) =>
    fits(pattern, name) && (from === 0 || inputTokens > from)
  ).sort((a, b) => rank(b) - rank(a))[0];
}

function fits(pattern: string, name: string): boolean {
  const text = pattern.replaceAll("*", "");
  const [before, after] = [pattern.startsWith("*"), pattern.endsWith("*")];
  if (before && after) return name.includes(text);
  if (after) return name.startsWith(text);
  return before ? name.endsWith(text) : name === text;
}

function linesOf(list: PriceList): readonly Line[] {
  let lines = read.get(list);
  if (!lines) {
    lines = PRICE_LISTS[list].split("\n").filter(Boolean).map((line) => {
      const [pattern, input, output, cacheRead, cacheWrite, from] = line
        .split(" ");
      const price = (text: string | undefined) =>
        text === undefined || text === "-" ? Number(input) : Number(text);
      return {
        pattern: pattern!,
        input: Number(input),
        output: Number(output),
        cacheRead: price(cacheRead),
        cacheWrite: price(cacheWrite),
        from: Number(from ?? 0),
      };
    });
    read.set(list, lines);
  }
  return lines;
}
