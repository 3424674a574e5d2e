// The vendors' own packages, each making the first call of its documentation.
import process from "node:process";

const { load } = globalThis;
const { env } = process;
const MESSAGES = [{ role: "user", content: "hello" }];

export const CLIENTS = {
  openai: async () => {
    const { default: OpenAI } = await load("openai");
    return await new OpenAI({ maxRetries: 0 }).models.list();
  },

  "openai-stream": async () => {
    const { default: OpenAI } = await load("openai");
    const stream = await new OpenAI({ maxRetries: 0 }).chat.completions
      .create({ model: "m", stream: true, messages: MESSAGES });
    let said = "";
    for await (const chunk of stream) {
      said += chunk.choices[0].delta.content ?? "";
    }
    if (said !== "hello") throw new Error(`it said ${said}`);
  },

  anthropic: async () => {
    const { default: Anthropic } = await load("@anthropic-ai/sdk");
    return await new Anthropic({ maxRetries: 0 }).models.list();
  },

  genai: async () => {
    const { GoogleGenAI } = await load("@google/genai");
    const ai = new GoogleGenAI({ apiKey: env.GEMINI_API_KEY });
    return (await ai.models.generateContent({
      model: "gemini-2.5-flash",
      contents: "hello",
    })).text;
  },

  aisdk: async () => {
    const { generateText } = await load("ai");
    const { openai } = await load("@ai-sdk/openai");
    return (await generateText({
      model: openai.chat("m"),
      prompt: "hello",
      maxRetries: 0,
    })).text;
  },

  "aisdk-google": async () => {
    const { generateText } = await load("ai");
    const { google } = await load("@ai-sdk/google");
    return (await generateText({
      model: google("gemini-2.5-flash"),
      prompt: "hello",
      maxRetries: 0,
    })).text;
  },

  "aws-sdk": async () => {
    const { GetCallerIdentityCommand, STSClient } = await load(
      "@aws-sdk/client-sts",
    );
    const client = new STSClient({ region: "us-east-1", maxAttempts: 1 });
    return (await client.send(new GetCallerIdentityCommand({}))).Account;
  },

  "aws-s3": async () => {
    const { ListBucketsCommand, S3Client } = await load("@aws-sdk/client-s3");
    const client = new S3Client({ region: "us-east-1", maxAttempts: 1 });
    return (await client.send(new ListBucketsCommand({}))).Buckets;
  },

  octokit: async () => {
    const { Octokit } = await load("octokit");
    return (await new Octokit({ auth: env.GITHUB_TOKEN }).rest.users
      .getAuthenticated()).data.login;
  },

  stripe: async () => {
    const { default: Stripe } = await load("stripe");
    return await new Stripe(env.STRIPE_API_KEY, { maxNetworkRetries: 0 })
      .balance.retrieve();
  },

  slack: async () => {
    const { WebClient } = await load("@slack/web-api");
    return (await new WebClient(env.SLACK_BOT_TOKEN, {
      retryConfig: { retries: 0 },
    }).auth.test()).ok;
  },

  linear: async () => {
    const { LinearClient } = await load("@linear/sdk");
    return (await new LinearClient({ apiKey: env.LINEAR_API_KEY }).viewer).name;
  },

  notion: async () => {
    const { Client } = await load("@notionhq/client");
    return (await new Client({ auth: env.NOTION_TOKEN }).users.me({})).object;
  },

  mistral: async () => {
    const { Mistral } = await load("@mistralai/mistralai");
    return await new Mistral({ apiKey: env.MISTRAL_API_KEY }).models.list();
  },

  groq: async () => {
    const { default: Groq } = await load("groq-sdk");
    return await new Groq({ maxRetries: 0 }).models.list();
  },

  replicate: async () => {
    const { default: Replicate } = await load("replicate");
    return await new Replicate().accounts.current();
  },

  telegraf: async () => {
    const { Telegraf } = await load("telegraf");
    return await new Telegraf(env.TELEGRAM_BOT_TOKEN).telegram.getMe();
  },

  grammy: async () => {
    const { Bot } = await load("grammy");
    return await new Bot(env.TELEGRAM_BOT_TOKEN).api.getMe();
  },

  "discord.js": async () => {
    const { REST } = await load("discord.js");
    const rest = new REST({ retries: 0 }).setToken(env.DISCORD_BOT_TOKEN);
    return await rest.get("/users/@me");
  },

  twilio: async () => {
    const { default: twilio } = await load("twilio");
    const client = twilio(env.TWILIO_ACCOUNT_SID, env.TWILIO_AUTH_TOKEN);
    return (await client.api.v2010.accounts(env.TWILIO_ACCOUNT_SID).fetch())
      .sid;
  },

  "isomorphic-git": async () => {
    const git = await load("isomorphic-git");
    const { default: http } = await load("isomorphic-git/http/node");
    return await git.getRemoteInfo({
      http,
      url: "https://github.com/team/project.git",
    });
  },
};
