// What a sandboxed command sees of the file system, as a decision.
import { expect } from "expect";
import { test } from "node:test";
import { commandArguments } from "../../lib/sandbox/bubblewrap.ts";
import { fileView, type Machine } from "../../lib/sandbox/view.ts";

const MACHINE: Machine = {
  working: "/home/u/project",
  user: "/home/u",
  home: "/home/u/.authsome",
  hidden: [
    { path: "/home/u/.ssh", folder: true },
    { path: "/home/u/.netrc", folder: false },
    { path: "/home/u/.ssh/config", folder: false },
  ],
  startupFiles: ["/home/u/.bashrc", "/home/u/project/.git/hooks"],
  emptyFolders: ["/tmp"],
  allowWrite: [],
  allowRead: [],
  runFiles: [{
    source: "/home/u/.authsome/run/1/ca.pem",
    path: "/home/u/.authsome/run/1/ca.pem",
  }],
};

/** `kind path` of each step, in order. */
function steps(machine: Partial<Machine>): string[] {
  return fileView({ ...MACHINE, ...machine }).steps
    .map(({ kind, path }) => `${kind} ${path}`);
}

test("the working folder is writable, secrets are covered, the home last of all", () => {
  expect(steps({})).toEqual([
    "empty-folder /tmp",
    "writable /home/u/project",
    "writable /home/u/project/.git",
    "read-only /home/u/project/.git/hooks",
    "empty-file /home/u/.netrc",
    "empty-folder /home/u/.ssh",
    "empty-folder /home/u/.authsome",
    "other-file /home/u/.authsome/run/1/ca.pem",
  ]);
});

test("the person's own folder and what it lies in are not writable by being the working folder", () => {
  for (const working of ["/home/u", "/home", "/"]) {
    const view = fileView({ ...MACHINE, working });
    expect(view.workingWritable).toBe(false);
    expect(view.steps.filter(({ kind }) => kind === "writable")).toEqual([]);
  }
  expect(
    fileView({ ...MACHINE, working: "/home/u", allowWrite: ["/home/u"] })
      .workingWritable,
  ).toBe(true);
});

test("only who names a hidden place gets it back, a folder above it is not enough", () => {
  const hide = "empty-folder /home/u/.ssh";
  expect(steps({ allowRead: ["/home/u"] })).toContain(hide);
  expect(steps({ allowWrite: ["/home/u"] })).toContain(hide);
  const read = steps({ allowRead: ["/home/u/.ssh"] });
  expect(read).not.toContain(hide);
  expect(read).toContain("read-only /home/u/.ssh");
  // A part of it lies on its cover.
  const part = steps({ allowRead: ["/home/u/.ssh/known_hosts"] });
  expect(part.indexOf("read-only /home/u/.ssh/known_hosts")).toBeGreaterThan(
    part.indexOf(hide),
  );
});

test("nothing brings the authsome home back", () => {
  for (const path of ["/", "/home/u", "/home/u/.authsome"]) {
    const all = steps({ allowRead: [path], allowWrite: [path] });
    expect(all.slice(-2)).toEqual([
      "empty-folder /home/u/.authsome",
      "other-file /home/u/.authsome/run/1/ca.pem",
    ]);
  }
});

test("what a shell runs later stays read-only in a writable folder, unless it is named", () => {
  expect(steps({ allowWrite: ["/home/u"] })).toContain(
    "read-only /home/u/.bashrc",
  );
  expect(steps({ allowWrite: ["/home/u", "/home/u/.bashrc"] })).not.toContain(
    "read-only /home/u/.bashrc",
  );
});

test("bubblewrap drops every right, and seals covers after everything lies in them", () => {
  const { steps } = fileView(MACHINE);
  const sandbox = {
    ...{ steps, working: "/w", seccompFd: 9, statusFd: 8, environmentFd: 7 },
  };
  const args = commandArguments({ ...sandbox, newNetwork: true });
  const text = args.join(" ");
  for (
    const wanted of [
      ...["--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-net"],
      ...["--cap-drop ALL", "--die-with-parent", "--seccomp 9", "--chdir /w"],
    ]
  ) expect(text).toContain(wanted);
  expect(args.indexOf("--ro-bind")).toBeLessThan(args.indexOf("--bind"));
  expect(text).toContain(
    "/ca.pem --remount-ro /home/u/.ssh --remount-ro /home/u/.authsome --chdir",
  );
  expect(text).not.toContain("--remount-ro /tmp");
  expect(commandArguments({ ...sandbox, newNetwork: false })).not.toContain(
    "--unshare-net",
  );
});
