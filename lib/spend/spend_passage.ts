/**
 * What an answer of a model API cost, read from the answer as it passes: nothing is held back, and nothing is kept but the
 * count of its tokens.
 *
 * Invariant: what is not known is counted too high, not too low.
 *
 * @module
 */
import type { Field } from "../wire/http1.ts";
import { type Decoder, decoderOf } from "./decoder.ts";
import { EventLines } from "./event_lines.ts";
import { JsonPick } from "./json_pick.ts";
import { modelRequestOf } from "./model_apis.ts";
import { type PriceList, priceOf } from "./prices.ts";
import {
  noteMember,
  type Said,
  type Tokens,
  tokensOf,
  WANTED,
} from "./usage.ts";

/** What one answer used. */
export interface Usage {
  /** As the answer or the request names it. */
  model?: string;
  /** All input, what came from a cache included. */
  inputTokens: number;
  outputTokens: number;
  /** Of `inputTokens`: what came from a cache. */
  cachedTokens?: number;
  /** US dollars. */
  usd: number;
  /** Whether the answer reported its usage and the price of its model is known; otherwise `usd` is too high. */
  known: boolean;
  /** Why not. */
  why?: "no_usage" | "no_price";
}

/** A request to a model API. */
export interface SpendRequest {
  /** Of the CONNECT. */
  host: string;
  /** The request target. */
  path: string;
  method: string;
  /** The model that the request's body names, if it was read. */
  requestModel?: string;
}

/** As `Passage` of `lib/request/control/control.ts`. */
export interface SpendPassage {
  sent(bytes: number): void;
  head(status: number, fields: readonly Field[]): void;
  body(bytes: Uint8Array): void;
  end(): void;
  /** Resolved when the answer is over and its usage was given, which decoding may delay a little. Never rejected. */
  readonly settled: Promise<void>;
}

/** No model takes or gives more tokens at once. */
const MAX_INPUT = 2_000_000;
const MAX_OUTPUT = 1_000_000;
/** How many bytes a byte of a body that cannot be decoded may stand for. */
const MAX_RATIO = 50;

/**
 * Reads what the answer to `request` used; `undefined` if no model answers it.
 *
 * @param onUsage called once, unless the request was refused or not answered.
 */
export function spendPassage(
  request: SpendRequest,
  onUsage: (usage: Usage) => void,
): SpendPassage | undefined {
  const known = request.method === "POST"
    ? modelRequestOf(request.host, request.path)
    : undefined;
  if (!known) return undefined;
  return new AnswerReader(
    known.prices,
    request.requestModel ?? known.model,
    onUsage,
  );
}

class AnswerReader implements SpendPassage {
  readonly settled: Promise<void>;
  readonly #settle: () => void;
  readonly #said: Said = { isWhole: false };
  #sent = 0;
  #received = 0;
  #decoded = 0;
  #isBilled = false;
  #decoder: Decoder | undefined;
  #isOver = false;

  constructor(
    private readonly prices: PriceList,
    private readonly model: string | undefined,
    private readonly onUsage: (usage: Usage) => void,
  ) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.settled = promise;
    this.#settle = resolve;
  }

  sent(bytes: number): void {
    this.#sent += bytes;
  }

  head(status: number, fields: readonly Field[]): void {
    if (status < 200 || status > 299) return;
    this.#isBilled = true;
    const valueOf = (wanted: string) =>
      fields.filter(({ name }) => name.toLowerCase() === wanted)
        .map(({ value }) => value).join(",");
    const pick = new JsonPick(
      WANTED,
      (path, value) => noteMember(this.#said, path, value),
    );
    const lines = /^\s*text\/event-stream\b/i.test(valueOf("content-type"))
      ? new EventLines({
        data: (bytes, from, to) => pick.write(bytes, from, to),
        end: () => pick.reset(),
      })
      : undefined;
    this.#decoder = decoderOf(valueOf("content-encoding"), (bytes) => {
      this.#decoded += bytes.length;
      if (lines) lines.write(bytes);
      else pick.write(bytes);
    });
  }

  body(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#received += bytes.length;
    this.#decoder?.write(bytes);
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (!this.#isBilled) return this.#settle();
    const decoder = this.#decoder;
    // One that decodes nothing is done at once: the next request is judged by what this one used.
    if (decoder?.isPlain) return this.#report(true);
    const done = decoder?.end() ?? Promise.resolve(false);
    void done.then((isWhole) => this.#report(isWhole));
  }

  #report(isDecoded: boolean): void {
    try {
      this.onUsage(this.#usage(isDecoded));
    } finally {
      this.#settle();
    }
  }

  #usage(isDecoded: boolean): Usage {
    const { usage, isWhole } = this.#said;
    const model = this.#said.model ?? this.model;
    const said = usage && tokensOf(usage);
    const counted = said && isWhole ? said : this.#estimate(said, isDecoded);
    const { price, known } = priceOf(this.prices, model, counted.input);
    const { input, output, cacheRead, cacheWrite, cacheWriteHour } = counted;
    const plain = Math.max(0, input - cacheRead - cacheWrite);
    const usd = counted.usd ??
      (plain * price.input + cacheRead * price.cacheRead +
          (cacheWrite - cacheWriteHour) * price.cacheWrite +
          cacheWriteHour * 2 * price.input + output * price.output) / 1e6;
    const why = counted !== said
      ? "no_usage"
      : known || counted.usd !== undefined
      ? undefined
      : "no_price";
    return {
      ...model !== undefined && { model },
      inputTokens: input,
      outputTokens: output,
      ...cacheRead > 0 && { cachedTokens: cacheRead },
      usd,
      known: why === undefined,
      ...why && { why },
    };
  }

  /** No token is shorter than a byte. */
  #estimate(said: Tokens | undefined, isDecoded: boolean): Tokens {
    const received = isDecoded
      ? this.#decoded
      : Math.max(this.#decoded, this.#received * MAX_RATIO);
    return {
      cacheRead: 0,
      cacheWrite: 0,
      cacheWriteHour: 0,
      ...said,
      input: said?.input ?? Math.min(this.#sent, MAX_INPUT),
      output: Math.max(said?.output ?? 0, Math.min(received, MAX_OUTPUT)),
    };
  }
}
