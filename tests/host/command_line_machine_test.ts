import { expect } from "expect";
import { test } from "node:test";
import { commandLineMachine } from "../../lib/host/command_line_machine.ts";
import { withHome } from "../support/home.ts";

test("inspectPath() follows no link and says what is there", () =>
  withHome(async (home) => {
    const machine = commandLineMachine();
    await Deno.writeTextFile(`${home}/file`, "abc", { mode: 0o600 });
    await Deno.symlink(`${home}/file`, `${home}/link`);
    expect(machine.inspectPath(`${home}/file`)).toEqual({
      kind: "file",
      mode: 0o600,
      owned: true,
      size: 3,
    });
    expect(machine.inspectPath(`${home}/link`)?.kind).toBe("link");
    expect(machine.inspectPath(home)?.kind).toBe("folder");
    expect(machine.inspectPath(`${home}/none`)).toBeUndefined();
  }));

test("readTextFile() reads up to its limit and refuses more, bytes that are no text, and folders", () =>
  withHome(async (home) => {
    const machine = commandLineMachine();
    await Deno.writeTextFile(`${home}/file`, "12345");
    await Deno.writeFile(`${home}/bytes`, new Uint8Array([0xff, 0xfe]));
    expect(machine.readTextFile(`${home}/file`, 5)).toBe("12345");
    expect(() => machine.readTextFile(`${home}/file`, 4)).toThrow(RangeError);
    expect(() => machine.readTextFile("/dev/zero", 4)).toThrow(TypeError);
    expect(() => machine.readTextFile(`${home}/bytes`, 5)).toThrow(TypeError);
    expect(() => machine.readTextFile(home, 5)).toThrow();
  }));

test("appendPrivate() makes a file of mode 0600; isPortFree() sees a listener", () =>
  withHome(async (home) => {
    const machine = commandLineMachine();
    machine.appendPrivate(`${home}/log`, "a\n");
    machine.appendPrivate(`${home}/log`, "b\n");
    expect(await Deno.readTextFile(`${home}/log`)).toBe("a\nb\n");
    expect(machine.inspectPath(`${home}/log`)?.mode).toBe(0o600);
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    expect(await machine.isPortFree(port)).toBe(false);
    listener.close();
    expect(await machine.isPortFree(port)).toBe(true);
  }));

test("sleep() ends when its signal aborts", async () => {
  const machine = commandLineMachine();
  const controller = new AbortController();
  const asleep = machine.sleep(60_000, controller.signal);
  controller.abort();
  await asleep;
  await machine.sleep(60_000, controller.signal);
});
