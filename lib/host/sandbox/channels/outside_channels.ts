/** Ways to other programs that lie in the file system: sockets and named pipes. @module */
import { isWithin } from "../../../sandbox/sandbox_profile.ts";
import {
  isWorkingWritable,
  type Place,
  type ViewFacts,
} from "../../../sandbox/view.ts";
import { quoted } from "../../../text.ts";
import { canBeEntered } from "./looking.ts";
import type { SandboxPrograms } from "../sandbox_bubblewrap.ts";
import { type SpecialFiles, specialFiles } from "./special_files.ts";
import { reachableSockets } from "./reachable_sockets.ts";

/** What closes them. */
export interface OutsideChannels {
  /** To cover. */
  hidden: Place[];
  /** See {@linkcode seccompFilter}. */
  unixSockets: boolean;
}

/** Folders that are the sandbox's own in every case. */
const OWN = ["/dev", "/proc"];

/**
 * Begins to look through the folders of persons and what is beside the `opened` ones. It takes a while, in another
 * process, and needs nothing else of the machine.
 */
export function searchFiles(
  programs: SandboxPrograms,
  users: readonly string[],
  opened: readonly string[],
): Promise<SpecialFiles | undefined> {
  return specialFiles(programs, [
    ...users,
    ...opened.map((path) => path.slice(0, path.lastIndexOf("/")) || "/"),
  ]);
}

/**
 * Looks for those that a command could use.
 *
 * @param allowed whether Unix sockets are allowed although some may not have been found.
 */
export async function outsideChannels(
  facts: ViewFacts,
  { find, ss, nsenter }: SandboxPrograms,
  { searching, allowed, warn }: {
    /** What {@linkcode searchFiles} finds. */
    searching: Promise<SpecialFiles | undefined>;
    allowed: boolean;
    warn(message: string): void;
  },
): Promise<OutsideChannels> {
  const { working, home, hidden, allowWrite, allowRead } = facts;
  const writable = [
    ...isWorkingWritable(facts) ? [working] : [],
    ...allowWrite,
  ];
  const opened = [working, ...allowWrite, ...allowRead];
  const covered = [
    ...facts.emptyFolders,
    ...OWN,
    home,
    ...hidden.filter(({ folder }) => folder).map(({ path }) => path),
  ];
  const refuse = (why: string): boolean => {
    if (!allowed) {
      warn(
        `Unix sockets are refused in the sandbox: ${why}. Allow them anyway with --allow-unix-sockets`,
      );
    }
    return allowed;
  };
  const found = await searching;
  if (!found) {
    return {
      hidden: [],
      unixSockets: refuse(
        "the sockets and named pipes of other programs cannot be found without GNU find (findutils)",
      ),
    };
  }
  const sockets = await reachableSockets(
    found,
    { covered, opened, find, ss, nsenter },
    !allowed,
  );
  const fifos = found.fifos.filter((path) =>
    !writable.some((folder) => isWithin(path, folder)) &&
    (!covered.some((folder) => isWithin(path, folder)) ||
      opened.some((folder) => isWithin(path, folder)))
  );
  const [lost] = sockets.lost;
  return {
    hidden: [...sockets.places, ...fifos].filter(canBeEntered)
      .map((path) => ({ path, folder: false, passing: true })),
    unixSockets: lost === undefined || refuse(
      `a socket of another program, bound as ${
        quoted(lost, 120)
      }, could not be found and hidden`,
    ),
  };
}
