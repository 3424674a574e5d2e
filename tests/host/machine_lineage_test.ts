// What the system shows of processes, and who may answer by it.
import { expect } from "expect";
import { test } from "node:test";
import { whyNotAnswer } from "../../lib/approval/who_may_answer.ts";
import {
  isOfRun,
  machineLineage,
  readPsLine,
} from "../../lib/host/machine_lineage.ts";
import type { ProcessMark } from "../../lib/ports/system.ts";
import { NO_OTHER_USER } from "../support/sandbox/other_user.ts";
import { fakeLineage, PERSON, RUN } from "../approval/scene.ts";

const NOT_LINUX = Deno.build.os === "linux" ? false : "it reads /proc";
const lineage = machineLineage(Deno.cwd());

/** A process that lives as long as `body`, and its mark. */
async function withProcess(
  command: string[],
  body: (mark: ProcessMark) => Promise<void>,
  env: Record<string, string> = {},
): Promise<void> {
  const [program, ...args] = command;
  const child = new Deno.Command(program!, {
    args,
    env,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  try {
    // It has become what it is to be once it says so.
    const reader = child.stdout.getReader();
    await reader.read();
    await reader.cancel();
    const stat = Deno.readTextFileSync(`/proc/${child.pid}/stat`);
    const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]!;
    const { place } = await lineage.self();
    await body({ pid: child.pid, started, ...place ? { place } : {} });
  } finally {
    await child.stdin.close().catch(() => {});
    await child.status;
  }
}

const WAITS = ["sh", "-c", "echo; read -r _"];

test("a process names itself, and is told from another with its number", {
  skip: NOT_LINUX,
}, async () => {
  const self = await lineage.self();
  expect(self.pid).toBe(Deno.pid);
  expect(await lineage.hasEnded(self)).toBe(false);
  expect(await lineage.hasEnded({ ...self, started: "1" })).toBe(true);
  expect(await lineage.above({ ...self, started: "1" })).toEqual([]);
  const elsewhere = { ...self, place: "another machine" };
  expect(await lineage.hasEnded(elsewhere)).toBe(undefined);
  expect(await lineage.above(elsewhere)).toBe(undefined);
  expect(await whyNotAnswer(lineage, elsewhere, self)).toMatch(/container/);
  expect(await whyNotAnswer(lineage, self, self)).toMatch(/command that asks/);
  let ended: ProcessMark | undefined;
  await withProcess(WAITS, async (mark) => {
    ended = mark;
    expect(await lineage.hasEnded(mark)).toBe(false);
    expect((await lineage.above(mark))!.map(({ pid }) => pid).slice(0, 2))
      .toEqual([mark.pid, Deno.pid]);
    expect(await whyNotAnswer(lineage, mark, self)).toMatch(
      /it was started by the command that asks/,
    );
    // The other way about, this is no child of it.
    expect(await whyNotAnswer(lineage, self, mark)).toBe(undefined);
  });
  expect(await lineage.hasEnded(ended!)).toBe(true);
});

test("what a run gives a command is seen from outside", {
  skip: NOT_LINUX,
}, async () => {
  for (
    const env of <Record<string, string>[]> [
      { AUTHSOME_PROXY_MODE: "true" },
      { https_proxy: "http://authsome:pw@127.0.0.1:4711" },
    ]
  ) {
    await withProcess(WAITS, async (mark) => {
      expect((await lineage.above(mark))![0]!.inRun).toBe(true);
      // Below another run than the one that asks.
      await withProcess(WAITS, async (other) => {
        expect(await whyNotAnswer(lineage, mark, other))
          .toMatch(/a command of authsome run/);
      });
    }, env);
  }
  expect(isOfRun(["HTTPS_PROXY=http://proxy.corp.example:3128"])).toBe(false);
  expect(isOfRun(["AUTHSOME_PROXY_MODE=", "X=AUTHSOME_PROXY_MODE=true"]))
    .toBe(false);
});

test("another user cannot answer for the owner of the home", {
  skip: NO_OTHER_USER,
}, async () => {
  await withProcess([
    ...["setpriv", "--reuid=1234", "--regid=1234", "--clear-groups"],
    ...WAITS,
  ], async (mark) => {
    await withProcess(WAITS, async (run) => {
      expect(await whyNotAnswer(lineage, mark, run))
        .toBe("it is of another user than the home");
    });
  });
});

test("who may answer, by what is known of processes", async () => {
  const { lineage: fake, add, processes } = fakeLineage();
  const child = (pid: number, parent: number, more = {}) => {
    add(pid, parent, "9", more);
    return { pid, started: "9" };
  };
  const why = (mark: ProcessMark) => whyNotAnswer(fake, mark, RUN);
  expect(await why(PERSON)).toBe(undefined);
  expect(await why(child(301, RUN.pid))).toMatch(/command that asks/);
  child(302, 301);
  expect(await why(child(303, 302))).toMatch(/command that asks/);
  expect(await why(child(304, 1, { inRun: true }))).toMatch(/authsome run/);
  child(305, 1, { inRun: true });
  expect(await why(child(306, 305))).toMatch(/authsome run/);
  expect(await why(child(307, 1, { session: 10 }))).toMatch(/detached/);
  // A job of the person's in the shell that the run was started from.
  expect(await why(child(308, 10, { session: 10 }))).toBe(undefined);
  expect(await why(child(309, 20, { uid: 0 }))).toMatch(/another user/);
  expect(await why({ ...PERSON, place: "x" })).toBe(undefined);
  // One that has ended was looked at before it wrote.
  expect(await why({ pid: 999, started: "1" })).toBe(undefined);
  // A number that another process has since.
  processes.delete(301);
  expect(await why({ pid: RUN.pid, started: "later" })).toBe(undefined);
});

test("a line of ps is read, whatever the command is", () => {
  expect(readPsLine(
    7,
    "    1   501 Sat Nov  7 10:11:12 2026     node /x y AUTHSOME_PROXY_MODE=true A=b\n",
  )).toEqual({
    ...{ pid: 7, parent: 1, uid: 501, inRun: true },
    started: "Sat Nov 7 10:11:12 2026",
  });
  expect(readPsLine(7, "  1 501 Sat Nov  7 10:11:12 2026 zsh"))
    .toMatchObject({ inRun: false });
  expect(readPsLine(7, "")).toBe(undefined);
});
