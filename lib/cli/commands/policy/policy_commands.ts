/** The commands about rules. @module */
import type { CommandEntry } from "../../kit/define_command.ts";

/** By the words that call them, for the table of all commands. */
export const POLICY_COMMANDS: Readonly<Record<string, CommandEntry>> = {
  "policy list": {
    brief: "Show the rules that hold here",
    group: "Look",
    load: async () => (await import("./policy_list.ts")).default,
  },
  "policy test": {
    brief: "Show which rule decides about a request",
    group: "Look",
    load: async () => (await import("./policy_test.ts")).default,
  },
  "policy check": {
    brief: "Show what the rules would have done to a log",
    group: "Look",
    load: async () => (await import("./policy_check.ts")).default,
  },
  "policy learn": {
    brief: "Print rules that allow what a run did",
    group: "Look",
    load: async () => (await import("./policy_learn.ts")).default,
  },
  "policy edit": {
    brief: "Change the rules",
    group: "Manage",
    load: async () => (await import("./policy_edit.ts")).default,
  },
  "policy accept": {
    brief: "Take the rules as they are now",
    group: "Manage",
    load: async () => (await import("./policy_accept.ts")).default,
  },
};
