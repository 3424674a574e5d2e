// `authsome run --sandbox` as a process: what a shell sees of it. Real bubblewrap.
import { expect } from "expect";
import { cliCommand } from "../support/program.ts";
import { type Sandbox, sandboxTest } from "../support/sandbox/sandbox.ts";
import { missing } from "../support/scenario.ts";

const GROQ = { groq: "gsk_canary" };
const PYTHON = "/usr/bin/python3";
const python = await missing(PYTHON);

function inSandbox(
  name: string,
  body: (sandbox: Sandbox) => Promise<void>,
  needs: string | false = false,
) {
  sandboxTest(
    name,
    GROQ,
    ["api.groq.com"],
    () => new Response("ok"),
    body,
    needs,
  );
}

inSandbox(
  "the exit code is the command's, or says why it never started",
  async (sandbox) => {
    const { work } = sandbox;
    Deno.writeTextFileSync(`${work}/plain`, "x");
    Deno.writeTextFileSync(`${work}/a=b`, "#!/bin/sh\nexit 9\n", {
      mode: 0o755,
    });
    const cases: [string[], number][] = [
      [["true"], 0],
      [["sh", "-c", "exit 77"], 77],
      [["sh", "-c", "kill -TERM $$"], 143],
      [["./a=b"], 9],
      [["no-such-command-here"], 127],
      [["./plain"], 126],
    ];
    for (const [command, code] of cases) {
      const ended = await sandbox.inside(command);
      expect([command, ended.code]).toEqual([command, code]);
      expect(ended.stderr.includes("Error:")).toBe(code > 120 && code < 130);
    }
  },
);

inSandbox(
  "input, output and the working folder are the command's own",
  async (sandbox) => {
    const { work } = sandbox;
    const ended = await sandbox.sh("pwd -P; cat; echo talk >&2; exit 3", {
      stdin: "in",
    });
    expect(ended).toEqual({
      code: 3,
      stdout: `${work}\nin`,
      stderr: "talk\n",
    });
  },
);

inSandbox(
  "only harmless variables are passed on, and what a person allows",
  async (sandbox) => {
    const { home } = sandbox;
    const env = {
      MY_TOKEN: "canary-1",
      MY_SETTING: "canary-2",
      LC_ALL: "C.UTF-8",
      DBUS_SESSION_BUS_ADDRESS: "unix:path=/x",
      SSH_AUTH_SOCK: "/x",
    };
    Deno.writeTextFileSync(
      `${home}/sandbox.json`,
      '{"allow_env":["MY_SETTING"]}',
    );
    const { stdout } = await sandbox.inside(["env"], { env });
    const names = stdout.split("\n").map((line) => line.split("=")[0]);
    expect(names).toEqual(expect.arrayContaining([
      ...["MY_SETTING", "LC_ALL", "PATH", "HOME", "HTTPS_PROXY"],
      ...["SSL_CERT_FILE", "GROQ_API_KEY", "AUTHSOME_SANDBOX"],
    ]));
    for (
      const name of [
        ...["MY_TOKEN", "DBUS_SESSION_BUS_ADDRESS", "SSH_AUTH_SOCK"],
        ...["AUTHSOME_HOME", "AUTHSOME_CA_BUNDLE"],
      ]
    ) expect(names).not.toContain(name);
  },
);

inSandbox(
  "the person's own folder is not writable, and that is said",
  async (sandbox) => {
    const { folder } = sandbox;
    const { code, stderr } = await sandbox.sh("touch x 2>/dev/null", {
      cwd: folder,
    });
    expect(code).not.toBe(0);
    expect(stderr).toContain("is not writable in the sandbox");
    const allowed = await sandbox.sh("touch x", {
      cwd: folder,
      options: ["--allow-write", "."],
    });
    expect(allowed).toMatchObject({ code: 0, stderr: "" });
  },
);

inSandbox(
  "sandbox.json is obeyed; what is wrong in it is named",
  async (sandbox) => {
    const { home, folder } = sandbox;
    Deno.mkdirSync(`${folder}/extra`);
    Deno.mkdirSync(`${folder}/hidden`);
    Deno.writeTextFileSync(`${folder}/hidden/file`, "x");
    const write = (text: string) =>
      Deno.writeTextFileSync(`${home}/sandbox.json`, text);
    write(
      '{"allow_write":["~/extra"],"deny_read":["~/hidden","~/not-there"],"network":false}',
    );
    expect(
      await sandbox.sh(
        "touch ~/extra/x; cat ~/hidden/file 2>/dev/null || echo hidden",
      ),
    ).toMatchObject({ code: 0, stdout: "hidden\n" });
    const cases: [string, string][] = [
      ["{", "it is not JSON"],
      ['{"allow_wirte":[]}', '"allow_wirte"'],
      ['{"deny_read":"~/x"}', '"deny_read"'],
      ['{"network":"no"}', '"network"'],
      ['{"allow_env":["A=B"]}', '"allow_env.0"'],
      ['{"allow_write":["~/nowhere/x"]}', '"~/nowhere/x": it does not exist'],
    ];
    for (const [text, said] of cases) {
      write(text);
      const { code, stderr, stdout } = await sandbox.inside(["echo", "ran"]);
      expect([text, code, stdout]).toEqual([text, 2, ""]);
      expect(stderr).toContain(said);
    }
  },
);

