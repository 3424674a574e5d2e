/** What was written, what must be there afterwards, and the figures. @module */
import { Broker } from "../../lib/broker/broker.ts";
import { openRuntime } from "../../lib/host/wiring.ts";
import type { Ended } from "./call.ts";

/** The figures of a phase. */
export interface Figures {
  /** Processes that were to write. */
  tried: number;
  /** Of those, the ones whose output said that it was done. */
  acknowledged: number;
  killed: number;
  stopped: number;
  /** Ended by themselves with an error that said so (exit code 9). */
  refused: number;
  /** Acknowledged writes that were not there, or not any more. */
  lost: number;
  /** Records that do not open. */
  torn: number;
  /** What must not happen: other errors, a vault that does not open, a hang. */
  faults: string[];
}

export function noFigures(): Figures {
  return {
    ...{ tried: 0, acknowledged: 0, killed: 0, stopped: 0, refused: 0 },
    ...{ lost: 0, torn: 0, faults: [] },
  };
}

/** The provider whose connections are written. */
const PROVIDER = "openai";

/** A key that its provider's pattern takes; `undefined` is a logout. */
type State = string | undefined;

/** Follows the writers of one home; each has one connection of its own, and one process at a time. */
export class Ledger {
  readonly #possible = new Map<string, Set<State>>();
  #writes = 0;

  constructor(readonly home: string, readonly figures: Figures) {}

  /** The next write of `writer`: the words and the input of its command, and what it writes. */
  next(writer: string): { line: [string[], string?]; state: State } {
    const possible = this.#possible.get(writer) ?? new Set([undefined]);
    this.#possible.set(writer, possible);
    const number = ++this.#writes;
    const known = [...possible];
    const name = ["--connection", writer];
    // Now and then a logout, if there is surely something to delete.
    if (number % 5 === 0 && known.length === 1 && known[0] !== undefined) {
      return { line: [["logout", PROVIDER, ...name]], state: undefined };
    }
    const state = `sk-proj-${writer}-${String(number).padStart(8, "0")}-`
      .padEnd(56, "x");
    return {
      line: [["login", PROVIDER, ...name, "--force", "--stdin"], state],
      state,
    };
  }

  /** Counts a write that has ended. */
  ended(writer: string, state: State, ended: Ended): void {
    const { figures } = this;
    figures.tried++;
    if (ended.killed) figures.killed++;
    if (ended.stopped) figures.stopped++;
    if (ended.acknowledged) {
      figures.acknowledged++;
      this.#possible.set(writer, new Set([state]));
    } else this.#possible.get(writer)!.add(state);
    if (ended.killed || ended.code === 0) return;
    if (ended.code === 9) figures.refused++;
    else figures.faults.push(`exit code ${ended.code}: ${ended.stderr}`);
  }

  /** Reads what every writer has, and counts what is not as it must be. */
  async judge(): Promise<void> {
    const { figures } = this;
    try {
      await using broker = await Broker.open(
        await openRuntime({ home: this.home }),
      );
      for (const [writer, possible] of this.#possible) {
        let found: State;
        try {
          const { credential } =
            await broker.connections.find(PROVIDER, writer) ?? {};
          found = credential?.type === "api_key"
            ? credential.fields.api_key?.reveal()
            : undefined;
        } catch (error) {
          figures.torn++;
          figures.faults.push(`${writer}: ${error}`);
          continue;
        }
        if (!possible.has(found)) {
          figures.lost++;
          figures.faults.push(
            `${writer}: ${found}, not one of ${[...possible]}`,
          );
        }
        // What has been seen must stay.
        this.#possible.set(writer, new Set([found]));
      }
    } catch (error) {
      figures.faults.push(`the vault does not open: ${error}`);
    }
  }
}
