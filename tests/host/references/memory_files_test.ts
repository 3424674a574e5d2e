// Whose memory is used: that of this user alone, and nothing that is on a disk.
import { expect } from "expect";
import { chownSync } from "node:fs";
import { test } from "node:test";
import { sharedMemory } from "../../../lib/host/references/memory_files.ts";
import { textCommand } from "../../support/program.ts";

const MEMORY = "/dev/shm";
const NAME = "abcdefghijklmnopqrstuv";
const skip = sharedMemory("/", Deno.env) === undefined &&
  "there is no file system in memory (Linux alone has one)";
const needsRoot = skip || Deno.uid() !== 0 &&
    "only root can make a file of another user";

function withFolder(body: (folder: string) => void) {
  return () => {
    const folder = Deno.makeTempDirSync({ dir: MEMORY });
    try {
      body(folder);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  };
}

function opened(runtime: string | undefined, home = "/home/me") {
  return sharedMemory(home, {
    get: (name) => name === "XDG_RUNTIME_DIR" ? runtime : undefined,
  }, { shared: "/nowhere" });
}

test(
  "texts of one home, for its processes alone",
  { skip },
  withFolder((folder) => {
    const one = opened(folder)!;
    const other = opened(folder, "/home/other")!;
    one.write(NAME, "sealed");
    expect(opened(folder)!.read(NAME)).toBe("sealed");
    expect(other.read(NAME)).toBe(undefined);
    other.write(NAME, "theirs");
    const place = `${folder}/authsome`;
    const files = () => [...Deno.readDirSync(place)].map(({ name }) => name);
    expect(Deno.statSync(place).mode! & 0o777).toBe(0o700);
    for (const name of files()) {
      expect(name).not.toContain("home");
      expect(Deno.statSync(`${place}/${name}`).mode! & 0o777).toBe(0o600);
    }
    one.write("large", "x".repeat((1 << 20) + 1));
    expect(one.read("large")).toBe(undefined);
    one.clear();
    expect(one.read(NAME)).toBe(undefined);
    expect(other.read(NAME)).toBe("theirs");
    expect(files().length).toBe(1);
    Deno.writeTextFileSync(`${folder}/link`, "planted", { mode: 0o600 });
    const [theirs] = files();
    Deno.removeSync(`${place}/${theirs}`);
    Deno.symlinkSync(`${folder}/link`, `${place}/${theirs}`);
    expect(other.read(NAME)).toBe(undefined);
    other.write(NAME, "theirs");
    expect(other.read(NAME)).toBe("theirs");
    // What a killed process left goes with the next one that writes.
    Deno.utimeSync(`${place}/${files()[0]}`, 1, 1);
    one.write(NAME, "sealed");
    expect(other.read(NAME)).toBe(undefined);
    // The folder may vanish while it is used.
    Deno.removeSync(place, { recursive: true });
    expect(one.read(NAME)).toBe(undefined);
    one.write(NAME, "again");
    expect(one.read(NAME)).toBe("again");
  }),
);

test(
  "no folder on a disk, none that others can read, no link, nothing relative",
  { skip },
  withFolder((folder) => {
    expect(opened(undefined)).toBe(undefined);
    expect(opened("run")).toBe(undefined);
    expect(opened(`${folder}/missing`)).toBe(undefined);
    const onDisk = Deno.makeTempDirSync({ dir: Deno.cwd() });
    try {
      expect(opened(onDisk)).toBe(undefined);
      expect([...Deno.readDirSync(onDisk)]).toEqual([]);
      Deno.mkdirSync(`${onDisk}/authsome`, { mode: 0o700 });
      Deno.symlinkSync(`${onDisk}/authsome`, `${folder}/authsome`);
      expect(opened(folder)).toBe(undefined);
    } finally {
      Deno.removeSync(onDisk, { recursive: true });
    }
    Deno.removeSync(`${folder}/authsome`);
    Deno.writeTextFileSync(`${folder}/authsome`, "");
    expect(opened(folder)).toBe(undefined);
    Deno.removeSync(`${folder}/authsome`);
    Deno.mkdirSync(`${folder}/authsome`);
    Deno.chmodSync(`${folder}/authsome`, 0o755);
    expect(opened(folder)).toBe(undefined);
    Deno.chmodSync(`${folder}/authsome`, 0o700);
    Deno.chmodSync(folder, 0o755);
    expect(opened(folder)).toBe(undefined);
    // Where everybody may make folders, but remove those of others as well.
    Deno.chmodSync(folder, 0o777);
    expect(sharedMemory("/", { get: () => undefined }, { shared: folder }))
      .toBe(undefined);
  }),
);

test(
  "what another user put there is not read",
  { skip: needsRoot },
  withFolder((folder) => {
    const memory = opened(folder)!;
    memory.write(NAME, "sealed");
    const [{ name }] = [...Deno.readDirSync(`${folder}/authsome`)] as [
      Deno.DirEntry,
    ];
    chownSync(`${folder}/authsome/${name}`, 65534, 65534);
    expect(memory.read(NAME)).toBe(undefined);
    memory.write(NAME, "again");
    expect(memory.read(NAME)).toBe("again");
    chownSync(`${folder}/authsome`, 65534, 65534);
    expect(memory.read(NAME)).toBe(undefined);
    expect(opened(folder)).toBe(undefined);
  }),
);

test(
  "the time of a process is that of the kernel, unless a shell has become it",
  {
    skip,
  },
  async () => {
    const script = `
    import { sharedMemory } from "${
      import.meta.resolve("../../../lib/host/references/memory_files.ts")
    }";
    const { startedAt, now } = sharedMemory("/", Deno.env);
    console.log(startedAt, now());`;
    const times = async (command: string) => {
      const { stdout } = await new Deno.Command("sh", {
        args: ["-c", command, "sh", ...textCommand(script)],
      }).output();
      const [startedAt, now] = new TextDecoder().decode(stdout).trim()
        .split(" ").map(Number);
      return { startedAt: startedAt!, now: now! };
    };
    const uptime = () =>
      1000 * Number(Deno.readTextFileSync("/proc/uptime").split(" ")[0]);
    const before = uptime();
    const own = await times('exec "$@"');
    expect(own.startedAt).toBeGreaterThanOrEqual(before);
    expect(own.startedAt).toBeLessThanOrEqual(own.now);
    const begun = uptime();
    const became = await times('sleep 1; exec "$@"');
    expect(became.startedAt).toBeGreaterThan(begun + 1000);
  },
);
