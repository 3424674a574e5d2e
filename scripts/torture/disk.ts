/**
 * The phases on a disk of their own: a small tmpfs in a mount namespace, so that the disks of the machine stay as they are.
 * `disk_main.ts` is the process in the namespace.
 *
 * @module
 */
import { moduleCommand, processOf } from "../../tests/support/program.ts";
import type { Figures } from "./ledger.ts";
import { crowd, finish, randomKill, type Rig } from "./phases.ts";
import { Ledger } from "./ledger.ts";

/** Bytes of the disk: enough for the vault of fifty writers. */
const DISK = "4m";

/** By what this user may mount, the options of unshare(1); `undefined` if by nothing. */
export function mountOptions(): string | undefined {
  return ["-m", "-rm"].find((options) => {
    try {
      return new Deno.Command("unshare", {
        args: [options, "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
      }).outputSync().success;
    } catch {
      // There is no such program.
      return false;
    }
  });
}

/** Runs the phases of {@linkcode DISK_PHASES} in a namespace; returns their figures by name. */
export async function onDisk(
  rig: Omit<Rig, "random">,
  options: string,
): Promise<Record<string, Figures>> {
  const disk = `${rig.folder}/disk`;
  Deno.mkdirSync(disk);
  const main = new URL("./disk_main.ts", import.meta.url);
  const { stdout, stderr, success } = await processOf([
    ...["unshare", options, "sh", "-c"],
    `mount -t tmpfs -o size=${DISK},mode=700 tmpfs "$0" && exec "$@"`,
    disk,
    ...moduleCommand(main, JSON.stringify({ ...rig, folder: disk })),
  ], { stdout: "piped", stderr: "piped" }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(text.decode(stderr));
  return JSON.parse(text.decode(stdout));
}

/** They run in the namespace, where `rig.folder` is the disk. */
export const DISK_PHASES: Readonly<
  Record<string, (rig: Rig, figures: Figures) => Promise<void>>
> = {
  "all at once on a disk that is full, some killed": async (rig, figures) => {
    const ledger = new Ledger(`${rig.folder}/home`, figures);
    Deno.mkdirSync(ledger.home, { mode: 0o700 });
    const filler = `${rig.folder}/filler`;
    await crowd({ ...rig, rounds: 1 }, ledger, () => undefined);
    // From full to the last byte to space for a few writes.
    for (let round = 0; round < rig.rounds; round++) {
      fill(filler);
      Deno.truncateSync(filler, Deno.statSync(filler).size - round * 16_384);
      await crowd(
        { ...rig, rounds: 1 },
        ledger,
        () => rig.random() < 0.3 ? randomKill(rig) : undefined,
        // SQLite cannot read either where it cannot make its index.
        false,
      );
      Deno.removeSync(filler);
      await crowd({ ...rig, rounds: 1 }, ledger, () => undefined);
    }
    finish(ledger);
    Deno.removeSync(ledger.home, { recursive: true });
  },
  "all at once on a disk that becomes read-only": async (rig, figures) => {
    const ledger = new Ledger(`${rig.folder}/home`, figures);
    Deno.mkdirSync(ledger.home, { mode: 0o700 });
    const kill = () => rig.random() < 0.3 ? randomKill(rig) : undefined;
    for (let round = 0; round < rig.rounds; round++) {
      await crowd({ ...rig, rounds: 1 }, ledger, kill);
      remount(rig.folder, "ro");
      await crowd({ ...rig, rounds: 1 }, ledger, kill, false);
      remount(rig.folder, "rw");
      await ledger.judge();
    }
    await crowd({ ...rig, rounds: 1 }, ledger, () => undefined);
    finish(ledger);
  },
};

/** Writes zeros until no block is left. */
function fill(path: string): void {
  const file = Deno.openSync(path, { write: true, create: true });
  try {
    const block = new Uint8Array(4096);
    for (;;) file.writeSync(block);
  } catch {
    /* It is full. */
  } finally {
    file.close();
  }
}

function remount(folder: string, mode: "ro" | "rw"): void {
  const { success, stderr } = new Deno.Command("mount", {
    // Of the mount, which an ordinary user may change in a namespace of theirs.
    args: ["-o", `remount,bind,${mode}`, folder],
  }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
