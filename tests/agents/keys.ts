/** The keys of the connections: made up, in the vendors' shape. @module */

/** What every key holds, and nothing that an agent writes may hold. */
export const MARK = "5ec2e75ec2e7";

/** By the name of the definition. */
export const KEYS = {
  anthropic: `sk-ant-api03-${MARK.repeat(5)}`,
  openai: `sk-proj-${MARK.repeat(4)}`,
  "google-gemini": `AIzaSy${MARK.repeat(3).slice(0, 33)}`,
  github: `gho_${MARK.repeat(3)}`,
} as const;
