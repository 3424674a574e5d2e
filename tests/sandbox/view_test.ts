// What a sandboxed command sees of the file system, as a decision.
import { expect } from "expect";
import { test } from "node:test";
import { commandArguments } from "../../lib/sandbox/bubblewrap.ts";
import { otherPaths, parseMounts } from "../../lib/sandbox/mounts.ts";
import { fileView, type ViewFacts } from "../../lib/sandbox/view.ts";

const FACTS: ViewFacts = {
  working: "/home/u/project",
  users: ["/home/u"],
  kernelFiles: [],
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
function steps(facts: Partial<ViewFacts>): string[] {
  return fileView({ ...FACTS, ...facts }).steps
    .map(({ kind, path }) => `${kind} ${path}`);
}

test("the working folder is writable, secrets are covered, the home last of all", () => {
  expect(steps({})).toEqual([
    "empty-file /home/u/.netrc",
    "empty-folder /home/u/.ssh",
    "writable /home/u/project",
    "writable /home/u/project/.git",
    "read-only /home/u/project/.git/hooks",
    "empty-folder /tmp",
    "empty-folder /home/u/.authsome",
    "other-file /home/u/.authsome/run/1/ca.pem",
  ]);
});

test("the person's own folder and what it lies in are not writable by being the working folder", () => {
  for (const working of ["/home/u", "/home", "/"]) {
    const view = fileView({ ...FACTS, working });
    expect(view.workingWritable).toBe(false);
    expect(view.steps.filter(({ kind }) => kind === "writable")).toEqual([]);
  }
  expect(
    fileView({ ...FACTS, working: "/home/u", allowWrite: ["/home/u"] })
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

test("every folder between a writable one and what is protected is a mount, which cannot be renamed", () => {
  const hidden = [{ path: "/home/u/.config/gh/a/token", folder: false }];
  const all = steps({ allowWrite: ["/home/u"], hidden, home: "/home/u/a/b/c" });
  for (
    const path of [
      ...["/home/u/.config", "/home/u/.config/gh", "/home/u/.config/gh/a"],
      ...["/home/u/a", "/home/u/a/b", "/home/u/project/.git"],
    ]
  ) expect(all).toContain(`writable ${path}`);
  // Where nothing can be written nothing can be renamed.
  expect(steps({ hidden }).filter((step) => step.includes(".config")))
    .toEqual(["empty-file /home/u/.config/gh/a/token"]);
  // What lies in a folder that begins empty is not there.
  expect(
    steps({
      allowWrite: ["/"],
      hidden: [{ path: "/tmp/a/b", folder: false }],
    }).filter((step) => step.includes("/tmp")),
  ).toEqual(["empty-folder /tmp"]);
});

test("the most specific path decides, whatever gave the one around it back", () => {
  const hidden = [
    { path: "/home/u/.config/gcloud", folder: true },
    { path: "/home/u/.config/gcloud/keys", folder: true },
    { path: "/home/u/.config/gcloud/keys/a", folder: true },
  ];
  const allowWrite = ["/home/u/.config/gcloud"];
  const all = steps({ hidden, allowWrite });
  expect(all).toContain("writable /home/u/.config/gcloud");
  expect(all).toContain("empty-folder /home/u/.config/gcloud/keys");
  expect(all.indexOf("empty-folder /home/u/.config/gcloud/keys"))
    .toBeGreaterThan(all.indexOf("writable /home/u/.config/gcloud"));
  expect(all).not.toContain("empty-folder /home/u/.config/gcloud/keys/a");
  expect(steps({ emptyFolders: ["/var/tmp"], allowWrite: ["/var"] })).toEqual(
    expect.arrayContaining(["writable /var", "empty-folder /var/tmp"]),
  );
});

test("what the kernel has stays read-only, also where everything is writable", () => {
  const kernelFiles = ["/proc/sys", "/sys"];
  expect(steps({ kernelFiles })).toContain("read-only /proc/sys");
  const everything = steps({ kernelFiles, allowWrite: ["/"] });
  expect(everything).toContain("read-only /sys");
  expect(everything).not.toContain("writable /proc");
  const { steps: all } = fileView({ ...FACTS, allowWrite: ["/"] });
  const args = commandArguments({
    ...{
      steps: all,
      working: "/w",
      seccompFd: 9,
      statusFd: 8,
      environmentFd: 7,
    },
    newNetwork: true,
  });
  // The sandbox's own /proc and /dev are laid over it.
  expect(args.indexOf("--proc")).toBeGreaterThan(args.indexOf("--bind"));
});

test("a folder is found at every path that shows it", () => {
  const mounts = parseMounts([
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda rw",
    "23 22 8:2 /@home /home rw shared:2 master:1 - btrfs /dev/sdb rw",
    "24 22 8:2 / /mnt/top\\040level rw - btrfs /dev/sdb rw",
    "25 22 8:1 / /mnt/wslg/distro ro - ext4 /dev/sda rw",
    "26 22 0:5 / /proc rw - proc proc rw",
  ].join("\n"));
  expect(mounts.map(({ shared }) => shared)).toEqual([
    ...[true, true, false, false, false],
  ]);
  expect(otherPaths("/home/u/.ssh", mounts)).toEqual([
    "/mnt/top level/@home/u/.ssh",
  ]);
  expect(otherPaths("/mnt/top level/@home/u", mounts)).toEqual(["/home/u"]);
  expect(otherPaths("/etc/shadow", mounts)).toEqual([
    "/mnt/wslg/distro/etc/shadow",
  ]);
  expect(otherPaths("/home", mounts)).toEqual(["/mnt/top level/@home"]);
  expect(otherPaths("/proc/keys", mounts)).toEqual([]);
});

test("bubblewrap drops every right, and seals covers after everything lies in them", () => {
  const { steps } = fileView(FACTS);
  const sandbox = {
    ...{
      steps,
      working: "/w",
      seccompFd: 9,
      statusFd: 8,
      environmentFd: 7,
    },
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
