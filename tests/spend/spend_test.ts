// What answers of model APIs cost: the shapes of each vendor's documentation, encoded, streamed and split at any byte.
import { expect } from "expect";
import { test } from "node:test";
import { modelSpend } from "../../lib/broker/policy/model_spend.ts";
import * as zlib from "node:zlib";
import {
  PRICE_LISTS,
  type PriceList,
  priceOf,
} from "../../lib/spend/prices.ts";
import {
  spendPassage,
  type SpendRequest,
  type Usage,
} from "../../lib/spend/spend_passage.ts";

const SSE = "text/event-stream; charset=utf-8";
const JSON_TYPE = "application/json";

interface Answer {
  status?: number;
  type?: string;
  encoding?: string;
  /** Bytes of the request's body. */
  sent?: number;
  parts: readonly Uint8Array[];
}

const bytes = (text: string) => new TextEncoder().encode(text);

async function usageOf(
  request: Partial<SpendRequest> & { host: string; path: string },
  { status = 200, type = JSON_TYPE, encoding, sent = 0, parts }: Answer,
): Promise<Usage | undefined> {
  let usage: Usage | undefined;
  const passage = spendPassage({ method: "POST", ...request }, (found) => {
    expect(usage).toBeUndefined();
    usage = found;
  })!;
  passage.sent(sent);
  passage.head(status, [
    { name: "Content-Type", value: type },
    ...encoding ? [{ name: "content-encoding", value: encoding }] : [],
  ]);
  for (const part of parts) passage.body(part);
  passage.end();
  passage.end();
  await passage.settled;
  return usage;
}

const events = (...datas: unknown[]) =>
  datas.map((data) =>
    `data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`
  ).join("");
