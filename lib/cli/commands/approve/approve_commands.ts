/** The commands about approvals. @module */
import type { CommandEntry } from "../../kit/define_command.ts";

/** By the words that call them, for the table of all commands. */
export const APPROVE_COMMANDS: Readonly<Record<string, CommandEntry>> = {
  "approve": {
    brief: "Answer requests that a rule asks about",
    group: "Use",
    load: async () => (await import("./approve.ts")).default,
  },
  "approve list": {
    brief: "Show the requests that wait for an answer",
    group: "Use",
    load: async () => (await import("./approve_list.ts")).default,
  },
  "approve deny": {
    brief: "Deny a request",
    group: "Use",
    load: async () => (await import("./approve_deny.ts")).default,
  },
  "approve pair": {
    brief: "Pair a phone that may answer when a rule asks",
    group: "Manage",
    load: async () => (await import("./pair.ts")).pair,
  },
  "approve unpair": {
    brief: "Remove a phone",
    group: "Manage",
    load: async () => (await import("./pair.ts")).unpair,
  },
  "approve devices": {
    brief: "List the phones and the webhook",
    group: "Manage",
    load: async () => (await import("./pair.ts")).devices,
  },
  "approve page": {
    brief: "Print the page that a phone opens",
    group: "Manage",
    load: async () => (await import("./pair.ts")).page,
  },
  "approve webhook": {
    brief: "Post requests to a chat or a server, sealed",
    group: "Manage",
    load: async () => (await import("./pair.ts")).webhook,
  },
};
