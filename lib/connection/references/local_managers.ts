/** What is no manager, but may hold a secret all the same: a variable, and a command of the person's. @module */
import { wordsOf } from "../../words.ts";
import type { Manager, Reference } from "./manager.ts";

/** A variable of authsome's own environment; nothing is started. */
export const variable: Manager = {
  title: "The environment",
  form: "env:NAME",
  place: /^[A-Za-z_]\w*$/,
  programs: () => [],
  variables: [],
  withheld: ({ place }) => [place],
  args: () => [],
  unlock: ({ place }) => `export ${place}`,
};

/** A command, split into words as a shell does, and started without one. */
export const command: Manager = {
  title: "The command",
  form: "cmd:program argument…",
  place: /^\S.*$/,
  programs: (reference) => wordsOf(reference.place).slice(0, 1),
  variables: "all",
  withheld: () => [],
  args: (reference) => wordsOf(reference.place).slice(1),
  unlock: (reference) => `Try it in a terminal: ${programOf(reference)}`,
};

/** The program alone: what its arguments say is the person's. */
export function programOf({ place }: Reference): string {
  return wordsOf(place)[0] ?? "";
}
