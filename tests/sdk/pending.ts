/**
 * Rows that do not pass, by name, and why. A row that passes in spite of its mark fails its test, so that no mark outlives
 * its reason.
 *
 * @module
 */
import type { Mode } from "./row.ts";

const PUBLIC = "a public field is not given as it is";
const SHAPE = "the placeholder has not the shape that it checks";
const VARIABLE = "the variable that it reads is not given";

/** Rows that are to pass. */
export const PENDING: Readonly<Record<string, string>> = {
  "algolia: npm algoliasearch": PUBLIC,
  "algolia: pypi algoliasearch": PUBLIC,
  "huggingface: npm @huggingface/hub": SHAPE,
  "huggingface: npm @huggingface/inference": SHAPE,
  "huggingface: pypi huggingface_hub, InferenceClient": SHAPE,
  "langfuse: npm langfuse": "a second header holds the public key",
  "langfuse: pypi langfuse": "a second header holds the public key",
  "mailchimp: npm @mailchimp/mailchimp_marketing": SHAPE,
  "mailchimp: pypi mailchimp3": SHAPE,
  "neon: npm neonctl": "a cookie holds the key too",
  "square: npm square": VARIABLE,
  "stripe: npm @stripe/mcp": SHAPE,
  "supabase: npm @supabase/cli-linux-x64": SHAPE,
  "telegram-bot: pypi aiogram": SHAPE,
  "together: pypi together": "a host of newer versions is not served",
  "twilio: npm twilio": PUBLIC,
  "twilio: pypi twilio": PUBLIC,
  "vercel: npm vercel": SHAPE,
  "wandb: pypi wandb": SHAPE,
};

const AGENT = "its own HTTPS agent asks the environment for no proxy";
const TRANSPORT = "its HTTP transport asks the environment for no proxy";

/** Rows that cannot pass in a mode: a limit of the package, whose documentation names a way round it. */
export const LIMITS: Readonly<
  Record<string, Readonly<Partial<Record<Mode, string>>>>
> = {
  "asana: npm asana": { plain: AGENT },
  "datadog: pypi datadog-api-client": { plain: TRANSPORT },
  "e2b: npm e2b": { plain: AGENT },
  "hubspot-private-app: pypi hubspot-api-client": { plain: TRANSPORT },
  "klaviyo: pypi klaviyo-api": { plain: TRANSPORT },
  "mailchimp: npm @mailchimp/mailchimp_marketing": { plain: AGENT },
  "pinecone: pypi pinecone": { plain: TRANSPORT },
  "replicate: pypi replicate": { plain: TRANSPORT },
  "stripe: npm stripe": { plain: AGENT },
  "telegram-bot: npm grammy": { plain: AGENT },
  "telegram-bot: npm telegraf": { plain: AGENT },
  "telegram-bot: pypi aiogram": { plain: TRANSPORT },
  "typeform: npm @typeform/api-client, without HTTPS_PROXY": {
    plain: "its axios is too old to ask a proxy for a tunnel",
  },
};
