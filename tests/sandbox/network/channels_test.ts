// Sockets and named pipes of programs outside, however they came to their names. Real bubblewrap, real servers.
import { expect } from "expect";
import { chownSync } from "node:fs";
import { test } from "node:test";
import { read } from "../../../lib/host/sandbox/channels/looking.ts";
import { findProgram } from "../../../lib/host/run/programs.ts";
import { Search } from "../../../lib/host/sandbox/channels/unix_socket_search.ts";
import { KERNEL_FOLDERS } from "../../../lib/sandbox/places.ts";
import { boundSockets } from "../../../lib/sandbox/unix_sockets.ts";
import { cliCommand, processOf } from "../../support/program.ts";
import {
  CACHE,
  type Sandbox,
  sandboxTest,
} from "../../support/sandbox/sandbox.ts";
import { missing, spawn } from "../../support/scenario.ts";
import { withMachine } from "../../support/sandbox/machine_use.ts";

const PYTHON = "/usr/bin/python3";
const python = await missing(PYTHON);
const unshare = await missing("unshare", "--user", "--net", "true");

/** Some kernels do not tell where a thread waits. */
const noWaits = read("/proc/1/wchan") === "" && "the kernel does not tell";

function attack(
  name: string,
  body: (sandbox: Sandbox) => Promise<void>,
  needs: string | false = python,
) {
  const handler = () => new Response("ok");
  sandboxTest(name, { groq: "gsk_canary" }, [], handler, body, needs, "alone");
}

