import { expect } from "expect";
import { test } from "node:test";
import { boundFolder } from "../../lib/connection/folder.ts";

test("the nearest folder counts, and only whole names", () => {
  const folders = { "/a/b": "x", "/a": "y", "C:\\work": "z" };
  for (
    const [path, folder] of [
      ["/a", "/a"],
      ["/a/", "/a"],
      ["/a/b", "/a/b"],
      ["/a/b/c/d", "/a/b"],
      ["/a/bb", "/a"],
      ["/ab", undefined],
      ["/", undefined],
      ["", undefined],
      ["C:\\work\\deep", "C:\\work"],
      ["/constructor", undefined],
    ] as const
  ) expect([path, boundFolder(folders, path)]).toEqual([path, folder]);
  expect(boundFolder({ "/": "x" }, "/any/where")).toBe("/");
});
