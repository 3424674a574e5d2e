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

/** Rows that cannot pass in a mode: a limit of the package, whose documentation names a way round it. */
export const LIMITS: Readonly<
  Record<string, Readonly<Partial<Record<Mode, string>>>>
> = {
  "algolia: npm algoliasearch": { plain: AGENT },
  "asana: npm asana": { plain: AGENT },
  "e2b: npm e2b": { plain: AGENT },
  "mailchimp: npm @mailchimp/mailchimp_marketing": { plain: AGENT },
  "stripe: npm stripe": { plain: AGENT },
  "telegram-bot: npm grammy": { plain: AGENT },
  "telegram-bot: npm telegraf": { plain: AGENT },
  "typeform: npm @typeform/api-client, without HTTPS_PROXY": {
    plain: "its axios is too old to ask a proxy for a tunnel",
  },
};
