// What cannot be run here: the profile of macOS as text, and what other systems are told.
import { expect } from "expect";
import { test } from "node:test";
import { notHere } from "../../lib/host/sandbox/sandbox_run_host.ts";
import { seatbeltProfile } from "../../lib/sandbox/seatbelt.ts";
import type { ViewFacts } from "../../lib/sandbox/view.ts";
import { verdict } from "../support/sandbox/seatbelt_verdict.ts";

const HOME = "/Users/u/.authsome";
const FACTS: ViewFacts = {
  working: "/Users/u/project",
  users: ["/Users/u"],
  kernelFiles: [],
  home: HOME,
  hidden: [
    { path: "/Users/u/.ssh", folder: true },
    { path: "/Users/u/Library/Keychains", folder: true },
  ],
  startupFiles: [
    "/Users/u/project/.git/hooks",
    "/Users/u/project/a/b/.git/commondir",
  ],
  emptyFolders: ["/tmp"],
  allowWrite: ['/Users/u/odd "name"\\'],
  allowRead: [],
  runFiles: [{
    source: `${HOME}/run/1/ca.pem`,
    path: `${HOME}/run/1/ca.pem`,
  }],
};
const TEMPORARY = `${HOME}/run/1/tmp`;

test("macOS: the profile allows the working folder and hides what is secret", () => {
  const profile = seatbeltProfile(FACTS, {
    port: 4711,
    temporary: TEMPORARY,
  });
  const cases: [string, string, "allow" | "deny"][] = [
    ["file-read-data", "/usr/lib/x", "allow"],
    ["file-write-data", "/usr/lib/x", "deny"],
    ["file-write-data", "/Users/u/project/a", "allow"],
    ["file-write-data", '/Users/u/odd "name"\\/a', "allow"],
    ["file-write-data", "/Users/u/project/.git/hooks/pre-commit", "deny"],
    ["file-write-unlink", "/Users/u/project/.git", "deny"],
    // Also where nothing is yet, by any name that means it.
    ["file-write-create", "/Users/u/project/a/b/.git/commondir", "deny"],
    ["file-write-create", "/Users/u/project/a/b/.git/CommonDir", "deny"],
    ["file-write-create", "/Users/u/project/a/b/.GIT/commondir", "deny"],
    ["file-write-create", "/Users/u/project/.git/hoo\u212as/x", "deny"],
    ["file-write-create", "/Users/u/project/.git/hook\u017f", "deny"],
    ["file-write-create", "/Users/u/project/.git/hooks2", "allow"],
    ["file-read-data", "/Users/u/.SSH/id", "deny"],
    ["file-write-unlink", "/Users/u/project/a", "deny"],
    ["file-write-data", "/Users/u/.zshrc", "deny"],
    ["file-read-data", "/Users/u/.ssh/id", "deny"],
    ["file-read-data", "/Users/u/Library/Keychains/x", "deny"],
    ["file-read-data", `${HOME}/master.key`, "deny"],
    ["file-write-data", `${HOME}/providers/x.json`, "deny"],
    ["file-read-data", `${HOME}/run/1/ca.pem`, "allow"],
    ["file-write-data", `${HOME}/run/1/ca.pem`, "deny"],
    ["file-write-data", `${TEMPORARY}/x`, "allow"],
    ["file-write-setugid", "/Users/u/project/a", "deny"],
    ["file-write-setugid", `${TEMPORARY}/x`, "deny"],
    ["network-outbound", "/var/run/agent.sock", "deny"],
    ["appleevent-send", "", "deny"],
    ["job-creation", "", "deny"],
  ];
  for (const [operation, path, expected] of cases) {
    expect([operation, path, verdict(profile, operation, path)]).toEqual([
      ...[operation, path, expected],
    ]);
  }
});

test("macOS: a file that is allowed alone can be replaced by one beside it", () => {
  const path = "/Users/u/.state (1).json";
  const profile = seatbeltProfile({
    ...FACTS,
    allowWrite: [path],
    allowedFiles: [path],
  }, { temporary: TEMPORARY });
  const [, pattern] = /\(regex #"([^"]*state[^"]*)"\)/.exec(profile)!;
  for (const end of ["", ".tmp.1", "~", "-journal"]) {
    expect(end === "" || new RegExp(pattern!).test(path + end)).toBe(true);
  }
  for (const other of ["/Users/u/.stateX(1).json", `${path}.d/x`, `${path}x`]) {
    expect(new RegExp(pattern!).test(other)).toBe(false);
  }
  expect(verdict(profile, "file-write-unlink", path)).toBe("allow");
});

test("macOS: nothing but the proxy's port is reached, and without network not even that", () => {
  const network = (port?: number) =>
    seatbeltProfile(FACTS, {
      temporary: TEMPORARY,
      ...(port === undefined ? {} : { port }),
    }).split("\n").filter((line) => line.includes("network"));
  expect(network(4711)).toEqual([
    "(deny network*)",
    '(allow network-outbound (remote ip "localhost:4711"))',
  ]);
  expect(network()).toEqual(["(deny network*)"]);
});

test("on Windows the error says that there is none, and what to do instead", () => {
  const error = notHere("windows");
  expect(error.exitCode).toBe(9);
  expect(error.message).toContain("none for windows");
  expect(error.hint).toContain("docs/guides/containers.md");
});
