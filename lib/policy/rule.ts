/** The rules of `policy.json`. @module */

/**
 * What a rule says of the requests that it matches. In this order: the first effect that one of them has stands. A limit
 * that is not reached says nothing.
 */
export const EFFECTS = ["deny", "ask", "limit", "allow"] as const;
export type Effect = (typeof EFFECTS)[number];

/** How much may be asked for, over all requests that the rule matches; each limit by itself. */
export interface Limits {
  /** Requests in any 60 seconds. */
  per_minute?: number;
  /** Requests of one run. */
  per_run?: number;
  /** Bytes of request bodies in one run. */
  bytes_up?: number;
  /** US dollars in one run, by the usage that the answers of model APIs report and the table of prices. */
  usd?: number;
}

/** When a rule holds, in the local time of the machine. */
export interface TimeWindow {
  /** Default: every day. */
  days?: ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[];
  /** `HH:MM`. */
  from?: string;
  /** `HH:MM`, not included; before `from`: of the next day. */
  to?: string;
}

/** A rule. What is absent matches everything; a list matches what one of its entries matches. */
export interface Rule {
  /** Unique in the file; refusals and the audit log name it. */
  id: string;
  effect: Effect;
  provider?: string | string[];
  connection?: string | string[];
  method?: string | string[];
  /** A host, or `*.` and a domain for its subdomains. */
  host?: string | string[];
  /** A path of whole segments: `*` is one segment or part of one, `**` any number. Judged in every reading of the path. */
  path?: string | string[];
  /** Name of an operation; `*` stands for any text. */
  operation?: string | string[];
  /** `true`: operations that only read. `false`: all others, also those of which nobody knows. */
  reads?: boolean;
  time?: TimeWindow;
  /** A condition in CEL that is true; see docs/guides/control.md for its variables. */
  when?: string;
  /** For `limit`. */
  limit?: Limits;
  /** Shown to whom a request is refused. */
  reason?: string;
}

/** `policy.json`. */
export interface PolicyFile {
  v: 1;
  /** What becomes of requests that get a credential and that no rule allows, asks about or denies. Default: `allow`. */
  default?: "allow" | "ask" | "deny";
  rules: Rule[];
  /** Further rules for a profile, or for a folder and those below it. */
  profiles?: Record<string, { default?: PolicyFile["default"]; rules: Rule[] }>;
  folders?: Record<string, { default?: PolicyFile["default"]; rules: Rule[] }>;
}
