/** What came of the turns, as `scripts/agents/mod.ts` records it for docs/integrations/README.md. @module */
import type { Mode } from "./agent.ts";
import type { Outcome } from "./take_turn.ts";

/** A line of the record. */
export type Noted =
  | {
    kind: "turn";
    agent: string;
    mode: Mode;
    streamed: number;
    tool?: string;
    hosts: Record<string, string>;
  }
  | { kind: "refusal"; agent: string; flaw: string }
  | { kind: "second turn"; agent: string; typed: string };

/** What tells it from others of its kind and agent. */
export function detailOf(noted: Noted): string {
  return noted.kind === "turn"
    ? noted.mode
    : noted.kind === "refusal"
    ? noted.flaw
    : noted.typed;
}

/** The file with the last record. */
export const RECORDED = new URL("recorded.json", import.meta.url);

/** Notes a turn that went well. */
export function noteTurn(
  agent: string,
  mode: Mode,
  { streamed, tool, hosts }: Outcome,
): void {
  note({
    ...{ kind: "turn", agent, mode, streamed, hosts },
    ...tool === undefined ? {} : { tool },
  });
}

/** Notes that an agent printed what it is to tell its person. */
export function noteRefusal(agent: string, flaw: string): void {
  note({ kind: "refusal", agent, flaw });
}

/** Notes that an agent went on with its session; `typed` is what a person types for that. */
export function noteSecondTurn(agent: string, typed: string): void {
  note({ kind: "second turn", agent, typed });
}

/** Appends to the file that the recording run names. */
function note(noted: Noted): void {
  const path = Deno.env.get("AUTHSOME_TEST_AGENTS_RECORD");
  if (!path) return;
  Deno.writeTextFileSync(path, `${JSON.stringify(noted)}\n`, { append: true });
}
