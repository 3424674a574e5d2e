/** A command that only talks to a person at a terminal. @module */

/** What a person does there. */
export interface AtTerminal {
  /** What shows that the command is ready. */
  shows: string;
  types: string;
}

/** Name of the file in the working folder that says that the model was asked. */
export const ASKED = "asked";

/**
 * Starts its arguments after the first two in a terminal, and once the first shows, types the second until the file is
 * there: what is typed before a program reads is lost.
 */
const TYPIST = `
import fcntl, os, pty, select, struct, sys, termios, time
shows, types = sys.argv[1].encode(), sys.argv[2].encode()
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    os.environ["TERM"] = "xterm-256color"
    os.execvp(sys.argv[3], sys.argv[3:])
seen, keys, due = b"", [], 0.0
while not os.path.exists("${ASKED}"):
    if select.select([terminal], [], [], 0.2)[0]:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            part = b""
        sys.stdout.buffer.write(part)
        if not part: sys.exit("It ended before the model was asked")
        seen += part
    if shows in seen and time.monotonic() >= due:
        # The key by itself: text that ends in it may be taken as pasted.
        keys = keys or [types, b"\\r"]
        os.write(terminal, keys.pop(0))
        due = time.monotonic() + (1 if keys else 5)
os.close(terminal)
os.waitpid(pid, 0)`;

/** The command that starts `command` at a terminal, and types there. */
export function atTerminal(
  command: readonly string[],
  { shows, types }: AtTerminal,
): string[] {
  return ["python3", "-c", TYPIST, shows, types, ...command];
}
