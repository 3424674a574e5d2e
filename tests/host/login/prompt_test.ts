// The questions on a real terminal: a pseudo-terminal of Python, which every machine that runs these tests has.
import { expect } from "expect";
import { test } from "node:test";
import { askMasked } from "../../../lib/host/login/prompt.ts";
import { AuthsomeError } from "../../../lib/errors.ts";
import { withHome } from "../../support/home.ts";
import { missing } from "../../support/missing.ts";
import { cliCommand } from "../../support/program.ts";

const PYTHON = `
import fcntl, os, pty, select, struct, sys, termios, time
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
answers = [a.encode().decode("unicode_escape").encode() for a in sys.argv[1].split("|")]
out, seen, end = b"", 0, time.time() + 30
while time.time() < end:
    if select.select([fd], [], [], 0.3)[0]:
        try:
            data = os.read(fd, 4096)
        except OSError:
            break
        if not data:
            break
        out += data
    elif answers and len(out) > seen and b"OpenAI" in out:
        seen = len(out)
        os.write(fd, answers.pop(0))
sys.stdout.buffer.write(out)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

async function onTerminal(home: string, answers: string, args: string[]) {
  const { code, stdout } = await new Deno.Command("/usr/bin/python3", {
    args: ["-c", PYTHON, answers, ...cliCommand(...args)],
    env: {
      AUTHSOME_HOME: home,
      NO_COLOR: "1",
      TERM: "xterm",
      OPENAI_API_KEY: "",
    },
  }).output();
  return { code, screen: new TextDecoder().decode(stdout) };
}

const skip = await missing("/usr/bin/python3");

test(
  "a key typed on a terminal is shown as dots, doubted, and kept",
  { skip },
  () =>
    withHome(async (home) => {
      const { code, screen } = await onTerminal(home, "canary\\r|y\\r", [
        "login",
        "openai",
        "--no-browser",
      ]);
      expect(screen).toContain("Use it anyway?");
      expect(screen).toContain("Connected openai/default");
      expect(screen).not.toContain("canary");
      expect(code).toBe(0);
    }),
);

test(
  "Ctrl-C at a question exits 130",
  { skip },
  () =>
    withHome(async (home) => {
      const { code, screen } = await onTerminal(home, "\\x03", [
        "login",
        "openai",
        "--no-browser",
      ]);
      expect(screen).toContain("Interrupted");
      expect(code).toBe(130);
    }),
);

test("a question that times out rejects with the reason", async () => {
  const reason = new AuthsomeError("InputCancelled", "late");
  const asked = askMasked({
    message: "Key",
    signal: AbortSignal.abort(reason),
  });
  await expect(asked).rejects.toBe(reason);
});
