/**
 * Rows that do not pass, by name, and why. A row that passes in spite of its mark fails its test, so that no mark outlives
 * its reason.
 *
 * @module
 */
import type { Mode } from "./row.ts";

/** Rows that are to pass. */
export const PENDING: Readonly<Record<string, string>> = {};

const AGENT = "its own HTTPS agent asks the environment for no proxy";
const TRANSPORT = "its HTTP transport asks the environment for no proxy";

/** Rows that cannot pass in a mode: a limit of the package, whose documentation names a way round it. */
export const LIMITS: Readonly<
  Record<string, Readonly<Partial<Record<Mode, string>>>>
> = {
  "algolia: npm algoliasearch": { plain: AGENT },
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
