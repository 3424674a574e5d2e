// What is done on Windows, as values: none of it runs here.
import { expect } from "expect";
import { test } from "node:test";
import { ownerOnlyCommand } from "../../lib/host/home/windows_acl.ts";
import { windowsProgram } from "../../lib/host/run/windows_program.ts";

test("a folder is left to its owner by one icacls, found by its path", () => {
  expect(ownerOnlyCommand("C:/Users/me & you/.authsome", "C:\\WINDOWS"))
    .toEqual([
      "C:\\WINDOWS\\System32\\icacls.exe",
      "C:\\Users\\me & you\\.authsome",
      "/inheritance:r",
      "/grant:r",
      "*S-1-3-4:(OI)(CI)F",
      "/Q",
    ]);
});

test("a command's name is looked for in PATH with each extension, and never in the working folder", () => {
  const files = new Set([
    "C:\\npm\\claude.cmd",
    "C:\\npm\\claude",
    "C:\\Program Files\\Git\\git.exe",
    "C:\\tools\\git.cmd",
    "D:\\work\\agent.CMD",
    "python.exe",
    ".\\python.exe",
  ]);
  const find = (program: string, env: Record<string, string> = {}) =>
    windowsProgram(
      program,
      {
        Path: '.;;"C:\\Program Files\\Git";C:\\npm\\;C:\\tools',
        PATHEXT: ".exe;.cmd",
        ...env,
      },
      (path) => files.has(path),
    );
  expect(find("git")).toBe("C:\\Program Files\\Git\\git.exe");
  expect(find("git.cmd")).toBe("C:\\tools\\git.cmd");
  // Without its extension it is a script of a Unix shell, which Windows cannot start.
  expect(find("claude")).toBe("C:\\npm\\claude.cmd");
  expect(find("python")).toBe("python");
  expect(find("D:\\work\\agent", { PATHEXT: "" })).toBe("D:\\work\\agent.CMD");
  expect(find("nothing")).toBe("nothing");
});
