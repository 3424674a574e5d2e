/** Speech, images and models of many kinds. @module */
import type { Row } from "../row.ts";

const BEARER = { headers: { authorization: "Bearer {api_key}" } };
const ELEVENLABS = [{ model_id: "hello", name: "hello" }];
const DEEPGRAM = { projects: [{ project_id: "hello", name: "hello" }] };
const TRANSCRIPTS = {
  page_details: { limit: 1, result_count: 1, current_url: "u" },
  transcripts: [{
    id: "hello",
    resource_url: "u",
    status: "completed",
    created: "2026-01-01T00:00:00",
    audio_url: "u",
  }],
};

export const MEDIA: readonly Row[] = [
  {
    provider: "elevenlabs",
    from: "npm",
    package: "@elevenlabs/elevenlabs-js",
    program: `
import { ElevenLabsClient } from "@elevenlabs/elevenlabs-js";
console.log((await new ElevenLabsClient().models.list())[0].modelId);`,
    request: "GET https://api.elevenlabs.io/v1/models",
    arrives: { headers: { "xi-api-key": "{api_key}" } },
    answer: ELEVENLABS,
    prints: "hello",
  },
  {
    provider: "elevenlabs",
    from: "pypi",
    package: "elevenlabs",
    program: `
from elevenlabs.client import ElevenLabs
print(ElevenLabs().models.list()[0].model_id)`,
    request: "GET https://api.elevenlabs.io/v1/models",
    arrives: { headers: { "xi-api-key": "{api_key}" } },
    answer: ELEVENLABS,
    prints: "hello",
  },
  {
    provider: "deepgram",
    from: "npm",
    package: "@deepgram/sdk",
    program: `
import { DeepgramClient } from "@deepgram/sdk";
console.log((await new DeepgramClient().manage.v1.projects.list()).projects[0].name);`,
    request: "GET https://api.deepgram.com/v1/projects",
    arrives: { headers: { authorization: "Token {api_key}" } },
    answer: DEEPGRAM,
    prints: "hello",
  },
  {
    provider: "deepgram",
    from: "pypi",
    package: "deepgram-sdk",
    program: `
from deepgram import DeepgramClient
print(DeepgramClient().manage.v1.projects.list().projects[0].name)`,
    request: "GET https://api.deepgram.com/v1/projects",
    arrives: { headers: { authorization: "Token {api_key}" } },
    answer: DEEPGRAM,
    prints: "hello",
  },
  {
    provider: "assemblyai",
    from: "npm",
    package: "assemblyai",
    program: `
import { AssemblyAI } from "assemblyai";
const client = new AssemblyAI({ apiKey: process.env.ASSEMBLYAI_API_KEY });
console.log((await client.transcripts.list()).transcripts[0].id);`,
    request: "GET https://api.assemblyai.com/v2/transcript",
    arrives: { headers: { authorization: "{api_key}" } },
    answer: TRANSCRIPTS,
    prints: "hello",
  },
  {
    provider: "assemblyai",
    from: "pypi",
    package: "assemblyai",
    program: `
import assemblyai
print(assemblyai.Transcriber().list_transcripts().transcripts[0].id)`,
    request: "GET https://api.assemblyai.com/v2/transcript",
    arrives: { headers: { authorization: "{api_key}" } },
    answer: TRANSCRIPTS,
    prints: "hello",
  },
  {
    provider: "fal",
    from: "npm",
    package: "@fal-ai/client",
    program: `
import { fal } from "@fal-ai/client";
console.log((await fal.run("fal-ai/flux", { input: {} })).data.text);`,
    request: "POST https://fal.run/fal-ai/flux",
    arrives: { headers: { authorization: "Key {api_key}" } },
    answer: { text: "hello" },
    prints: "hello",
  },
  {
    provider: "fal",
    from: "pypi",
    package: "fal-client",
    program: `
import fal_client
print(fal_client.run("fal-ai/flux", arguments={})["text"])`,
    request: "POST https://fal.run/fal-ai/flux",
    arrives: { headers: { authorization: "Key {api_key}" } },
    answer: { text: "hello" },
    prints: "hello",
  },
  {
    provider: "replicate",
    from: "npm",
    package: "replicate",
    program: `
import Replicate from "replicate";
console.log((await new Replicate().accounts.current()).username);`,
    request: "GET https://api.replicate.com/v1/account",
    arrives: BEARER,
    answer: { type: "user", username: "hello" },
    prints: "hello",
  },
  {
    provider: "replicate",
    from: "pypi",
    package: "replicate",
    program: `
import replicate
print(replicate.collections.get("c").slug)`,
    request: "GET https://api.replicate.com/v1/collections/c",
    arrives: BEARER,
    answer: { name: "c", slug: "hello", description: "", models: [] },
    prints: "hello",
  },
  {
    provider: "huggingface",
    from: "npm",
    package: "@huggingface/hub",
    program: `
import { whoAmI } from "@huggingface/hub";
console.log((await whoAmI({ accessToken: process.env.HF_TOKEN })).name);`,
    request: "GET https://huggingface.co/api/whoami-v2",
    arrives: BEARER,
    answer: WHOAMI(),
    prints: "hello",
  },
  {
    provider: "huggingface",
    from: "pypi",
    package: "huggingface_hub",
    program: `
from huggingface_hub import HfApi
print(HfApi().whoami()["name"])`,
    request: "GET https://huggingface.co/api/whoami-v2",
    arrives: BEARER,
    answer: WHOAMI(),
    prints: "hello",
  },
  {
    provider: "huggingface",
    from: "npm",
    package: "@huggingface/inference",
    program: `
import { InferenceClient } from "@huggingface/inference";
const client = new InferenceClient(process.env.HF_TOKEN);
const done = await client.chatCompletion({ model: "a/m", messages: [{ role: "user", content: "why?" }] });
console.log(done.choices[0].message.content);`,
    request: "POST https://router.huggingface.co/v1/chat/completions",
    hosts: ["huggingface.co"],
    arrives: BEARER,
    answer: CHAT(),
    prints: "hello",
  },
  {
    provider: "huggingface",
    from: "pypi",
    package: "huggingface_hub",
    what: "InferenceClient",
    program: `
from huggingface_hub import InferenceClient
done = InferenceClient().chat_completion(model="a/m", messages=[{"role": "user", "content": "why?"}])
print(done.choices[0].message.content)`,
    request: "POST https://router.huggingface.co/v1/chat/completions",
    hosts: ["huggingface.co"],
    arrives: BEARER,
    answer: CHAT(),
    prints: "hello",
  },
  {
    provider: "wandb",
    from: "pypi",
    package: "wandb",
    program: `
import wandb
print(wandb.Api().viewer.username)`,
    env: { WANDB_ERROR_REPORTING: "false" },
    request: "POST https://api.forge.coreweave.com/graphql",
    arrives: { headers: { authorization: "Basic api:{api_key}" } },
    answer: {
      data: {
        viewer: {
          id: "1",
          username: "hello",
          name: "hello",
          entity: "hello",
          email: "a@example.com",
          admin: false,
          deletedAt: null,
          apiKeys: { edges: [] },
          flags: "{}",
          teams: { edges: [] },
        },
        serverInfo: { cliVersionInfo: {}, latestLocalVersionInfo: null },
      },
    },
    prints: "hello",
  },
];

function WHOAMI() {
  return { type: "user", id: "1", name: "hello", orgs: [], auth: {} };
}

function CHAT() {
  return {
    id: "1",
    object: "chat.completion",
    created: 1,
    model: "m",
    system_fingerprint: "s",
    choices: [{
      index: 0,
      message: { role: "assistant", content: "hello" },
      finish_reason: "stop",
    }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  };
}
