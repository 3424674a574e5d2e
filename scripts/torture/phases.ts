/** The phases of the torture, each on homes of its own. @module */
import { DatabaseSync } from "node:sqlite";
import { call, type Fault } from "./call.ts";
import { type Figures, Ledger, noFigures } from "./ledger.ts";

/** What a phase works with. */
export interface Rig {
  /** The library of `faults.c`. */
  library: string;
  /** Folder for homes. */
  folder: string;
  /** Writers at once. */
  writers: number;
  /** How many writes each writer tries in a crowd. */
  rounds: number;
  /** Every how manieth call a fault strikes at; 1: each. */
  step: number;
  /** Numbers from 0 to 1, the same in each run. */
  random: () => number;
}

const KILLS = ["before", "half", "after"] as const;
/** EIO, ENOSPC, EROFS. */
const ERRORS = [5, 28, 30] as const;
const YEAR = 365 * 86_400;
/** Seconds that clocks jump by: forwards and back, by little and by much. */
const JUMPS = [1, -1, 120, -120, 86_400, -86_400, 10 * YEAR, -30 * YEAR];
/** Every how manieth process has no fault: the home must still do its work. */
const WITHOUT_FAULT = 5;
/** More calls than any write makes. */
const MOST_CALLS = 5_000;

export function newHome(folder: string): string {
  const home = Deno.makeTempDirSync({ dir: folder, prefix: "home-" });
  Deno.chmodSync(home, 0o700);
  return home;
}

/** For each action a writer alone; the faults strike at each call in turn, until it makes no more calls. */
async function alone(
  rig: Rig,
  figures: Figures,
  actions: readonly Fault["action"][],
  fresh: boolean,
): Promise<void> {
  // Their homes are their own, so they do not wait for each other.
  await Promise.all(actions.map(async (action) => {
    let ledger = new Ledger(newHome(rig.folder), figures);
    if (!fresh) await write(rig, ledger, "w00");
    // Of the calls of a login, a logout makes fewer.
    let calls = MOST_CALLS;
    for (let at = 1; at <= calls; at += rig.step) {
      if (fresh) ledger = new Ledger(newHome(rig.folder), figures);
      const ended = await write(rig, ledger, "w00", { at, action });
      if (!ended.killed && ended.calls !== undefined && ended.calls < at) {
        calls = Math.min(calls, ended.login ? ended.calls : calls);
      }
      await ledger.judge();
      if (fresh || at / rig.step % WITHOUT_FAULT < 1) {
        const after = await write(rig, ledger, "w00");
        if (!after.acknowledged) {
          figures.faults.push(`after ${action} at ${at}: ${after.stderr}`);
        }
        await ledger.judge();
      }
      if (fresh) {
        finish(ledger);
        Deno.removeSync(ledger.home, { recursive: true });
      }
    }
    if (!fresh) finish(ledger);
  }));
}

async function write(rig: Rig, ledger: Ledger, writer: string, fault?: Fault) {
  const { line, state } = ledger.next(writer);
  const ended = await call(ledger.home, rig.library, line, fault);
  ledger.ended(writer, state, ended);
  return { ...ended, login: state !== undefined };
}

/** Many writers at once, each with a fault that `fault` gives. */
export async function crowd(
  rig: Rig,
  ledger: Ledger,
  fault: () => Fault | undefined,
  judge = true,
): Promise<void> {
  const writers = Array.from(
    { length: rig.writers },
    (_, number) => `w${String(number).padStart(2, "0")}`,
  );
  for (let round = 0; round < rig.rounds; round++) {
    await Promise.all(
      writers.map((writer) => write(rig, ledger, writer, fault())),
    );
    if (judge) await ledger.judge();
  }
}

/** The whole file is sound. */
export function finish({ home, figures }: Ledger): void {
  const database = new DatabaseSync(`${home}/vault.db`);
  try {
    const [row] = database.prepare("PRAGMA integrity_check").all();
    const answer = Object.values(row ?? {})[0];
    if (answer !== "ok") figures.faults.push(`integrity: ${answer}`);
  } catch (error) {
    figures.faults.push(`integrity: ${error}`);
  } finally {
    database.close();
  }
}

/** A kill, as random numbers have it. */
export function randomKill({ random }: Rig): Fault {
  return {
    at: 1 + Math.floor(random() * 140),
    action: KILLS[Math.floor(random() * KILLS.length)]!,
  };
}

/** What each phase is called, and what it does. */
export const PHASES: Readonly<
  Record<string, (rig: Rig, figures: Figures) => Promise<void>>
> = {
  "killed at each call": (rig, figures) => alone(rig, figures, KILLS, false),
  "killed at each call of the first command of a home": (rig, figures) =>
    alone(rig, figures, KILLS, true),
  "each write fails (EIO, ENOSPC, EROFS)": (rig, figures) =>
    alone(rig, figures, ERRORS, false),
  "stopped at each call, then continued": (rig, figures) =>
    // To be found stopped takes time: the short form tries fewer calls.
    alone(
      { ...rig, step: rig.step === 1 ? 1 : rig.step * 4 },
      figures,
      ["stop"],
      false,
    ),
  "all at once, most of them killed": (rig, figures) =>
    inCrowd(
      rig,
      figures,
      () => rig.random() < 0.7 ? randomKill(rig) : undefined,
    ),
  "all at once, a few of them stopped": (rig, figures) =>
    inCrowd(
      rig,
      figures,
      () =>
        rig.random() < 0.1
          ? { ...randomKill(rig), action: "stop" }
          : rig.random() < 0.3
          ? randomKill(rig)
          : undefined,
    ),
  "all at once, their clocks jump": (rig, figures) =>
    inCrowd(rig, figures, () => ({
      ...randomKill(rig),
      action: "clock",
      jump: JUMPS[Math.floor(rig.random() * JUMPS.length)]!,
    })),
};

async function inCrowd(
  rig: Rig,
  figures: Figures,
  fault: () => Fault | undefined,
): Promise<void> {
  const ledger = new Ledger(newHome(rig.folder), figures);
  await crowd(rig, ledger, fault);
  finish(ledger);
}

/** Runs a phase and returns its figures. */
export async function runPhase(
  rig: Rig,
  phase: (rig: Rig, figures: Figures) => Promise<void>,
): Promise<Figures> {
  const figures = noFigures();
  await phase(rig, figures);
  return figures;
}
