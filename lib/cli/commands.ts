/** The table of commands: names, one line each, and how to load them. @module */
import type { Command } from "./command.ts";

/** One line of the table. */
export interface CommandEntry {
  /** At most 52 characters, so that help fits 80 columns. */
  readonly brief: string;
  /** Heading in `authsome --help`; commands without one are not shown. */
  readonly group?: "Connect" | "Use" | "Look" | "Manage";
  /** Imports the command's module, and nothing else. */
  load(): Promise<Command>;
}

/** Every command by the words that call it, in the order of `authsome --help`. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  "run": {
    brief: "Run a command behind the proxy",
    group: "Use",
    load: async () => (await import("./commands/run.ts")).default,
  },
  "get": {
    brief: "Show a connection, secrets redacted",
    group: "Look",
    load: async () => (await import("./commands/get.ts")).default,
  },
};

/** The entry called by the first one or two words of `words`, and how many words that took. */
export function findCommand(
  words: readonly string[],
): { name: string; entry: CommandEntry; length: number } | undefined {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(" ");
    if (words.length >= length && Object.hasOwn(COMMANDS, name)) {
      return { name, entry: COMMANDS[name]!, length };
    }
  }
}

/** Subcommands of a group such as `profile`; empty when there is no such group. */
export function subcommands(group: string): string[] {
  return Object.keys(COMMANDS).filter((name) => name.startsWith(`${group} `));
}
