// `authsome run` alone, at a terminal: the person's own shell behind the proxy.
import { expect } from "expect";
import { test } from "node:test";
import { missing } from "../support/scenario.ts";
import { Session } from "../support/terminal/terminal_script.ts";
import { Terminal } from "../support/terminal/terminal.ts";

/** The person's own files for each shell, with a theme that makes its prompt anew each time where a shell has those. */
const SHELLS: Record<
  string,
  { files: Record<string, string>; env?: Record<string, string> }
> = {
  bash: {
    files: {
      ".bashrc":
        "PS1='old> '; PROMPT_COMMAND='PS1=\"[$?]ready> \"'; OWN=of-mine",
    },
  },
  zsh: {
    files: {
      ".zshenv": "export ZDOTDIR=$HOME/my\\ zsh",
      "my zsh/.zshrc":
        "theme() { PROMPT='[%?]ready> ' }; precmd_functions+=(theme); OWN=of-mine",
    },
  },
  fish: {
    files: {
      ".config/fish/config.fish":
        'function fish_prompt; echo -n "[$status]ready> "; end; set OWN of-mine; set fish_autosuggestion_enabled 0',
    },
  },
  sh: {
    files: { "my rc": "PS1='[0]ready> '; OWN=of-mine" },
    env: { ENV: "$HOME/my rc" },
  },
};

const tools = await missing("python3") || await missing("ps") ||
  await missing("find");

for (const [shell, { files, env = {} }] of Object.entries(SHELLS)) {
  const skip = tools || await missing(shell, "-c", "true");
  const name =
    `${shell} has a sign in its prompt, the person's files, and job control`;
  test(skip ? `${name} (skipped: ${skip})` : name, { skip }, async () => {
    await using session = await Session.open();
    await session.run(
      "seed groq; mkdir -p '.config/fish' 'my zsh' .local/share/fish/generated_completions",
    );
    for (const [path, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${session.work}/${path}`, `${text}\n`);
    }
    const before = await everyFile(session);
    await using terminal = await Terminal.open(
      session,
      ["authsome", "run"],
      { env: { ...env, SHELL: shell } },
    );
    const answer = async (line: string, shown: RegExp) => {
      await terminal.type(`${line}\r`);
      return await terminal.shows(
        new RegExp(`${shown.source}[^]*\\(authsome\\) \\[\\d+\\]ready> `),
      );
    };
    await answer(
      "echo $OWN/$GROQ_API_KEY.",
      /of-mine\/authsome-proxy-managed\./,
    );
    // What the person has set is as it was, for the programs that the shell starts.
    await answer(
      `sh -c 'echo "<$ENV|$ZDOTDIR>"'`,
      shell === "sh"
        ? /<\$HOME\/my rc\|>/
        : shell === "zsh"
        ? /<\|\S+\/my zsh>/
        : /<\|>/,
    );
    if (shell !== "sh") {
      await terminal.type("false\r");
      await terminal.shows(/\(authsome\) \[1\]ready> /);
    }
    await terminal.type("sleep 1000\r");
    await settled(session, "sleep 1000");
    await terminal.type("\x1a");
    await terminal.shows(/(stopped|suspended)[^]*ready> /i);
    await terminal.type("fg\r");
    await terminal.shows(/sleep 1000/);
    await settled(session, "sleep 1000", "S+");
    await terminal.type("\x03");
    await terminal.shows(/ready> /);
    // In it another one says so, and ends on its own.
    await terminal.type("authsome run\r");
    await terminal.shows(
      /already in a run[^]*\(authsome nested\) \[\d+\]ready> /,
    );
    await terminal.type("exit\r");
    await terminal.shows(/\(authsome\) \[\d+\]ready> /);
    await terminal.type("exit 7\r");
    expect(await terminal.ended()).toBe(7);
    expect(await everyFile(session)).toEqual(before);
  });
}

test(
  "no terminal, no shell: a program that forgot its command hears of it",
  async () => {
    await using session = await Session.open();
    const { code, stdout, stderr } = await session.run("authsome run", {
      stdin: "echo not to be run",
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("authsome run sh");
    expect(await session.run("authsome run sh", { stdin: "echo done" }))
      .toMatchObject({ code: 0, stdout: "done\n" });
  },
);

/** The person's files; what shells write by themselves, and authsome's own home, left out. */
async function everyFile(session: Session): Promise<string> {
  const { stdout } = await session.run(
    "find . -type f -not -path './home/*' -not -path './.local/*' -not -path './.cache/*' -not -path './bin/*' " +
      "-not -name '*history*' -not -name 'fish_variables*' -exec cksum {} + | sort; ls home/run 2>/dev/null; true",
  );
  return stdout;
}

/** Waits until a process of the session is in that state. */
async function settled(
  session: Session,
  command: string,
  state = "S",
): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    const { stdout } = await session.run("ps -eo stat,args");
    const lines = stdout.split("\n").filter((line) =>
      line.endsWith(` ${command}`)
    );
    if (lines.some((line) => line.startsWith(state))) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${command} did not come to be`);
}
