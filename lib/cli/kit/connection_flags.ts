/** Which connections take part and which rules hold: the flags of `run`, and of `explain`, which shows what `run` would do. @module */
import { AuthsomeError } from "../../errors.ts";
import { defined } from "../../object.ts";
import type { RunRequest } from "../../run/proxied_run.ts";
import type { RunRules } from "../../broker/policy/live_rules.ts";
import { choice, option, options, toggle } from "./define_command.ts";

/** Values of {@linkcode CONNECTION_FLAGS}. */
export interface ConnectionFlags {
  only?: string;
  connection?: string[];
  allowMinting?: string[];
}

/** Flags that choose connections. */
export const CONNECTION_FLAGS = {
  only: option(
    "Use only these providers, separated by commas",
    "p,q",
    "provider",
  ),
  connection: options(
    "Use this connection of a provider",
    "p=name",
    "provider=connection",
  ),
  allowMinting: options(
    "Allow requests that create keys and tokens at this provider",
    "provider",
    "provider",
  ),
};

/** `--policy`. */
export const POLICY_FLAG = choice(
  "What to do with hosts that no connection serves",
  ["open", "deny"],
);

/** Values of {@linkcode RULE_FLAGS}. */
export type RuleFlags = RunRules;

/** Flags that add rules. */
export const RULE_FLAGS = {
  readOnly: toggle("Refuse what is not known to only read"),
  policyFile: option("Hold to the rules of this file too", "file", "file"),
  maxUsd: {
    kind: "parsed",
    parse: dollars,
    brief: "Refuse requests once models have cost so much, in US dollars",
    placeholder: "n",
  },
} as const;

/** The rules that flags ask for. */
export function rulesOf(
  { readOnly, policyFile, maxUsd }: RuleFlags,
): RunRules {
  return defined({ readOnly: readOnly || undefined, policyFile, maxUsd });
}

function dollars(text: string): number {
  const usd = /^\d{1,9}(?:\.\d{1,6})?$/.test(text) ? Number(text) : NaN;
  if (usd > 0) return usd;
  throw new RangeError("it is not a number of US dollars above 0");
}

/**
 * What the flags choose.
 *
 * @throws {AuthsomeError} `Usage` if they cannot be read.
 */
export function chosenConnections(
  { only, connection = [], allowMinting }: ConnectionFlags,
):
  & Required<Pick<RunRequest, "connections">>
  & Pick<RunRequest, "only" | "allowMinting"> {
  return defined({
    only: only === undefined ? undefined : list(only),
    connections: pairs(connection),
    allowMinting,
  });
}

function list(text: string): string[] {
  const names = text.split(",").map((name) => name.trim()).filter(Boolean);
  if (names.length > 0) return names;
  throw new AuthsomeError(
    "Usage",
    "--only names no provider",
    "Write --only github,openai",
  );
}

function pairs(texts: readonly string[]): Record<string, string> {
  const chosen: Record<string, string> = Object.create(null);
  for (const text of texts) {
    const [, provider, name] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    if (provider === undefined || name === undefined) {
      throw new AuthsomeError(
        "Usage",
        `Cannot use --connection "${text}": expected provider=name`,
        "Write --connection github=work",
      );
    }
    if (provider in chosen && chosen[provider] !== name) {
      throw new AuthsomeError(
        "Usage",
        `--connection is given twice for ${provider}`,
        "Choose one; --all-connections makes the others available by name",
        { subject: { provider } },
      );
    }
    chosen[provider] = name;
  }
  return chosen;
}
