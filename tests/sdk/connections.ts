/** What each provider of the table is connected with. Made up, in the vendor's shape; no key opens anything. @module */
import { createHash } from "node:crypto";

/** A connection. */
export interface Connected {
  /** Secrets and what is none, by field. */
  fields: Readonly<Record<string, string>>;
  /** An access token in place of a key; it is the field `access_token`. */
  oauth?: true;
  /** Of a provider whose address is the person's own. */
  baseUrl?: string;
}

/** What every secret begins or goes on with, after the vendor's prefix: `child/` searches for the doubled word. */
export const MARK = "5ec2e75ec2e7";

/** `length` hexadecimal digits of the provider's own, which hold the mark. */
function hex(provider: string, length = 40): string {
  const rest = createHash("sha512").update(provider).digest("hex");
  return (MARK + rest).slice(0, length);
}

/** A UUID that ends with the mark. */
function uuid(provider: string): string {
  const digits = createHash("sha512").update(provider).digest("hex");
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4000-8000-${MARK}`;
}

const key = (api_key: string): Connected => ({ fields: { api_key } });
const token = (provider: string): Connected => ({
  fields: { access_token: hex(provider, 48) },
  oauth: true,
});

/** By the name of the definition. */
export const CONNECTIONS: Readonly<Record<string, Connected>> = {
  airtable: token("airtable"),
  algolia: {
    fields: { application_id: "ABCDE12345", api_key: hex("algolia", 32) },
  },
  anthropic: key(`sk-ant-api03-${hex("anthropic")}`),
  apify: key(`apify_api_${hex("apify", 36)}`),
  asana: token("asana"),
  assemblyai: key(hex("assemblyai", 32)),
  "atlassian-api-token": {
    fields: {
      email: "ada@example.com",
      api_token: hex("atlassian-api-token", 24),
    },
    baseUrl: "https://acme.atlassian.net",
  },
  aws: {
    fields: {
      access_key_id: "AKIAREALCANARY000001",
      secret_access_key: hex("aws", 40),
    },
  },
  brevo: key(`xkeysib-${hex("brevo", 64)}-a1b2c3d4e5f6`),
  cerebras: key(`csk-${hex("cerebras", 48)}`),
  cloudflare: key(hex("cloudflare")),
  cohere: key(hex("cohere")),
  datadog: {
    fields: {
      api_key: hex("datadog", 32),
      app_key: hex("datadog app", 40),
    },
    baseUrl: "https://api.datadoghq.com",
  },
  deepgram: key(hex("deepgram")),
  deepseek: key(`sk-${hex("deepseek", 32)}`),
  digitalocean: key(`dop_v1_${hex("digitalocean", 64)}`),
  "discord-bot": key(
    `MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcDe.${hex("discord-bot", 38)}`,
  ),
  dropbox: token("dropbox"),
  dub: key(`dub_${hex("dub", 24)}`),
  e2b: key(`e2b_${hex("e2b")}`),
  elevenlabs: key(`sk_${hex("elevenlabs", 48)}`),
  exa: key(uuid("exa")),
  fal: key(`${uuid("fal")}:${hex("fal", 32)}`),
  firecrawl: key(`fc-${hex("firecrawl", 32)}`),
  fireworks: key(`fw_${hex("fireworks", 24)}`),
  "github-pat": key(`ghp_${hex("github-pat", 36)}`),
  "gitlab-pat": {
    fields: { api_key: `glpat-${hex("gitlab-pat", 20)}` },
    baseUrl: "https://gitlab.com",
  },
  "google-gemini": key(`AIzaSy${hex("google-gemini", 33)}`),
  groq: key(`gsk_${hex("groq", 52)}`),
  "hubspot-private-app": key(`pat-na1-${uuid("hubspot-private-app")}`),
  huggingface: key(`hf_${hex("huggingface", 34)}`),
  intercom: key(`dG9rOj${hex("intercom")}`),
  klaviyo: key(`pk_${hex("klaviyo", 34)}`),
  langfuse: {
    fields: {
      public_key: "pk-lf-12345678-1234-4000-8000-123456789abc",
      secret_key: `sk-lf-${uuid("langfuse")}`,
    },
  },
  langsmith: key(`lsv2_pt_${hex("langsmith", 32)}_0123456789`),
  lemonsqueezy: key(`eyJ${hex("lemonsqueezy", 60)}`),
  "linear-api-key": key(`lin_api_${hex("linear-api-key")}`),
  mailchimp: key(`${hex("mailchimp", 32)}-us6`),
  mailgun: key(`key-${hex("mailgun", 32)}`),
  microsoft: token("microsoft"),
  mistral: key(hex("mistral", 32)),
  monday: token("monday"),
  neon: key(`napi_${hex("neon", 64)}`),
  netlify: key(`nfp_${hex("netlify", 36)}`),
  "notion-token": key(`ntn_${hex("notion-token", 46)}`),
  okta: {
    fields: { api_key: `00${hex("okta")}` },
    baseUrl: "https://acme.okta.com",
  },
  openai: key(`sk-proj-${hex("openai", 48)}`),
  openrouter: key(`sk-or-v1-${hex("openrouter", 64)}`),
  pagerduty: key(`u+${hex("pagerduty", 18)}`),
  perplexity: key(`pplx-${hex("perplexity", 48)}`),
  pinecone: key(`pcsk_${hex("pinecone", 60)}`),
  plaid: {
    fields: {
      client_id: "0123456789abcdef01234567",
      secret: hex("plaid", 30),
    },
  },
  posthog: key(`phx_${hex("posthog", 43)}`),
  postmark: {
    fields: {
      api_key: uuid("postmark"),
      account_token: uuid("postmark account"),
    },
  },
  pypi: key(`pypi-${hex("pypi", 60)}`),
  replicate: key(`r8_${hex("replicate", 37)}`),
  resend: key(`re_${hex("resend", 24)}`),
  segment: key(`sgp_${hex("segment", 60)}`),
  sendgrid: key(
    `SG.${hex("sendgrid", 22)}.${hex("sendgrid secret", 43)}`,
  ),
  sentry: key(`sntryu_${hex("sentry", 64)}`),
  serpapi: key(hex("serpapi", 64)),
  shortcut: key(uuid("shortcut")),
  "slack-bot": key(`xoxb-123456789012-${hex("slack-bot", 24)}`),
  spotify: token("spotify"),
  square: key(`EAAA${hex("square", 60)}`),
  stripe: key(`sk_test_${hex("stripe", 24)}`),
  supabase: key(`sbp_${hex("supabase")}`),
  tavily: key(`tvly-${hex("tavily", 32)}`),
  "telegram-bot": key(`123456789:${hex("telegram-bot", 35)}`),
  todoist: token("todoist"),
  together: key(hex("together", 64)),
  trello: {
    fields: {
      key: "0123456789abcdef0123456789abcdef",
      token: `ATTA${hex("trello", 72)}`,
    },
  },
  twilio: {
    fields: {
      account_sid: "AC0123456789abcdef0123456789abcdef",
      auth_token: hex("twilio", 32),
    },
  },
  typeform: key(`tfp_${hex("typeform", 44)}`),
  vercel: key(hex("vercel", 24)),
  voyage: key(`pa-${hex("voyage")}`),
  wandb: key(hex("wandb")),
  webflow: token("webflow"),
  x: token("x"),
  xai: key(`xai-${hex("xai", 80)}`),
  "zendesk-token": {
    fields: { email: "ada@example.com", api_token: hex("zendesk-token") },
    baseUrl: "https://acme.zendesk.com",
  },
};
