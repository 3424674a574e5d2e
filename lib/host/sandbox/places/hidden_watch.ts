/**
 * Hidden places that a command could move out of sight although they are covered. A folder on the way to one is a mount,
 * which stays; a link in a writable folder can be replaced, and a place that is not there yet can be made.
 *
 * @module
 */
import { isWithin } from "../../../sandbox/sandbox_profile.ts";
import { followPath } from "./path_trail.ts";

/** A place as it was before the run. */
interface WatchedPlace {
  path: string;
  /** Where it led, or `undefined` if nothing was there. */
  real: string | undefined;
}

/**
 * Those of the known places (`path` is real, `by` is how it is reached) that a link in a `writable` folder leads to, and
 * every one that a person denies.
 */
export function watchPlaces(
  known: readonly { path: string; by: string }[],
  denied: readonly string[],
  writable: readonly string[],
): WatchedPlace[] {
  const linked = known.filter(({ path, by }) =>
    path !== by &&
    followPath(by).links.some((link) =>
      writable.some((folder) => isWithin(link.path, folder))
    )
  );
  return [
    ...linked.map(({ path, by }) => ({ path: by, real: path })),
    ...denied.map((path) => ({ path, real: followPath(path).real })),
  ];
}

/** What became of them, one line each. */
export function changesOf(watched: readonly WatchedPlace[]): string[] {
  return watched.flatMap(({ path, real }) => {
    const now = followPath(path).real;
    if (now === real) return [];
    if (real === undefined) return appeared(path);
    return now === undefined
      ? `"${path}" was hidden and no longer exists: the next run will not hide "${real}". Find out where it is, and add it to deny_read`
      : `"${path}" pointed to "${real}" and now points to "${now}": the next run will not hide "${real}". Check it, and add it to deny_read`;
  });
}

/** What to say of a place that is to be hidden and was not there. */
export function appeared(path: string): string {
  return `"${path}" did not exist when the command started, so it was not hidden, and it exists now: the command could write and read it`;
}
