/** Language models. @module */
import type { Row } from "../row.ts";

/** What most of them answer with. */
const CHAT = {
  id: "1",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{
    index: 0,
    message: { role: "assistant", content: "hello" },
    finish_reason: "stop",
  }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};
/** The same from an API of responses. */
const RESPONSE = {
  id: "1",
  object: "response",
  created_at: 1,
  model: "m",
  status: "completed",
  output: [{
    type: "message",
    id: "2",
    status: "completed",
    role: "assistant",
    content: [{ type: "output_text", text: "hello", annotations: [] }],
  }],
  usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
};
const BEARER = { headers: { authorization: "Bearer {api_key}" } };

/** A package of the AI SDK, which reads the key from the environment. */
function aiSdk(
  provider: string,
  name: string,
  path: string,
  answer: unknown = CHAT,
): Row {
  const exported = name.split("/")[1]!.replace("ai-sdk-provider", "openrouter");
  return {
    provider,
    from: "npm",
    package: name,
    program: `
import { generateText } from "ai";
import { ${exported} } from "${name}";
const { text } = await generateText({ model: ${exported}("m"), prompt: "why?" });
console.log(text);`,
    request: `POST https://${path}`,
    arrives: BEARER,
    answer,
    prints: "hello",
  };
}

export const MODELS: readonly Row[] = [
  {
    provider: "openai",
    from: "npm",
    package: "openai",
    program: `
import OpenAI from "openai";
const done = await new OpenAI().chat.completions.create({ model: "m", messages: [{ role: "user", content: "why?" }] });
console.log(done.choices[0].message.content);`,
    request: "POST https://api.openai.com/v1/chat/completions",
    arrives: BEARER,
    answer: CHAT,
    prints: "hello",
  },
  {
    provider: "openai",
    from: "pypi",
    package: "openai",
    program: `
from openai import OpenAI
done = OpenAI().chat.completions.create(model="m", messages=[{"role": "user", "content": "why?"}])
print(done.choices[0].message.content)`,
    request: "POST https://api.openai.com/v1/chat/completions",
    arrives: BEARER,
    answer: CHAT,
    prints: "hello",
  },
  ...(["npm", "pypi"] as const).map((from): Row => ({
    provider: "anthropic",
    from,
    package: from === "npm" ? "@anthropic-ai/sdk" : "anthropic",
    program: from === "npm"
      ? `
import Anthropic from "@anthropic-ai/sdk";
const message = await new Anthropic().messages.create({ model: "m", max_tokens: 9, messages: [{ role: "user", content: "why?" }] });
console.log(message.content[0].text);`
      : `
from anthropic import Anthropic
message = Anthropic().messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": "why?"}])
print(message.content[0].text)`,
    request: "POST https://api.anthropic.com/v1/messages",
    arrives: { headers: { "x-api-key": "{api_key}" } },
    answer: {
      id: "1",
      type: "message",
      role: "assistant",
      model: "m",
      content: [{ type: "text", text: "hello" }],
      stop_reason: "end_turn",
      stop_sequence: null,
      usage: { input_tokens: 1, output_tokens: 1 },
    },
    prints: "hello",
  })),
  ...(["npm", "pypi"] as const).map((from): Row => ({
    provider: "google-gemini",
    from,
    package: from === "npm" ? "@google/genai" : "google-genai",
    program: from === "npm"
      ? `
import { GoogleGenAI } from "@google/genai";
const done = await new GoogleGenAI({}).models.generateContent({ model: "m", contents: "why?" });
console.log(done.text);`
      : `
from google import genai
client = genai.Client()
print(client.models.generate_content(model="m", contents="why?").text)`,
    request: `POST https://generativelanguage.googleapis.com/${
      from === "npm" ? "v1beta" : "v1"
    }/models/m:generateContent`,
    arrives: { headers: { "x-goog-api-key": "{api_key}" } },
    answer: {
      candidates: [{ content: { role: "model", parts: [{ text: "hello" }] } }],
    },
    prints: "hello",
  })),
  {
    provider: "google-gemini",
    from: "pypi",
    package: "google-api-python-client",
    program: `
import os
from googleapiclient.discovery import build_from_document
service = build_from_document({
    "name": "generativelanguage", "version": "v1beta", "servicePath": "",
    "rootUrl": "https://generativelanguage.googleapis.com/",
    "resources": {"models": {"methods": {"list": {
        "id": "models.list", "path": "v1beta/models", "httpMethod": "GET",
        "response": {"$ref": "Found"},
    }}}},
    "schemas": {"Found": {"id": "Found", "type": "object"}},
}, developerKey=os.environ["GEMINI_API_KEY"])
print(service.models().list().execute()["models"][0]["displayName"])`,
    request: "GET https://generativelanguage.googleapis.com/v1beta/models",
    arrives: { headers: { "x-goog-api-key": "{api_key}" } },
    answer: { models: [{ name: "models/m", displayName: "hello" }] },
    prints: "hello",
  },
  {
    provider: "mistral",
    from: "npm",
    package: "@mistralai/mistralai",
    program: `
import { Mistral } from "@mistralai/mistralai";
const done = await new Mistral({ apiKey: process.env.MISTRAL_API_KEY }).chat.complete({ model: "m", messages: [{ role: "user", content: "why?" }] });
console.log(done.choices[0].message.content);`,
    request: "POST https://api.mistral.ai/v1/chat/completions",
    arrives: BEARER,
    answer: CHAT,
    prints: "hello",
  },
  {
    provider: "mistral",
    from: "pypi",
    package: "mistralai",
    program: `
import os
from mistralai.client import Mistral
done = Mistral(api_key=os.environ["MISTRAL_API_KEY"]).chat.complete(model="m", messages=[{"role": "user", "content": "why?"}])
print(done.choices[0].message.content)`,
    request: "POST https://api.mistral.ai/v1/chat/completions",
    arrives: BEARER,
    answer: CHAT,
    prints: "hello",
  },
  {
    provider: "groq",
    from: "npm",
    package: "groq-sdk",
    program: `
import Groq from "groq-sdk";
const done = await new Groq().chat.completions.create({ model: "m", messages: [{ role: "user", content: "why?" }] });
console.log(done.choices[0].message.content);`,
    request: "POST https://api.groq.com/openai/v1/chat/completions",
    arrives: BEARER,
    answer: CHAT,
    prints: "hello",
  },
  {
    provider: "groq",
    from: "pypi",
    package: "groq",
    program: `
from groq import Groq
done = Groq().chat.completions.create(model="m", messages=[{"role": "user", "content": "why?"}])
print(done.choices[0].message.content)`,
    request: "POST https://api.groq.com/openai/v1/chat/completions",
    arrives: BEARER,
    answer: CHAT,
    prints: "hello",
  },
  ...(["npm", "pypi"] as const).map((from): Row => ({
    provider: "cohere",
    from,
    package: from === "npm" ? "cohere-ai" : "cohere",
    // Either reads CO_API_KEY by itself.
    program: from === "npm"
      ? `
import { CohereClientV2 } from "cohere-ai";
const done = await new CohereClientV2({}).chat({ model: "m", messages: [{ role: "user", content: "why?" }] });
console.log(done.message.content[0].text);`
      : `
import cohere
done = cohere.ClientV2().chat(model="m", messages=[{"role": "user", "content": "why?"}])
print(done.message.content[0].text)`,
    request: `POST https://api.cohere.com/v2/chat`,
    arrives: BEARER,
    answer: {
      id: "1",
      finish_reason: "COMPLETE",
      message: {
        role: "assistant",
        content: [{ type: "text", text: "hello" }],
      },
    },
    prints: "hello",
  })),
  {
    provider: "together",
    from: "npm",
    package: "together-ai",
    program: `
import Together from "together-ai";
const done = await new Together().chat.completions.create({ model: "m", messages: [{ role: "user", content: "why?" }] });
console.log(done.choices[0].message.content);`,
    request: "POST https://api.together.ai/v1/chat/completions",
    arrives: BEARER,
    answer: CHAT,
    prints: "hello",
  },
  {
    provider: "together",
    from: "pypi",
    package: "together",
    program: `
from together import Together
done = Together().chat.completions.create(model="m", messages=[{"role": "user", "content": "why?"}])
print(done.choices[0].message.content)`,
    request: "POST https://api-inference.together.ai/v1/chat/completions",
    arrives: BEARER,
    answer: CHAT,
    prints: "hello",
  },
  {
    provider: "perplexity",
    from: "pypi",
    package: "perplexityai",
    program: `
from perplexity import Perplexity
done = Perplexity().chat.completions.create(model="m", messages=[{"role": "user", "content": "why?"}])
print(done.choices[0].message.content)`,
    request: "POST https://api.perplexity.ai/chat/completions",
    arrives: BEARER,
    answer: CHAT,
    prints: "hello",
  },
  {
    provider: "cerebras",
    from: "pypi",
    package: "cerebras-cloud-sdk",
    program: `
from cerebras.cloud.sdk import Cerebras
done = Cerebras(warm_tcp_connection=False).chat.completions.create(model="m", messages=[{"role": "user", "content": "why?"}])
print(done.choices[0].message.content)`,
    request: "POST https://api.cerebras.ai/v1/chat/completions",
    arrives: BEARER,
    answer: CHAT,
    prints: "hello",
  },
  {
    provider: "voyage",
    from: "npm",
    package: "voyageai",
    program: `
import { VoyageAIClient } from "voyageai";
const done = await new VoyageAIClient({ apiKey: process.env.VOYAGE_API_KEY }).embed({ input: ["why?"], model: "m" });
console.log(done.data[0].embedding.length);`,
    request: "POST https://api.voyageai.com/v1/embeddings",
    arrives: BEARER,
    answer: {
      object: "list",
      data: [{ object: "embedding", embedding: [1, 2, 3], index: 0 }],
      model: "m",
      usage: { total_tokens: 1 },
    },
    prints: "3",
  },
  {
    provider: "voyage",
    from: "pypi",
    package: "voyageai",
    program: `
import voyageai
print(len(voyageai.Client().embed(["why?"], model="m").embeddings[0]))`,
    request: "POST https://api.voyageai.com/v1/embeddings",
    arrives: BEARER,
    answer: {
      object: "list",
      data: [{ object: "embedding", embedding: [1, 2, 3], index: 0 }],
      model: "m",
      usage: { total_tokens: 1 },
    },
    prints: "3",
  },
  aiSdk("xai", "@ai-sdk/xai", "api.x.ai/v1/responses", RESPONSE),
  aiSdk(
    "deepseek",
    "@ai-sdk/deepseek",
    "api.deepseek.com/chat/completions",
  ),
  aiSdk(
    "perplexity",
    "@ai-sdk/perplexity",
    "api.perplexity.ai/chat/completions",
  ),
  aiSdk(
    "fireworks",
    "@ai-sdk/fireworks",
    "api.fireworks.ai/inference/v1/chat/completions",
  ),
  aiSdk("cerebras", "@ai-sdk/cerebras", "api.cerebras.ai/v1/chat/completions"),
  aiSdk(
    "openrouter",
    "@openrouter/ai-sdk-provider",
    "openrouter.ai/api/v1/chat/completions",
  ),
];