/** Starts a program outside, runs `body` once it has said "ready", and ends it. */
async function beside(
  words: readonly string[],
  cwd: string,
  body: () => Promise<void>,
): Promise<void> {
  const child = processOf(words, {
    cwd,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  // It ends with its input, which is held until then.
  const input = child.stdin.getWriter();
  try {
    const reader = child.stdout.getReader();
    const { value } = await reader.read();
    expect(new TextDecoder().decode(value)).toContain("ready");
    await body();
    await reader.cancel();
  } finally {
    await input.close();
    await child.status;
  }
}

// Serves every socket that the script "setup" makes.
const SERVER = (setup: string) => `
import os, socket, sys, threading, time
S, D, Q = socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET
kept = []
def serve(sock, kind):
    while True:
        if kind == D: sock.recv(100)
        else: sock.accept()
def bind(name, kind=S):
    sock = socket.socket(socket.AF_UNIX, kind)
    sock.bind(name)
    if kind != D: sock.listen(50)
    kept.append(sock)
    threading.Thread(target=serve, args=(sock, kind), daemon=True).start()
${setup}
print("ready", flush=True)
sys.stdin.read()`;

// Says which of the paths serve it, in whatever way.
const CLIENT = `
import os, socket, sys, tempfile
for path in sys.argv[1:]:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
        s = socket.socket(socket.AF_UNIX, kind)
        s.settimeout(2)
        try:
            if kind == socket.SOCK_DGRAM:
                s.bind(os.path.join(tempfile.mkdtemp(dir=os.environ["BACK"]), "back"))
                s.sendto(b"x", path)
            else:
                s.connect(path)
            print("reached", os.path.basename(path), flush=True)
        except OSError:
            pass
print("done")`;

/** Every path is reached outside, and none in the sandbox, which loses nothing of its own by that. */
async function noneReached(sandbox: Sandbox, paths: string[]): Promise<void> {
  const { env, work } = sandbox;
  const client = [PYTHON, "-c", CLIENT, ...paths];
  const back = `${work}/back`;
  Deno.mkdirSync(back, { recursive: true });
  const outside = await spawn(client, { ...env, BACK: back });
  expect(outside.stdout).toBe(
    paths.map((path) => `reached ${path.split("/").at(-1)}\n`).join("") +
      "done\n",
  );
  for (const options of [[], ["--no-network"]]) {
    const inside = await sandbox.inside(
      ["env", `BACK=${back}`, ...client],
      { options },
    );
    expect(inside).toEqual({ code: 0, stdout: "done\n", stderr: "" });
  }
  expect((await sandbox.inside([PYTHON, "-c", OWN])).stdout).toBe("own\nown\n");
}

// What tsx, nx, or Python's multiprocessing do: a server and a client of their own.
const OWN = `
import os, socket
for path in ("/tmp/own", "own"):
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen()
    client = socket.socket(socket.AF_UNIX)
    client.connect(path)
    client.send(b"own")
    print(server.accept()[0].recv(3).decode())
    os.unlink(path)
socket.socketpair()[0].send(b"x")`;

attack("sockets that are not where they were bound", async (sandbox) => {
  const { folder, work } = sandbox;
  const here = `${folder}/services`;
  for (const name of ["", "/moved", "/deep", "/deep/er", "/before"]) {
    Deno.mkdirSync(`${here}${name}`);
  }
  const setup = `
os.chdir("${here}")
bind("relative")
bind("relative-datagram", D)
bind("relative-packets", Q)
bind("deep/er/relative")
bind("./deep/../dotted")
bind("${here}/absolute-datagram", D)
bind("${here}/absolute-packets", Q)
bind("${here}/first"); os.rename("first", "renamed")
bind("${here}/second"); os.rename("second", "moved/elsewhere")
bind("third"); os.rename("third", "deep/er/moved")
# As ssh does for a ControlMaster.
bind("${here}/master.tmp"); os.link("master.tmp", "master"); os.unlink("master.tmp")
bind("${here}/twice"); os.link("twice", "moved/twice-too")
bind("${here}/before/in-folder"); os.rename("before", "after")
bind("${work}/in-work"); os.rename("${work}/in-work", "${work}/in-work-renamed")
bind("${here}/taken"); os.rename("taken", "taken-before"); bind("${here}/taken")
bind("with space\\nand line")
# As a program does whose path would be too long.
bind(f"/proc/self/fd/{os.open('deep', os.O_RDONLY)}/by-descriptor")
os.chdir("/")`;
  const paths = [
    ...["relative", "relative-datagram", "relative-packets"],
    ...["deep/er/relative", "dotted", "absolute-datagram"],
    ...["absolute-packets", "renamed", "moved/elsewhere"],
    ...["deep/er/moved", "master", "twice", "moved/twice-too"],
    ...["after/in-folder", "taken-before", "taken", "with space\nand line"],
    "deep/by-descriptor",
  ].map((name) => `${here}/${name}`).concat(`${work}/in-work-renamed`);
  await beside(
    [PYTHON, "-c", SERVER(setup)],
    folder,
    () => noneReached(sandbox, paths),
  );
});

attack("sockets of another network, and of another view", async (sandbox) => {
  const { folder } = sandbox;
  const here = `${folder}/services`;
  Deno.mkdirSync(here);
  const setup = `
bind("${here}/plain"); bind("${here}/datagram", D)
os.chdir("${here}"); bind("relative")
bind("${here}/first"); os.rename("${here}/first", "${here}/renamed")`;
  await beside(
    ["unshare", "--user", "--net", PYTHON, "-c", SERVER(setup)],
    folder,
    () =>
      noneReached(
        sandbox,
        ["plain", "datagram", "relative", "renamed"]
          .map((name) => `${here}/${name}`),
      ),
  );
  // As a container does: its names are not those of this machine.
  const inside = `
bind("/tmp/shared/named"); os.chdir("/tmp/shared"); bind("relative-too")
bind("/tmp/shared/first"); os.rename("first", "renamed-too")
bind("/tmp/unseen")`;
  for (const network of [["--unshare-net"], []]) {
    for (const name of ["named", "relative-too", "renamed-too"]) {
      try {
        Deno.removeSync(`${here}/${name}`);
      } catch { /* The first time. */ }
    }
    await beside(
      [
        ...["bwrap", "--dev-bind", "/", "/", "--tmpfs", "/tmp"],
        ...["--bind", here, "/tmp/shared", ...network],
        ...["--", PYTHON, "-c", SERVER(inside)],
      ],
      folder,
      () =>
        noneReached(
          sandbox,
          ["named", "relative-too", "renamed-too"]
            .map((name) => `${here}/${name}`),
        ),
    );
  }
}, python || unshare);

attack(
  "where a socket cannot be found there are none, unless they are allowed",
  async (sandbox) => {
    const { folder, work, env } = sandbox;
    const setup = `
os.chdir("${folder}"); bind("lost"); os.rename("lost", "home-made")
os.chdir("/")`;
    const path = `${folder}/home-made`;
    const without = (tool: string, ...options: string[]) =>
      spawn(
        [
          ...["bwrap", "--dev-bind", "/", "/", "--ro-bind", "/dev/null"],
          ...[Deno.realPathSync(findProgram(tool, Deno.env)!), "--"],
          ...cliCommand("run", "--sandbox", ...options, "--"),
          ...["env", `BACK=${work}`, PYTHON, "-c", CLIENT, path],
        ],
        env,
        undefined,
        work,
      );
    await beside([PYTHON, "-c", SERVER(setup)], folder, async () => {
      for (const tool of ["ss", "find"]) {
        const refused = await without(tool);
        // Not even the client's own socket is made.
        expect(refused.code).toBe(1);
        expect(refused.stdout).not.toContain("reached");
        expect(refused.stderr).toContain("PermissionError");
        expect(refused.stderr).toContain(
          "Unix sockets are refused in the sandbox",
        );
        expect(refused.stderr).toContain("--allow-unix-sockets");
        // Whoever allows them knows what may be reached.
        const allowed = await without(tool, "--allow-unix-sockets");
        expect(allowed).toEqual({
          code: 0,
          stdout: "reached home-made\ndone\n",
          stderr: "",
        });
      }
      Deno.writeTextFileSync(
        `${sandbox.home}/sandbox.json`,
        '{"unix_sockets":true}',
      );
      expect((await without("ss")).stdout).toContain("reached home-made");
    });
  },
  python || await missing("ss") || await missing("find"),
);

attack(
  "a socket in a folder that only another user enters is no obstacle",
  async (sandbox) => {
    const { folder } = sandbox;
    const theirs = `${folder}/theirs`;
    Deno.mkdirSync(theirs);
    chownSync(theirs, 4711, 4711);
    Deno.chmodSync(theirs, 0o700);
    const setup = `
bind("${theirs}/socket"); os.mkfifo("${theirs}/pipe")`;
    await beside([PYTHON, "-c", SERVER(setup)], folder, async () => {
      const tries = await sandbox.inside([
        ...["env", `BACK=${sandbox.work}`],
        ...[PYTHON, "-c", CLIENT, `${theirs}/socket`],
      ]);
      expect(tries).toEqual({ code: 0, stdout: "done\n", stderr: "" });
    });
  },
  Deno.uid() === 0 ? python : "only root gets into it",
);

attack(
  "another user's server in a folder of its own is no obstacle, nor are sockets that come and go",
  async (sandbox) => {
    const { folder } = sandbox;
    const theirs = `${folder}/theirs`;
    Deno.mkdirSync(theirs);
    chownSync(theirs, 4711, 4711);
    Deno.chmodSync(theirs, 0o700);
    // By relative names, since no other user gets to the folders above.
    const setup = `
bind("socket")
def come_and_go():
    for number in range(1_000_000):
        sock = socket.socket(socket.AF_UNIX)
        sock.bind(f"passing{number}")
        sock.listen()
        os.unlink(f"passing{number}")
        sock.close()
        time.sleep(0.001)
threading.Thread(target=come_and_go, daemon=True).start()`;
    const asThem = ["--reuid=4711", "--regid=4711", "--clear-groups"];
    await beside(
      ["setpriv", ...asThem, PYTHON, "-c", SERVER(setup)],
      theirs,
      async () => {
        for (const options of [[], ["--no-network"]]) {
          const { code, stdout } = await sandbox.inside([
            ...["env", `BACK=${sandbox.work}`],
            ...[PYTHON, "-c", CLIENT, `${theirs}/socket`],
          ], { options: [...options, "--allow-unix-sockets"] });
          expect([code, stdout]).toEqual([0, "done\n"]);
        }
      },
    );
  },
  Deno.uid() === 0
    ? python || await missing("setpriv")
    : "only root starts programs of another user",
);

attack(
  "root does not reach a socket in another user's folder by one of its groups",
  async (sandbox) => {
    const { folder, work, env } = sandbox;
    const theirs = `${folder}/theirs`;
    Deno.mkdirSync(theirs);
    chownSync(theirs, 4711, 4712);
    Deno.chmodSync(theirs, 0o750);
    const setup = `os.umask(0)
bind("${theirs}/socket")`;
    await beside([PYTHON, "-c", SERVER(setup)], folder, async () => {
      const client = ["env", `BACK=${work}`, PYTHON, "-c", CLIENT];
      const { code, stdout } = await spawn(
        [
          ...["setpriv", "--groups=0,4712"],
          ...cliCommand("run", "--sandbox", "--"),
          ...[...client, `${theirs}/socket`],
        ],
        env,
        undefined,
        work,
      );
      expect([code, stdout]).toEqual([0, "done\n"]);
    });
  },
  Deno.uid() === 0
    ? python || await missing("setpriv")
    : "only root has another user's groups",
);

attack("named pipes of other programs", async (sandbox) => {
  const { folder, work, env } = sandbox;
  // One lies neither in the person's folder nor beside the working folder.
  const away = Deno.makeTempDirSync({
    dir: folder.slice(0, folder.lastIndexOf("/")),
    prefix: "authsome-test-pipes-",
  });
  try {
    Deno.mkdirSync(`${folder}/a/b/c`, { recursive: true });
    const pipes = [
      `${folder}/pipe`,
      `${folder}/a/b/c/pipe`,
      `${folder}/waiting`,
      `${away}/pipe`,
    ];
    const made = await spawn(["mkfifo", ...pipes, `${work}/own`], env);
    expect(made.code).toBe(0);
    // Reads all of them but one, at which somebody waits to open it.
    const reader = `
import os, sys, threading
def read(path, wait):
    return os.open(path, os.O_RDONLY | (0 if wait else os.O_NONBLOCK))
paths = sys.argv[1:]
fds = [read(path, False) for path in paths if "waiting" not in path]
threading.Thread(target=read, args=([path for path in paths if "waiting" in path][0], True), daemon=True).start()
print("ready", flush=True)
sys.stdin.read()`;
    const writer = `
import os, sys
for path in sys.argv[1:]:
    try:
        os.write(os.open(path, os.O_WRONLY | os.O_NONBLOCK), b"x")
        print("wrote", os.stat(path).st_mode & 0o170000 == 0o010000, path, flush=True)
    except OSError:
        print("refused", path, flush=True)`;
    await beside([PYTHON, "-c", reader, ...pipes], folder, async () => {
      const inside = await sandbox.inside([PYTHON, "-c", writer, ...pipes]);
      expect([inside.code, inside.stderr]).toEqual([0, ""]);
      // What is there now is no pipe.
      expect(inside.stdout).not.toContain("wrote True");
      const outside = await spawn([PYTHON, "-c", writer, ...pipes], env);
      expect(outside.stdout).toBe(
        pipes.map((path) => `wrote True ${path}\n`).join(""),
      );
    });
    // A pipe of the working folder is the command's, as every file there.
    const own = await sandbox.sh("cat own & echo passed > own; wait");
    expect(own).toEqual({ code: 0, stdout: "passed\n", stderr: "" });
  } finally {
    Deno.removeSync(away, { recursive: true });
  }
});

attack(
  "named pipes that somebody waits to open, wherever they are",
  async (sandbox) => {
    const { folder, env } = sandbox;
    // Neither in the person's folder nor beside the working folder, and deeper than is looked through.
    const away = Deno.makeTempDirSync({
      dir: folder.slice(0, folder.lastIndexOf("/")),
      prefix: "authsome-test-pipes-",
    });
    try {
      const deep = `${away}/1/2/3/4/5/6`;
      Deno.mkdirSync(deep, { recursive: true });
      Deno.symlinkSync(`${deep}/linked`, `${away}/link`);
      const names = ["absolute", "relative", "at", "linked", "argument"];
      const pipes = names.map((name) => `${deep}/${name}`);
      expect((await spawn(["mkfifo", ...pipes], env)).code).toBe(0);
      const reader = `
import os, subprocess, sys, threading, time
deep, link = sys.argv[1:]
os.chdir(deep)
folder = os.open("..", os.O_RDONLY)
def wait(*args, **kw): threading.Thread(target=os.open, args=args, kwargs=kw, daemon=True).start()
wait(deep + "/absolute", os.O_RDONLY)
wait("relative", os.O_RDONLY)
wait("6/at", os.O_RDONLY, dir_fd=folder)
wait(link, os.O_RDONLY)
child = subprocess.Popen(["cat", "argument"])
def waits(pid, count):
    tasks = f"/proc/{pid}/task"
    def where(task):
        try: return open(f"{tasks}/{task}/wchan").read()
        except OSError: return ""
    return sum(where(task) in ("wait_for_partner", "fifo_open") for task in os.listdir(tasks)) >= count
while not (waits("self", 4) and waits(child.pid, 1)): time.sleep(0.01)
print("ready", flush=True)
sys.stdin.read()
child.kill()`;
      const writer = `
import os, stat, sys
for path in sys.argv[1:]:
    print(os.path.basename(path), "pipe" if stat.S_ISFIFO(os.stat(path).st_mode) else "covered")`;
      await beside(
        [PYTHON, "-c", reader, deep, `${away}/link`],
        folder,
        async () => {
          const inside = await sandbox.inside([PYTHON, "-c", writer, ...pipes]);
          expect(inside).toEqual({
            code: 0,
            stdout: names.map((name) => `${name} covered\n`).join(""),
            stderr: "",
          });
        },
      );
    } finally {
      Deno.removeSync(away, { recursive: true });
    }
  },
  python || noWaits,
);

test(
  "a socket that is nowhere near is looked for in whole file systems",
  { skip: python || await missing("ss") || await missing("find") },
  () =>
    withMachine("alone", async () => {
      const folder = Deno.makeTempDirSync({ dir: CACHE });
      try {
        Deno.mkdirSync(`${folder}/1/2/3/4/5/6`, { recursive: true });
        const setup = `
os.chdir("${folder}"); bind("far"); os.rename("far", "1/2/3/4/5/6/away")
os.chdir("/")`;
        await beside([PYTHON, "-c", SERVER(setup)], folder, async () => {
          const sockets = boundSockets(read("/proc/self/net/unix"))
            .filter(({ name }) => name === "far")
            .map((socket) => ({ ...socket, pids: ["self"] }));
          const reach = (ss: string | undefined) => ({
            covered: [...KERNEL_FOLDERS],
            opened: [],
            ...{ find: findProgram("find", Deno.env), ss, nsenter: undefined },
          });
          // As long as a busy machine needs.
          const search = new Search(
            reach(findProgram("ss", Deno.env)),
            [],
            60_000,
          );
          expect(sockets.length).toBeGreaterThan(0);
          for (const socket of sockets) {
            expect(await search.near(socket)).toBeUndefined();
          }
          expect(await search.everywhere(sockets))
            .toContain(`${folder}/1/2/3/4/5/6/away`);
          const short = new Search(reach(findProgram("ss", Deno.env)), [], 0);
          for (const socket of sockets) await short.near(socket);
          expect(await short.everywhere(sockets)).toBeUndefined();
        });
      } finally {
        Deno.removeSync(folder, { recursive: true });
      }
    }),
);
