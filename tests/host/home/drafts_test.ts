// What killed writers leave of files is swept by the next use, and a living writer keeps its own.
import { expect } from "expect";
import { test } from "node:test";
import { writeFileAtomic } from "../../../lib/host/home/atomic_file.ts";
import { draftOf, sweepDrafts } from "../../../lib/host/home/drafts.ts";
import { envFiles } from "../../../lib/host/home/env_files.ts";
import { runCommand } from "../../support/fakes/fake_machine.ts";
import { withHome } from "../../support/home.ts";
import { processOf, textCommand } from "../../support/program.ts";

const SKIP = Deno.build.os === "linux"
  ? false
  : "only Linux tells dead writers from living ones";
const DRAFTS = new URL("../../../lib/host/home/drafts.ts", import.meta.url);

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

/** Runs `body` while another process is in the middle of writing the files at `paths`. */
async function withWriter(
  paths: string[],
  body: (drafts: string[], kill: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const writer = processOf(
    textCommand(`
      import { writeFileSync } from "node:fs";
      import { draftOf } from ${JSON.stringify(DRAFTS.href)};
      const drafts = ${JSON.stringify(paths)}.map(draftOf);
      for (const draft of drafts) writeFileSync(draft, "secret", { mode: 0o600 });
      console.log(JSON.stringify(drafts));
      setInterval(() => {}, 1000);`),
    { stdout: "piped" },
  ).spawn();
  const reader = writer.stdout.getReader();
  let killed = false;
  const kill = async () => {
    if (killed) return;
    killed = true;
    writer.kill("SIGKILL");
    await reader.cancel();
    await writer.status;
  };
  try {
    const { value } = await reader.read();
    await body(JSON.parse(new TextDecoder().decode(value)), kill);
  } finally {
    await kill();
  }
}

function present(paths: string[]): string[] {
  return paths.filter((path) => {
    try {
      Deno.lstatSync(path);
      return true;
    } catch {
      return false;
    }
  });
}

test(
  "drafts in the home are swept by the next command once their writer is dead, not before",
  { skip: SKIP },
  () =>
    withHome(async (home) => {
      expect((await runCommand(["init"], { home })).code).toBe(0);
      const paths = [
        `${home}/config.json`,
        `${home}/master.key`,
        `${home}/providers/acme.json`,
      ];
      await withWriter(paths, async (drafts, kill) => {
        const list = async () => {
          expect((await runCommand(["list", "--json"], { home })).code).toBe(0);
          return present(drafts);
        };
        expect(await list()).toEqual(drafts);
        await kill();
        expect(await list()).toEqual([]);
      });
    }),
);

test(
  "a write sweeps the drafts of its own file, in the home and in the working folder",
  { skip: SKIP },
  () =>
    withHome(async (home) => {
      const folder = `${home}/work`;
      Deno.mkdirSync(folder);
      Deno.mkdirSync(`${home}/backups`, { mode: 0o700 });
      Deno.writeTextFileSync(`${folder}/.env`, "A=1\n");
      const paths = [
        `${folder}/.env`,
        `${home}/backups/20260101T000000Z-00000000.env`,
        `${folder}/other`,
      ];
      await withWriter(paths, async (drafts, kill) => {
        await kill();
        const files = envFiles(home, folder);
        files.replace(files.read(".env"), "A=2\n");
        // Of a file that was not written.
        expect(present(drafts)).toEqual([drafts[2]]);
        expect(Deno.readTextFileSync(`${folder}/.env`)).toBe("A=2\n");
      });
      await withWriter([`${folder}/.env.local`], async (drafts, kill) => {
        expect(envFiles(home, folder).names()).toContain(
          drafts[0]!.slice(folder.length + 1),
        );
        await kill();
        expect(envFiles(home, folder).names()).toEqual([".env"]);
      });
    }),
);

test("of a writer of which nothing is known the age decides; other files stay", () =>
  withHome((home) => {
    const uuid = () => crypto.randomUUID();
    const elsewhere = () => `${uuid()}.1.2.3.4.5.${uuid().slice(0, 8)}.tmp`;
    const old = [
      `config.json.${uuid()}.tmp`,
      `config.json.${elsewhere()}`,
      "config.json.12345.tmp",
    ];
    const young = [
      `config.json.${uuid()}.tmp`,
      `config.json.${elsewhere()}`,
    ];
    const others = [
      ...["config.json", "config.json.tmp", "notes.tmp", uuid()],
      `notes.${uuid()}`,
    ];
    const past = new Date(Date.now() - 120_000);
    for (const name of [...old, ...young, ...others]) {
      Deno.writeTextFileSync(`${home}/${name}`, "x");
      if (!young.includes(name)) {
        Deno.utimeSync(`${home}/${name}`, past, past);
      }
    }
    // What only looks like one.
    Deno.mkdirSync(`${home}/config.json.${uuid()}.tmp`);
    const before = names(home);
    sweepDrafts(home);
    expect(names(home)).toEqual(before.filter((name) => !old.includes(name)));
    sweepDrafts(`${home}/none`);
    return Promise.resolve();
  }));

test(
  "a draft of this process is its own, whatever its age",
  { skip: SKIP },
  () =>
    withHome((home) => {
      const draft = draftOf(`${home}/config.json`);
      Deno.writeTextFileSync(draft, "x");
      const past = new Date(Date.now() - 3_600_000);
      Deno.utimeSync(draft, past, past);
      sweepDrafts(home);
      writeFileAtomic(`${home}/config.json`, "{}", 0o600);
      expect(present([draft])).toEqual([draft]);
      return Promise.resolve();
    }),
);
