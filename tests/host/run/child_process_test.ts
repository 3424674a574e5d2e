import { expect } from "expect";
import { test } from "node:test";
import { withHome } from "../../support/home.ts";
import { missing } from "../../support/missing.ts";
import { moduleCommand } from "../../support/program.ts";

const RUNNER =
  new URL("../../support/workers/run_command.ts", import.meta.url).pathname;
const PYTHON = "/usr/bin/python3";
const skip = await missing(PYTHON);

function command(...argv: string[]): string[] {
  return moduleCommand(RUNNER, ...argv);
}

async function run(argv: string[], input?: string) {
  const [program, ...args] = argv;
  const child = new Deno.Command(program, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  // Some programs end before they have read it.
  if (input !== undefined) {
    await writer.write(new TextEncoder().encode(input)).catch(() => {});
  }
  await writer.close().catch(() => {});
  const { code, stdout, stderr } = await child.output();
  return {
    code,
    stdout: new TextDecoder().decode(stdout),
    stderr: new TextDecoder().decode(stderr),
  };
}

test("arguments, input, output and exit code are the command's own", async () => {
  const script = 'cat; printf "[%s]" "$@"; printf err >&2; exit 7';
  const odd = ["a b", "", "$(touch x)", "--", "-n", "'\"\\", "é\n"];
  expect(await run(command("sh", "-c", script, "sh", ...odd), "in\0put"))
    .toEqual({
      code: 7,
      stdout: "in\0put" + odd.map((argument) => `[${argument}]`).join(""),
      stderr: "err",
    });
});

test("a signal's end is 128 + n", async () => {
  for (const [signal, code] of [["TERM", 143], ["KILL", 137], ["INT", 130]]) {
    expect((await run(command("sh", "-c", `kill -${signal} $$`))).code).toBe(
      code,
    );
  }
});

test("a missing command is 127, one that cannot be executed 126", () =>
  withHome(async (home) => {
    const missing = await run(command("authsome-no-such-command"));
    expect([missing.code, missing.stderr]).toEqual([
      127,
      'Cannot run "authsome-no-such-command": command not found\n',
    ]);
    Deno.writeTextFileSync(`${home}/file`, "#!/bin/sh\n", { mode: 0o644 });
    for (const path of [`${home}/file`, home]) {
      expect([path, (await run(command(path))).code]).toEqual([path, 126]);
    }
  }));

test("a signal to authsome reaches the command, and its exit code counts", async () => {
  for (
    const signal of [
      "SIGTERM",
      "SIGINT",
      "SIGHUP",
      "SIGQUIT",
      "SIGUSR1",
      "SIGUSR2",
    ] as const
  ) {
    const script = `trap 'echo got; exit 42' ${signal.slice(3)}
      echo ready; i=0; while [ $i -lt 300 ]; do sleep 0.1; i=$((i+1)); done`;
    const [program, ...args] = command("sh", "-c", script);
    const child = new Deno.Command(program, { args, stdout: "piped" }).spawn();
    const reader = child.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
    expect((await reader.read()).value).toBe("ready\n");
    child.kill(signal);
    expect([signal, (await reader.read()).value]).toEqual([signal, "got\n"]);
    expect((await child.status).code).toBe(42);
    await reader.cancel();
  }
});

/** Types into a terminal of its own: argv[1] is what to type once the command says "ready". */
const TERMINAL = `
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
seen, typed = b"", False
while True:
    try:
        data = os.read(fd, 4096)
    except OSError:
        break
    if not data:
        break
    seen += data
    if b"ready" in seen and not typed:
        typed = True
        os.write(fd, sys.argv[1].encode().decode("unicode_escape").encode())
status = os.waitpid(pid, 0)[1]
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(status))
`;

/** Counts the signals that arrive until half a second has passed without one. */
const COUNTER = `
import os, signal, sys, time
got = []
signal.signal(signal.SIGINT, lambda *_: got.append("INT"))
signal.signal(signal.SIGQUIT, lambda *_: got.append("QUIT"))
# One write, or the terminal's echo of what is typed may stand in the middle.
os.write(1, f"ready {os.isatty(0)} {os.isatty(1)}\\n".encode())
deadline = time.time() + 20
while not got and time.time() < deadline:
    time.sleep(0.05)
time.sleep(0.5)
print("got", ",".join(got))
sys.exit(9)
`;

test("Ctrl-C at a terminal reaches the command once", { skip }, async () => {
  for (const [typed, name] of [["\\x03", "INT"], ["\\x1c", "QUIT"]]) {
    const argv = [PYTHON, "-c", TERMINAL, typed];
    const { code, stdout } = await run([
      ...argv,
      ...command(PYTHON, "-c", COUNTER),
    ]);
    expect(stdout).toContain("ready True True");
    expect(stdout).toContain(`got ${name}\r\n`);
    expect(code).toBe(9);
  }
});
