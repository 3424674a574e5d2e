/** The arguments of bubblewrap (bwrap(1)). Pure. @module */
import type { ViewStep } from "./view.ts";

/** What the sandbox of a command consists of. */
interface Bubblewrap {
  steps: readonly ViewStep[];
  working: string;
  /** Descriptor that bubblewrap reads the seccomp filter from. */
  seccompFd: number;
  /** Descriptor that bubblewrap writes to what became of the command. */
  statusFd: number;
  /** Descriptor that bubblewrap reads the environment of the command from, as arguments. */
  environmentFd: number;
  /** Descriptors that bubblewrap reads the texts from, one for each step of that kind in their order. */
  textFds?: readonly number[];
  /** Whether the network is a new one too, or that of its parent process. */
  newNetwork: boolean;
}

/**
 * The arguments before the command. Nothing secret is in them: the environment comes from a file.
 *
 * Every namespace is new, no capability is left, and the command ends with its parent process. There is no
 * `--new-session`: it would take the terminal's job control away; the seccomp filter refuses what it protects from.
 */
export function commandArguments(
  { steps, working, newNetwork, textFds = [], ...fds }: Bubblewrap,
): string[] {
  const texts = steps.filter(({ kind }) => kind === "text");
  const mount = (step: ViewStep) =>
    step.kind === "text"
      ? ["--ro-bind-data", String(textFds[texts.indexOf(step)]), step.path]
      : mountPlace(step);
  // What is mounted on "/" later would cover them.
  const kernel = ["--dev", "/dev", "--proc", "/proc"];
  const root = steps.filter(({ path }) => path === "/");
  const others = steps.filter(({ path }) => path !== "/");
  return [
    ...["--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts"],
    ...["--unshare-cgroup-try", ...newNetwork ? ["--unshare-net"] : []],
    ...["--cap-drop", "ALL"],
    "--die-with-parent",
    ...["--seccomp", String(fds.seccompFd)],
    ...["--json-status-fd", String(fds.statusFd)],
    ...["--args", String(fds.environmentFd)],
    ...["--ro-bind", "/", "/"],
    ...root.flatMap(mount),
    ...kernel,
    ...others.flatMap(mount),
    // An empty folder is sealed only when everything that lies in it is in place.
    ...steps.flatMap((step) =>
      step.kind === "empty-folder" && !step.writable
        ? ["--remount-ro", step.path]
        : []
    ),
    ...["--chdir", working],
  ];
}

/**
 * The arguments before the program that owns the network of the sandbox: it sees the machine as it is, and has
 * rights over its own network alone.
 */
export function networkArguments(): string[] {
  return [
    ...["--unshare-user", "--unshare-net"],
    ...["--cap-add", "CAP_NET_ADMIN", "--cap-add", "CAP_NET_BIND_SERVICE"],
    "--die-with-parent",
    ...["--dev-bind", "/", "/"],
  ];
}

function mountPlace(step: Exclude<ViewStep, { kind: "text" }>): string[] {
  switch (step.kind) {
    case "read-only":
      return ["--ro-bind", step.path, step.path];
    case "writable":
      return ["--bind", step.path, step.path];
    case "empty-folder":
      return ["--tmpfs", step.path];
    case "empty-file":
      return ["--ro-bind", "/dev/null", step.path];
    case "other-file":
      return ["--ro-bind", step.source, step.path];
    case "own-folder":
      return ["--bind", step.source, step.path];
    case "link":
      return ["--symlink", step.target, step.path];
  }
}