inSandbox("options that contradict each other are refused", async (sandbox) => {
  const { authsome, work } = sandbox;
  const cases = [
    ["run", "--allow-write", "/tmp", "--", "true"],
    ["run", "--no-network", "--", "true"],
    ["run", "--sandbox", "--listen", "unix:/tmp/x", "--", "true"],
    ["run", "--sandbox", "--deny-read", "not-there", "--", "true"],
    ["run", "--sandbox", "--allow-read", "not-there", "--", "true"],
    ["run", "--listen", "tcp:80", "--", "true"],
    ["run", "--listen", "unix:relative", "--", "true"],
  ];
  for (const args of cases) {
    const { code, stderr } = await authsome(args, { cwd: work });
    expect([args, code]).toEqual([args, 2]);
    expect(stderr).toContain("Error:");
  }
});

inSandbox(
  "a signal reaches the command, which may answer it",
  async (sandbox) => {
    const { work, env } = sandbox;
    for (const signal of ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGINT"] as const) {
      const child = start(sandbox, [
        ...["sh", "-c"],
        `trap 'echo caught > said; exit 5' ${
          signal.slice(3)
        }; echo > ready; i=0; while [ $i -lt 600 ]; do sleep 0.05; i=$((i+1)); done`,
      ], env);
      await there(`${work}/ready`);
      child.kill(signal);
      expect([signal, (await child.status).code]).toEqual([signal, 5]);
      Deno.removeSync(`${work}/ready`);
      Deno.removeSync(`${work}/said`);
    }
    // Without an answer it ends by it.
    const child = start(
      sandbox,
      ["sh", "-c", "echo > ready; exec sleep 30"],
      env,
    );
    await there(`${work}/ready`);
    child.kill("SIGTERM");
    expect((await child.status).code).toBe(143);
  },
);

inSandbox(
  "when authsome is killed the command ends, and nothing of it is left",
  async (sandbox) => {
    const { work, env } = sandbox;
    const child = start(sandbox, [
      ...["sh", "-c"],
      "while date +%s%N > alive; do sleep 0.05; done",
    ], env);
    await there(`${work}/alive`);
    const own = descendants(child.pid);
    expect(own.length).toBeGreaterThan(3);
    child.kill("SIGKILL");
    await child.status;
    for (
      let tries = 0;
      tries < 200 && own.some(isRunning);
      tries++
    ) await pause();
    expect(own.filter(isRunning)).toEqual([]);
  },
);

inSandbox(
  "in a terminal: Ctrl-C goes to the command, and its size and job control work",
  async (sandbox) => {
    const { work, env } = sandbox;
    // A person: starts authsome in a terminal of 101 columns and types Ctrl-C once the command waits.
    const person = `
import os, pty, sys, fcntl, termios, struct, time
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 101, 0, 0))
seen = b""
try:
    while True:
        part = os.read(terminal, 4096)
        if not part: break
        seen += part
        if b"waiting" in seen and b"typed" not in seen:
            seen += b"<typed>"
            os.write(terminal, b"\\x03")
except OSError:
    pass
sys.stdout.write(seen.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))`;
    const command = [
      ...["sh", "-c"],
      "trap 'echo interrupted; curl -sS https://api.groq.com/; exit 4' INT; sleep 0.2; stty size; : < /dev/tty && echo controlling; echo waiting; i=0; while [ $i -lt 600 ]; do sleep 0.05; i=$((i+1)); done",
    ];
    const ended = await new Deno.Command(PYTHON, {
      args: ["-c", person, ...authsome(command)],
      env,
      clearEnv: true,
      cwd: work,
      stdin: "null",
    }).output();
    const stdout = new TextDecoder().decode(ended.stdout);
    expect(stdout).toContain("24 101");
    expect(stdout).toContain("controlling");
    // The proxy is still there for what the command does then.
    expect(stdout).toContain("interrupted\r\nok");
    expect(ended.code).toBe(4);
  },
  python || await missing("curl"),
);

function authsome(command: readonly string[]): string[] {
  return cliCommand("run", "--sandbox", "--", ...command);
}

function start(
  { work }: Sandbox,
  command: readonly string[],
  env: Record<string, string>,
): Deno.ChildProcess {
  const [program, ...args] = authsome(command);
  return new Deno.Command(program!, {
    args,
    env,
    clearEnv: true,
    cwd: work,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

async function there(path: string): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    try {
      Deno.statSync(path);
      return;
    } catch {
      await pause();
    }
  }
  throw new Error(`${path} never came`);
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 25));
}

function descendants(pid: number): number[] {
  const children = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`)
    .split(" ").filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** A process that has ended and waits for its parent does not count. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(
      Deno.readTextFileSync(`/proc/${pid}/status`),
    );
  } catch {
    return false;
  }
}
