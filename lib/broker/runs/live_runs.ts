/** The runs that are live, and their end. @module */
import { AuthsomeError } from "../../errors.ts";
import type { LiveRun, Runs } from "../../ports/runs.ts";
import type { Broker } from "../broker.ts";
import { isInRun } from "../credential/in_run.ts";

type Source = Pick<Broker, "runtime" | "env">;

/** The live runs of this user, oldest first, whatever their profile. */
export async function liveRuns({ runtime }: Source): Promise<LiveRun[]> {
  return await (await runtime.runs?.())?.list() ?? [];
}

/** Whether this process was started by a run, as far as its environment and its ancestors say. */
export async function isBelowRun(broker: Source): Promise<boolean> {
  if (isInRun(broker)) return true;
  const runs = await broker.runtime.runs?.();
  return await runs?.around() !== undefined;
}

/**
 * Refuses what only the person may do, and no command of a run.
 *
 * @param act what was to be done: `stop a run`.
 * @throws {AuthsomeError} `OperationNotAllowed`.
 */
export async function refuseBelowRun(
  broker: Source,
  act: string,
): Promise<void> {
  if (!await isBelowRun(broker)) return;
  throw new AuthsomeError(
    "OperationNotAllowed",
    `Cannot ${act} from a command of authsome run`,
    "Do it in a terminal of your own",
  );
}

/**
 * Ends the command of a run as Ctrl-C does. `id` may be shortened as long as it means one run.
 *
 * @returns the run, and whether it has ended by now.
 * @throws {AuthsomeError} `OperationNotAllowed` if no live run has this id, or below a run.
 */
export async function stopRun(
  broker: Source,
  id: string,
): Promise<{ run: LiveRun; ended: boolean }> {
  await refuseBelowRun(broker, "stop a run");
  const runs: Runs | undefined = await broker.runtime.runs?.();
  const found = (await liveRuns(broker)).filter((run) =>
    id.length >= 4 && run.id.startsWith(id)
  );
  const [run] = found;
  if (!runs || !run || found.length > 1) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      found.length > 1
        ? `Cannot stop run "${id}": several begin with that`
        : `Cannot stop run "${id}": no live run has this id`,
      "authsome runs list",
    );
  }
  await runs.stop(run.id);
  const ended = !(await liveRuns(broker)).some((each) => each.id === run.id);
  return { run, ended };
}