const named = (...datas: { type: string }[]) =>
  datas.map((data) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`)
    .join("");

const CHAT = {
  prompt_tokens: 1000,
  completion_tokens: 500,
  total_tokens: 1500,
};
const CHUNK = {
  id: "c",
  object: "chat.completion.chunk",
  model: "gpt-4o-2024-08-06",
  choices: [{ index: 0, delta: { content: 'He said "usage": {}' } }],
};
const RESPONSE = {
  id: "resp_1",
  model: "gpt-4o-2024-08-06",
  output: [{ type: "message", content: [{ type: "output_text", text: "Hi" }] }],
  usage: {
    input_tokens: 1000,
    input_tokens_details: { cached_tokens: 400 },
    output_tokens: 500,
    output_tokens_details: { reasoning_tokens: 100 },
    total_tokens: 1500,
  },
};
const MESSAGE = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-4-5-20250929",
  content: [{ type: "text", text: "Hi }]" }],
  usage: {
    input_tokens: 100,
    cache_creation_input_tokens: 200,
    cache_read_input_tokens: 700,
    cache_creation: {
      ephemeral_5m_input_tokens: 100,
      ephemeral_1h_input_tokens: 100,
    },
    output_tokens: 500,
  },
};
const GEMINI = {
  candidates: [{ content: { parts: [{ text: "Hi" }], role: "model" } }],
  usageMetadata: {
    promptTokenCount: 1000,
    cachedContentTokenCount: 400,
    candidatesTokenCount: 300,
    thoughtsTokenCount: 200,
    totalTokenCount: 1500,
  },
  modelVersion: "gemini-2.5-flash",
};

interface Vendor {
  name: string;
  host: string;
  path: string;
  list: PriceList;
  model: string;
  body: string;
  type?: string;
  want: Partial<Usage>;
  /** Of cached input, of written to a cache. */
  cached?: [read: number, write: number, hour: number];
}

const ALL = { inputTokens: 1000, outputTokens: 500 };
const openai = (
  name: string,
  host: string,
  list: PriceList,
  model: string,
  path = "/v1/chat/completions",
): Vendor[] => [
  {
    name,
    host,
    path,
    list,
    model,
    body: JSON.stringify({ ...CHUNK, model, usage: CHAT }, null, 2),
    want: ALL,
  },
  {
    name: `${name}, streamed`,
    host,
    path,
    list,
    model,
    type: SSE,
    body: events(
      { ...CHUNK, model, usage: null },
      { ...CHUNK, model, choices: [], usage: CHAT },
      "[DONE]",
    ),
    want: ALL,
  },
];

const VENDORS: readonly Vendor[] = [
  ...openai("OpenAI", "api.openai.com", "openai", "gpt-4o-2024-08-06"),
  ...openai("Mistral", "api.mistral.ai", "mistral", "mistral-large-latest"),
  ...openai(
    "Together",
    "api.together.xyz",
    "together",
    "meta-llama/Llama-3.3-70B-Instruct-Turbo",
  ),
  ...openai(
    "Fireworks",
    "api.fireworks.ai",
    "fireworks",
    "accounts/fireworks/models/deepseek-v3p2",
    "/inference/v1/chat/completions",
  ),
  ...openai(
    "Groq",
    "api.groq.com",
    "groq",
    "llama-3.3-70b-versatile",
    "/openai/v1/chat/completions",
  ),
  ...openai("xAI", "api.x.ai", "xai", "grok-4"),
  {
    name: "OpenAI's responses",
    host: "api.openai.com",
    path: "/v1/responses",
    list: "openai",
    model: "gpt-4o-2024-08-06",
    body: JSON.stringify(RESPONSE),
    want: { ...ALL, cachedTokens: 400 },
    cached: [400, 0, 0],
  },
  {
    name: "OpenAI's responses, streamed",
    host: "eu.api.openai.com",
    path: "/v1/responses?x=1",
    list: "openai",
    model: "gpt-4o-2024-08-06",
    type: SSE,
    body: named(
      {
        type: "response.created",
        response: { ...RESPONSE, usage: null },
      } as never,
      { type: "response.output_text.delta", delta: "Hi" } as never,
      { type: "response.completed", response: RESPONSE } as never,
    ),
    want: { ...ALL, cachedTokens: 400 },
    cached: [400, 0, 0],
  },
  {
    name: "Anthropic",
    host: "api.anthropic.com",
    path: "/v1/messages?beta=true",
    list: "anthropic",
    model: MESSAGE.model,
    body: JSON.stringify(MESSAGE),
    want: { ...ALL, cachedTokens: 700 },
    cached: [700, 200, 100],
  },
  {
    name: "Anthropic, streamed",
    host: "api.anthropic.com",
    path: "/v1/messages",
    list: "anthropic",
    model: MESSAGE.model,
    type: SSE,
    body: named(
      {
        type: "message_start",
        message: {
          ...MESSAGE,
          content: [],
          usage: { ...MESSAGE.usage, output_tokens: 1 },
        },
      } as never,
      { type: "ping" },
      {
        type: "content_block_delta",
        index: 0,
        delta: { type: "text_delta", text: '"usage":{"output_tokens":1}' },
      } as never,
      {
        type: "message_delta",
        delta: { stop_reason: "end_turn" },
        usage: { output_tokens: 500 },
      } as never,
      { type: "message_stop" },
    ),
    want: { ...ALL, cachedTokens: 700 },
    cached: [700, 200, 100],
  },
  {
    name: "Gemini",
    host: "generativelanguage.googleapis.com",
    path: "/v1beta/models/gemini-2.5-flash:generateContent",
    list: "google",
    model: "gemini-2.5-flash",
    body: JSON.stringify(GEMINI, null, 2),
    want: { ...ALL, cachedTokens: 400 },
    cached: [400, 0, 0],
  },
  {
    name: "Gemini, a streamed list",
    host: "generativelanguage.googleapis.com",
    path: "/v1beta/models/gemini-2.5-flash:streamGenerateContent",
    list: "google",
    model: "gemini-2.5-flash",
    body: JSON.stringify([
      {
        ...GEMINI,
        usageMetadata: {
          promptTokenCount: 1000,
          totalTokenCount: 1001,
          candidatesTokenCount: 1,
        },
      },
      GEMINI,
    ]),
    want: { ...ALL, cachedTokens: 400 },
    cached: [400, 0, 0],
  },
  {
    name: "Gemini, events",
    host: "generativelanguage.googleapis.com",
    path: "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
    list: "google",
    model: "gemini-2.5-flash",
    type: SSE,
    body: `data: ${JSON.stringify(GEMINI)}\r\n\r\n`,
    want: { ...ALL, cachedTokens: 400 },
    cached: [400, 0, 0],
  },
  {
    name: "DeepSeek",
    host: "api.deepseek.com",
    path: "/chat/completions",
    list: "deepseek",
    model: "deepseek-chat",
    body: JSON.stringify({
      model: "deepseek-chat",
      usage: {
        ...CHAT,
        prompt_cache_hit_tokens: 400,
        prompt_cache_miss_tokens: 600,
      },
    }),
    want: { ...ALL, cachedTokens: 400 },
    cached: [400, 0, 0],
  },
  {
    name: "xAI, which counts thinking besides",
    host: "api.x.ai",
    path: "/v1/chat/completions",
    list: "xai",
    model: "grok-4",
    body: JSON.stringify({
      model: "grok-4",
      usage: {
        prompt_tokens: 1000,
        completion_tokens: 100,
        total_tokens: 1500,
        completion_tokens_details: { reasoning_tokens: 400 },
      },
    }),
    want: ALL,
  },
  {
    name: "Groq, streamed with its own member",
    host: "api.groq.com",
    path: "/openai/v1/chat/completions",
    list: "groq",
    model: "llama-3.3-70b-versatile",
    type: SSE,
    body: events(
      { model: "llama-3.3-70b-versatile", choices: [{ delta: {} }] },
      {
        model: "llama-3.3-70b-versatile",
        choices: [],
        x_groq: { id: "r", usage: CHAT },
      },
      "[DONE]",
    ),
    want: ALL,
  },
  {
    name: "Cohere",
    host: "api.cohere.com",
    path: "/v2/chat",
    list: "cohere",
    model: "command-r-08-2024",
    body: JSON.stringify({
      id: "c",
      message: { role: "assistant", content: [{ type: "text", text: "Hi" }] },
      usage: {
        billed_units: { input_tokens: 1000, output_tokens: 500 },
        tokens: { input_tokens: 1200, output_tokens: 510 },
      },
    }),
    want: ALL,
  },
  {
    name: "Cohere, streamed",
    host: "api.cohere.com",
    path: "/v2/chat",
    list: "cohere",
    model: "command-r-08-2024",
    type: SSE,
    body: named({
      type: "message-end",
      delta: {
        finish_reason: "COMPLETE",
        usage: { billed_units: { input_tokens: 1000, output_tokens: 500 } },
      },
    } as never),
    want: ALL,
  },
];

function dollars({ list, model, cached = [0, 0, 0], want }: Vendor): number {
  const { price, known } = priceOf(list, model, 1000);
  expect([model, known]).toEqual([model, true]);
  const [read, write, hour] = cached;
  return ((want.inputTokens! - read - write) * price.input +
    read * price.cacheRead + (write - hour) * price.cacheWrite +
    hour * 2 * price.input + want.outputTokens! * price.output) / 1e6;
}

for (const vendor of VENDORS) {
  test(`the usage of ${vendor.name}, whole and split at any byte`, async () => {
    const { host, path, model, body, type = JSON_TYPE } = vendor;
    const whole = bytes(body);
    const want = {
      model,
      ...vendor.want,
      usd: expect.closeTo(dollars(vendor), 10),
      known: true,
    };
    const request = { host, path, requestModel: model };
    const splits = [
      [whole],
      Array.from(whole, (byte) => Uint8Array.of(byte)),
      ...Array.from({ length: 40 }, (_, at) => {
        const cut = Math.floor(whole.length * at / 40);
        return [whole.subarray(0, cut), whole.subarray(cut)];
      }),
    ];
    for (const parts of splits) {
      expect(await usageOf(request, { type, parts })).toEqual(want);
    }
  });
}

const ENCODINGS: Record<string, (text: Uint8Array) => Uint8Array> = {
  gzip: (text) => zlib.gzipSync(text),
  deflate: (text) => zlib.deflateSync(text),
  br: (text) => zlib.brotliCompressSync(text),
  ..."zstdCompressSync" in zlib
    ? { zstd: (text: Uint8Array) => zlib.zstdCompressSync(text) }
    : {},
};
for (const [encoding, encode] of Object.entries(ENCODINGS)) {
  test(`an answer that is encoded with ${encoding}`, async () => {
    for (const { host, path, model, body, type, want } of VENDORS) {
      const encoded = encode(bytes(body));
      const cut = Math.floor(encoded.length / 2);
      const parts = [encoded.subarray(0, cut), encoded.subarray(cut)];
      const usage = await usageOf(
        { host, path, requestModel: model },
        { encoding, parts, ...type && { type } },
      );
      expect(usage).toMatchObject({ ...want, known: true });
    }
  });
}

const OPENAI = { host: "api.openai.com", path: "/v1/chat/completions" };

test("a stream without usage is estimated by its bytes, and said to be", async () => {
  const body = bytes(events(CHUNK, CHUNK, "[DONE]"));
  const usage = await usageOf(OPENAI, { type: SSE, sent: 300, parts: [body] });
  const { price } = priceOf("openai", CHUNK.model, 300);
  expect(usage).toEqual({
    model: CHUNK.model,
    inputTokens: 300,
    outputTokens: body.length,
    usd: expect.closeTo(
      (300 * price.input + body.length * price.output) / 1e6,
      10,
    ),
    known: false,
    why: "no_usage",
  });
});

test("an answer that was cut off is estimated from what came", async () => {
  const start = bytes(
    named({ type: "message_start", message: MESSAGE } as never),
  );
  const usage = await usageOf(
    { host: "api.anthropic.com", path: "/v1/messages" },
    { type: SSE, parts: [start, bytes("event: content_bl")] },
  );
  expect(usage).toMatchObject({
    inputTokens: 1000,
    outputTokens: Math.max(500, start.length + 17),
    known: false,
    why: "no_usage",
  });
});

test("what cannot be decoded is counted too high", async () => {
  const text = bytes(JSON.stringify({ ...CHUNK, usage: CHAT }));
  for (const encoding of ["gzip", "br", "compress", "gzip, br"]) {
    const usage = await usageOf(OPENAI, { encoding, parts: [text] });
    expect(usage).toMatchObject({ known: false, why: "no_usage" });
    expect(usage!.outputTokens).toBeGreaterThanOrEqual(text.length);
  }
});

test("a model that is not in the list costs as the dearest, and that is said", async () => {
  const body = JSON.stringify({ model: "gpt-99-huge", usage: CHAT });
  const usage = await usageOf(OPENAI, { parts: [bytes(body)] });
  const { price, known } = priceOf("openai", "gpt-99-huge", 1000);
  expect(known).toBe(false);
  expect(usage).toMatchObject({
    ...ALL,
    usd: (1000 * price.input + 500 * price.output) / 1e6,
    known: false,
    why: "no_price",
  });
  for (const list of Object.keys(PRICE_LISTS) as PriceList[]) {
    for (const line of PRICE_LISTS[list].split("\n").filter(Boolean)) {
      const [pattern = "", input, output] = line.split(" ");
      const dearest = priceOf(list, "no such model", 0).price;
      expect([line, Number(input) >= 0, Number(output) >= 0])
        .toEqual([line, true, true]);
      expect(dearest.input).toBeGreaterThanOrEqual(Number(input));
      expect(dearest.output).toBeGreaterThanOrEqual(Number(output));
      expect(priceOf(list, pattern.replaceAll("*", ""), 0).known).toBe(true);
    }
  }
});

test("a model is found by its date, its longest name, and the length of its input", () => {
  const price = (model: string, input = 0) =>
    priceOf("anthropic", model, input);
  expect(price("claude-3-5-haiku-20241022").price.output).toBe(4);
  expect(price("claude-3-haiku-20240307").price.output).toBe(1.25);
  expect(priceOf("openai", "gpt-4o-mini-2024-07-18", 0).price.output).toBe(0.6);
  expect(priceOf("google", "models/gemini-2.5-pro", 0).price.input).toBe(1.25);
  expect(priceOf("google", "gemini-2.5-pro", 200_001).price.input).toBe(2.5);
  expect(priceOf("openai", undefined, 0).known).toBe(false);
});

test("OpenRouter and Perplexity say themselves what an answer cost", async () => {
  const openrouter = await usageOf(
    { host: "openrouter.ai", path: "/api/v1/chat/completions" },
    {
      parts: [
        bytes(
          JSON.stringify({ model: "a/b", usage: { ...CHAT, cost: 0.0123 } }),
        ),
      ],
    },
  );
  expect(openrouter).toEqual({
    model: "a/b",
    ...ALL,
    usd: 0.0123,
    known: true,
  });
  const perplexity = await usageOf(
    { host: "api.perplexity.ai", path: "/chat/completions" },
    {
      parts: [
        bytes(
          JSON.stringify({
            model: "sonar",
            usage: { ...CHAT, cost: { total_cost: 0.006 } },
          }),
        ),
      ],
    },
  );
  expect(perplexity).toEqual({
    model: "sonar",
    ...ALL,
    usd: 0.006,
    known: true,
  });
});

test("the limits of a run get the dollars of an answer when it is over", () => {
  const spent: number[] = [];
  const passage = modelSpend({
    scheme: "https",
    authority: { host: OPENAI.host, port: 443 },
    head: {
      method: "POST",
      target: OPENAI.path,
      minor: 1,
      fields: [],
      framing: { kind: "chunked" },
    },
  }, (usd) => spent.push(usd))!;
  passage.head!(200, [{ name: "content-type", value: JSON_TYPE }]);
  passage.body!(bytes(JSON.stringify({ model: "gpt-4o", usage: CHAT })));
  expect(spent).toEqual([]);
  passage.end!();
  // Before anything else can be asked.
  expect(spent).toEqual([expect.closeTo(0.0075, 10)]);
});

test("what is refused or costs no tokens is not counted", async () => {
  expect(await usageOf(OPENAI, { status: 429, parts: [bytes("{}")] }))
    .toBeUndefined();
  const passage = (request: Partial<SpendRequest>) =>
    spendPassage({ method: "POST", ...OPENAI, ...request }, () => {});
  expect(passage({ method: "GET" })).toBeUndefined();
  expect(passage({ host: "api.github.com" })).toBeUndefined();
  expect(passage({ host: "api.openai.com.evil.com" })).toBeUndefined();
  expect(passage({ path: "/v1/files" })).toBeUndefined();
  expect(
    passage({ host: "api.anthropic.com", path: "/v1/messages/count_tokens" }),
  ).toBeUndefined();
  expect(
    passage({
      host: "generativelanguage.googleapis.com",
      path: "/v1beta/models/gemini-2.5-flash:countTokens",
    }),
  ).toBeUndefined();
  expect(passage({ host: "API.OpenAI.com." })).toBeDefined();
  // Nothing was answered at all.
  const dead = passage({})!;
  dead.sent(10);
  dead.end();
  await dead.settled;
});

test("an answer of any length is read without being kept", async () => {
  const filler = bytes(`"${'a \\" '.repeat(20_000)}",`);
  const parts = [
    bytes('{"model":"gpt-4o","choices":['),
    ...Array.from({ length: 50 }, () => filler),
    bytes(`""],"usage":${JSON.stringify(CHAT)}}`),
  ];
  expect(await usageOf(OPENAI, { parts })).toMatchObject({
    ...ALL,
    known: true,
  });
  // A member that is too long is not believed.
  const long = [
    bytes('{"model":"gpt-4o","usage":{"x":"'),
    filler.subarray(1, 50_000),
    bytes(`","prompt_tokens":1,"completion_tokens":1}}`),
  ];
  expect(await usageOf(OPENAI, { parts: long })).toMatchObject({
    known: false,
  });
});

