/** Which rows run with all other tests; `AUTHSOME_TEST_SDK=all` runs the whole table. @module */
import type { Mode } from "./row.ts";

export const FEW: Readonly<Record<Mode, readonly string[]>> = {
  plain: [
    "openai: npm openai",
    "anthropic: pypi anthropic",
    "openai: pypi openai",
  ],
  sandbox: ["openai: npm openai", "stripe: pypi stripe"],
};

/** Whether the whole table runs. */
export const ALL = Deno.env.get("AUTHSOME_TEST_SDK") === "all";
