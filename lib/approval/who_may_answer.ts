/**
 * Who may answer in a person's place: no command of a run, nothing that one has started, and no other user.
 *
 * @module
 */
import type { Lineage, ProcessMark, SeenProcess } from "../ports/lineage.ts";

/**
 * Why the process `answerer` may not answer what the process `asker` asks; `undefined` if nothing is known against it.
 *
 * What a command starts, and what then leaves its session, changes its environment and loses its parents, cannot be told
 * from a program of the person: only `--sandbox` keeps that from the vault.
 */
export async function whyNotAnswer(
  lineage: Lineage,
  answerer: ProcessMark,
  asker: ProcessMark,
): Promise<string | undefined> {
  if (
    answerer.place !== undefined && asker.place !== undefined &&
    answerer.place !== asker.place
  ) {
    return "it is of another user, container or machine than the run, which cannot see who it is";
  }
  const chain = await lineage.above(answerer);
  // Nothing is known where the system shows no processes; one that has ended has been looked at before it wrote.
  if (!chain || chain.length === 0) return undefined;
  const owner = lineage.homeOwner();
  const [self] = chain;
  if (owner !== undefined && self!.uid !== undefined && self!.uid !== owner) {
    return "it is of another user than the home";
  }
  if (chain.some((each) => isSame(each, asker))) {
    return "it was started by the command that asks";
  }
  if (chain.some(({ inRun }) => inRun)) {
    return "it was started by a command of authsome run";
  }
  const [run] = await lineage.above(asker) ?? [];
  return run && isDetached(chain, run)
    ? "it has detached itself in the session of the run"
    : undefined;
}

function isSame(seen: SeenProcess, mark: ProcessMark): boolean {
  return seen.pid === mark.pid && seen.started === mark.started;
}

/** In the session of the run, but below nothing that leads it: its parent has ended, as that of a program does that detaches. */
function isDetached(chain: readonly SeenProcess[], run: SeenProcess): boolean {
  const { session } = chain[0]!;
  return session !== undefined && session === run.session &&
    !chain.some(({ pid }) => pid === session);
}
