import { expect } from "expect";
import { test } from "node:test";
import { logTail } from "../../../lib/host/audit/log_tail.ts";
import { withHome } from "../../support/home.ts";

test("the end of a log is read from the line that is looked for on, over blocks of any kind", () =>
  withHome((home) => {
    const path = `${home}/audit.log`;
    const from = (name: string) =>
      logTail(path, (line) => line.startsWith(`${name} `));
    expect(from("0")).toBe(undefined);
    const write = (text: string) =>
      Deno.writeTextFileSync(path, text, { mode: 0o600 });
    for (const text of ["", "\n", "0 whole", "\n\n\n"]) {
      write(text);
      expect(from("0")).toBe(undefined);
    }
    for (const size of [1, 100, 65_533, 65_534, 65_535, 65_536, 200_000]) {
      // What has no newline behind it is being written.
      const lines = [0, 1, 2].map((name) => `${name} ${"\u00e9".repeat(size)}`);
      write(`${lines.join("\n")}\n3 begun`);
      expect(from("2")).toEqual(lines.slice(2));
      expect(from("1")).toEqual(lines.slice(1));
      expect(from("0")).toEqual(lines);
      expect(from("3")).toBe(undefined);
    }
    write(`0 far\n${"x\n".repeat(2_200_000)}`);
    expect(from("0")).toBe(undefined);
    return Promise.resolve();
  }));

test("a log that others may read, or a link in its place, is not read", () =>
  withHome((home) => {
    const path = `${home}/audit.log`;
    Deno.writeTextFileSync(`${home}/other`, "0 a\n", { mode: 0o600 });
    Deno.symlinkSync(`${home}/other`, path);
    expect(() => logTail(path, () => true)).toThrow();
    Deno.removeSync(path);
    Deno.writeTextFileSync(path, "0 a\n");
    Deno.chmodSync(path, 0o644);
    expect(() => logTail(path, () => true)).toThrow();
    return Promise.resolve();
  }));
