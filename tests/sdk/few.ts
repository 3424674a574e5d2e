/** Which rows run with all other tests; `AUTHSOME_TEST_SDK=all` runs the whole table. @module */
import type { Mode } from "./row.ts";

export const FEW: Readonly<Record<Mode, readonly string[]>> = {
  plain: [
    "openai: npm openai",
    "anthropic: pypi anthropic",
    "elevenlabs: npm @elevenlabs/elevenlabs-js",
    "deepgram: pypi deepgram-sdk",
    "tavily: pypi tavily-python",
    "exa: npm exa-js",
    "github-pat: npm octokit",
    "aws: pypi boto3",
    "pagerduty: pypi pagerduty",
    "slack-bot: pypi slack_sdk",
    "resend: npm resend",
    "notion-token: npm @notionhq/client",
    "x: npm twitter-api-v2",
  ],
  sandbox: [
    "openai: pypi openai",
    "slack-bot: npm @slack/web-api",
    "stripe: npm stripe",
    "telegram-bot: npm telegraf",
  ],
};

/** Whether the whole table runs. */
export const ALL = Deno.env.get("AUTHSOME_TEST_SDK") === "all";