test("the same members deeper down, or in a text, say nothing", async () => {
  const body = JSON.stringify({
    choices: [{
      message: {
        content: '"usage":{"prompt_tokens":9}',
        usage: { prompt_tokens: 9, completion_tokens: 9 },
        a: { b: { usage: { prompt_tokens: 8 } } },
      },
    }],
    model: "gpt-4o",
    usage: CHAT,
    more: { usage: { prompt_tokens: 7 } },
  });
  expect(await usageOf(OPENAI, { parts: [bytes(body)] })).toMatchObject({
    ...ALL,
    known: true,
  });
});

test("a text that looks like members is a text", async () => {
  const note = '","usage":{"prompt_tokens":1,"completion_tokens":1},"x":"';
  const body = bytes(JSON.stringify({ note, model: "gpt-4o" }));
  expect(await usageOf(OPENAI, { parts: [body] })).toMatchObject({
    outputTokens: body.length,
    known: false,
  });
});

test("lines of events end with CR, LF or both", async () => {
  for (const { host, path, model, body, type, want } of VENDORS) {
    if (type !== SSE) continue;
    for (const end of ["\r", "\n", "\r\n"]) {
      const parts = [bytes(body.replace(/\r?\n/g, end))];
      expect(
        await usageOf({ host, path, requestModel: model }, { type, parts }),
      ).toMatchObject({ ...want, known: true });
    }
  }
});

test("bytes at random are read without an error", async () => {
  let seed = 7;
  const next = () =>
    (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  const letters = bytes('{}[]",:\\ua0 \n\r\ndata: usage model 1e');
  for (let time = 0; time < 400; time++) {
    const random = Uint8Array.from(
      { length: next() * 300 },
      () => letters[Math.floor(next() * letters.length)]!,
    );
    for (const type of [SSE, JSON_TYPE]) {
      const usage = await usageOf(OPENAI, { type, parts: [random] });
      expect(usage!.usd).toBeGreaterThanOrEqual(0);
    }
  }
});
