// Input, output and error that are files or folders: no way out of the sandbox. Real bubblewrap.
import { expect } from "expect";
import { cliCommand } from "../../support/program.ts";
import type { Sandbox } from "../../support/sandbox/sandbox.ts";
import {
  attack,
  noPython,
  py,
  write,
} from "../../support/sandbox/sandbox_attack.ts";
import { type Ended, spawn } from "../../support/scenario.ts";

/** Runs `script` by sh in the sandbox, started by `redirection` of an outer shell. */
function started(
  { env, work }: Sandbox,
  redirection: string,
  script: string,
): Promise<Ended> {
  return spawn(
    [
      ...["sh", "-c", redirection, "sh"],
      ...cliCommand("run", "--sandbox", "--", "sh", "-c", script),
    ],
    env,
    undefined,
    work,
  );
}

attack(
  "a folder as input, output or error is no way out",
  async (sandbox) => {
    const { folder } = sandbox;
    write(`${folder}/outside/file`);
    for (const number of [0, 1, 2]) {
      const { code, stdout, stderr } = await started(
        sandbox,
        `"$@" ${number}<'${folder}/outside'`,
        `touch ran; cat /proc/self/fd/${number}/file /proc/self/fd/${number}/../home/*`,
      );
      expect([number, stdout]).toEqual([number, ""]);
      if (number < 2) {
        expect(code).toBe(2);
        expect(stderr).toContain("gives access to files outside the sandbox");
      } else {
        // Nothing can be said there, and Node ends with 1 for that alone.
        expect([1, 2]).toContain(code);
      }
    }
    expect([...Deno.readDirSync(sandbox.work)]).toEqual([]);
  },
);

attack(
  "a file that is read as input is not opened for writing",
  async (sandbox) => {
    const { folder } = sandbox;
    const path = `${folder}/outside/file`;
    write(path, "one\ntwo\nthree\n");
    const script = `cat; ${
      py(`
import os
names = [f"/proc/{pid}/fd/{number}" for pid in ["self", *filter(str.isdigit, os.listdir("/proc"))] for number in range(64)]
for name in ["/dev/stdin", "/dev/fd/0", *names]:
    try:
        if os.path.realpath(name) != "/dev/null" and os.path.isfile(name):
            os.open(name, os.O_WRONLY | os.O_APPEND)
            print("opened", os.readlink(name))
    except OSError:
        pass
`).replace(" - <<", " /dev/fd/9 9<<")
    }`;
    const whole = await started(sandbox, `"$@" <'${path}'`, script);
    const lines = (ended: Ended) =>
      // bubblewrap's own error output, which is not read once the command has started.
      ended.stdout.split("\n").filter((line) => !line.endsWith("/errors"));
    expect([whole.code, lines(whole)])
      .toEqual([0, ["one", "two", "three", ""]]);
    // What has been read of it before stays read.
    const rest = await started(
      sandbox,
      `{ read -r line; "$@"; } <'${path}'`,
      script,
    );
    expect([rest.code, lines(rest)]).toEqual([0, ["two", "three", ""]]);
    const none = await started(
      sandbox,
      `{ cat >/dev/null; "$@"; } <'${path}'`,
      script,
    );
    expect([none.code, lines(none)]).toEqual([0, [""]]);
  },
  noPython,
);

attack(
  "what is given as input otherwise is read as ever",
  async (sandbox) => {
    const { folder, work } = sandbox;
    write(`${folder}/read write`, "x");
    write(`${work}/script`, "echo $((6 * 7)) $0 $*\n");
    for (
      const [redirection, script, expected] of [
        [`"$@" </dev/null`, "cat; echo end", "end\n"],
        [`echo piped | "$@"`, "cat", "piped\n"],
        [`"$@" <'${work}/script'`, "exec sh -s a 'b c'", "42 sh a b c\n"],
        [`"$@" <<END\nhere\nEND`, "cat", "here\n"],
        [`"$@" <>'${folder}/read write'`, "cat", "x"],
        [`"$@" <&-`, "cat 2>/dev/null; echo end", "end\n"],
      ] as const
    ) {
      const { code, stdout } = await started(sandbox, redirection, script);
      expect([redirection, code, stdout]).toEqual([redirection, 0, expected]);
    }
  },
);
