// What a command in the sandbox tries, and must not manage. Real bubblewrap.
import { expect } from "expect";
import { createSocket } from "node:dgram";
import {
  type Sandbox,
  type SandboxOptions,
  sandboxTest,
} from "../support/sandbox/sandbox.ts";
import { cliCommand, processOf } from "../support/program.ts";
import { missing, spawn } from "../support/scenario.ts";

const KEY = `gsk_${"c4".repeat(20)}`;
const HOSTS = ["api.groq.com", "unrouted.example"];

function attack(
  name: string,
  body: (sandbox: Sandbox) => Promise<void>,
  needs: string | false = false,
) {
  sandboxTest(
    name,
    { groq: KEY },
    HOSTS,
    () => new Response("ok"),
    body,
    needs,
  );
}

/** What `script` prints inside; it must end well, so that its words were really reached. */
async function printed(
  sandbox: Sandbox,
  script: string,
  options?: SandboxOptions,
): Promise<string> {
  const { code, stdout, stderr } = await sandbox.sh(script, options);
  expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
  return stdout.trim();
}

const NO_PARENT = { HTTPS_PROXY: "" };
const PYTHON = "/usr/bin/python3";
const python = await missing(PYTHON);

attack("reading the home, the master key and the vault", async (sandbox) => {
  const { home } = sandbox;
  // They are there, and the same script reads them without a sandbox.
  const script =
    `for f in master.key vault.db config.json audit.log; do cat '${home}'/$f >/dev/null 2>&1 && echo $f; done; true`;
  const open = await sandbox.authsome(["run", "--", "sh", "-c", script]);
  expect(open.stdout).toContain("master.key\nvault.db\nconfig.json");
  expect(await printed(sandbox, script)).toBe("");
  expect(
    await printed(sandbox, `ls -A '${home}'; touch '${home}/x' 2>&1 || true`),
  )
    .toMatch(/^run\nshims\ntouch: .*Read-only file system$/);
  // Of the run itself only certificates and settings are there.
  expect(await printed(sandbox, `ls -A '${home}'/run/*`)).toBe(
    "ca.pem\nwgetrc",
  );
});

attack("reading keys and tokens of other programs", async (sandbox) => {
  const { folder } = sandbox;
  const files = [
    ".ssh/id_ed25519",
    ".aws/credentials",
    ".config/gh/hosts.yml",
    ".netrc",
    ".config/gcloud/credentials.db",
    ".azure/msal_token_cache.json",
    ".kube/config",
    ".docker/config.json",
    ".npmrc",
    ".git-credentials",
    ".config/google-chrome/Default/Cookies",
    ".mozilla/firefox/x.default/logins.json",
    ".gnupg/private-keys-v1.d/a.key",
    ".bash_history",
    ".elsewhere/token",
  ];
  for (const file of files) {
    const path = `${folder}/${file}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.writeTextFileSync(path, "canary");
  }
  const read = `cd '${folder}'; grep -rl canary . 2>/dev/null; true`;
  // A secret at an unknown place is still there; --deny-read hides it.
  expect(await printed(sandbox, read)).toBe("./.elsewhere/token");
  expect(
    await printed(sandbox, read, { options: ["--deny-read", "~/.elsewhere"] }),
  ).toBe("");
  // And a person may give one of them back, to read.
  expect(
    await printed(
      sandbox,
      `cat '${folder}/.config/gh/hosts.yml'; echo x 2>/dev/null >'${folder}/.config/gh/hosts.yml' || echo ' kept'`,
      { options: ["--allow-read", "~/.config/gh"] },
    ),
  ).toBe("canary kept");
});

attack("reading the environment of the parent", async (sandbox) => {
  const env = { MY_PRIVATE_THING: "canary-1", GROQ_API_KEY: KEY };
  const all = await printed(
    sandbox,
    `cat /proc/*/environ | tr '\\0' '\\n'; ls -d /proc/[0-9]* | wc -l`,
    { env },
  );
  expect(all).toContain("GROQ_API_KEY=authsome-proxy-managed");
  expect(all).not.toContain("canary-1");
  expect(all).not.toContain(KEY);
  expect(all).not.toContain("AUTHSOME_HOME");
  // bubblewrap's own first process and those of the script.
  expect(Number(all.split("\n").at(-1))).toBeLessThan(8);
  expect(
    await printed(sandbox, `cat /proc/${Deno.pid}/environ 2>&1 || true`),
  ).toContain("No such file");
});

attack(
  "tracing or stopping the parent, which is the proxy",
  async (sandbox) => {
    const script = `
import ctypes, os, signal
libc = ctypes.CDLL(None, use_errno=True)
parent = int(os.environ["MAIN_PID"])
print(libc.ptrace(16, parent, 0, 0), os.strerror(ctypes.get_errno()))
seen = [int(name) for name in os.listdir("/proc") if name.isdigit()]
print(parent in seen)
for pid in range(1, 400000):
    if pid not in seen:
        try:
            os.kill(pid, signal.SIGKILL)
            print("killed", pid)
        except ProcessLookupError:
            pass
os.kill(1, signal.SIGKILL)
print("still here")`;
    const { stdout, code } = await sandbox.sh(
      `MAIN_PID=${Deno.pid} ${PYTHON} -c '${
        script.replaceAll("'", '"')
      }' && curl -sS https://api.groq.com/`,
    );
    expect([code, stdout]).toEqual([
      0,
      "-1 No such process\nFalse\nstill here\nok",
    ]);
  },
  python || await missing("curl"),
);

attack("connecting past the proxy", async (sandbox) => {
  const { api } = sandbox;
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  let arrived = 0;
  const accepting = (async () => {
    for await (const conn of listener) {
      arrived++;
      conn.close();
    }
  })();
  try {
    const parent = new URL(api.proxyUrl).port;
    const targets = [
      ["127.0.0.1", api.port], // the upstream itself
      ["127.0.0.1", parent], // another proxy
      ["127.0.0.1", port], // any server of this machine
      ["127.0.0.1", 7998], // the login server
      ["169.254.169.254", 8080],
      ["192.0.2.1", 22],
      ["1.1.1.1", 853],
    ];
    const script = `
import socket
for host, port in ${JSON.stringify(targets)}:
    try:
        socket.create_connection((host, int(port)), 2).close()
        print("connected", host, port)
    except OSError:
        pass
print("done")`;
    expect(
      await printed(sandbox, `${PYTHON} - <<'EOF'\n${script}\nEOF`),
    ).toBe("done");
    expect(arrived).toBe(0);
    expect(api.tunnels).toEqual([]);
  } finally {
    listener.close();
    await accepting.catch(() => {});
  }
}, python);

attack(
  "being led by the proxy to this machine or to metadata",
  async (sandbox) => {
    const { api } = sandbox;
    const urls = [
      `https://127.0.0.1:${api.port}/`,
      `https://localhost:${api.port}/`,
      "https://127.0.0.1:7998/",
      "https://169.254.169.254/latest/meta-data/",
      "http://169.254.169.254/latest/meta-data/",
      "https://metadata.localhost/",
      `https://[::1]:${api.port}/`,
    ];
    for (const way of ["", "--noproxy '*'"]) {
      const script = urls.map((url) =>
        `curl -gskf -m 5 -o /dev/null ${way} '${url}' && echo 'reached ${url}'`
      ).join("; ");
      // Without a proxy of the parent's the proxy itself would connect.
      expect(await printed(sandbox, `${script}; true`, { env: NO_PARENT }))
        .toBe("");
    }
    expect(api.requests).toEqual([]);
  },
  await missing("curl"),
);

attack("using the proxy of another run", async (sandbox) => {
  const { work, folder } = sandbox;
  const other = sandbox.authsome([
    ...["run", "--", "sh", "-c"],
    `echo "$HTTPS_PROXY" > '${work}/proxy'; i=0; while [ ! -e '${folder}/over' ] && [ $i -lt 600 ]; do sleep 0.05; i=$((i+1)); done`,
  ]);
  for (let tries = 0; tries < 400 && !exists(`${work}/proxy`); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  try {
    const script = (proxy: string) =>
      `curl -sSk -m 5 -x "${proxy}" https://api.groq.com/ >/dev/null 2>&1 && echo reached; true`;
    expect(await printed(sandbox, script(`$(cat proxy)`))).toBe("");
    // It was there: without a sandbox the same request passes.
    const url = Deno.readTextFileSync(`${work}/proxy`).trim();
    const open = await sandbox.authsome(["run", "--", "sh", "-c", script(url)]);
    expect(open.stdout).toBe("reached\n");
  } finally {
    Deno.writeTextFileSync(`${folder}/over`, "");
    await other;
  }
}, await missing("curl"));

attack("asking a DNS server", async (sandbox) => {
  const server = createSocket("udp4");
  let asked = 0;
  server.on("message", () => asked++);
  await new Promise<void>((resolve) => server.bind(0, "127.0.0.1", resolve));
  try {
    // A query for the address of "secret.example", and one for its text.
    const script = `
import socket
def query(server, port, kind):
    name = b"".join(bytes([len(part)]) + part for part in (b"secret", b"example")) + b"\\0"
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(2)
    try:
        s.sendto(b"\\1\\2\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0" + name + bytes([0, kind, 0, 1]), (server, port))
        answer = s.recv(512)
        return answer[-4:-2].hex() if answer[7] else "none"
    except OSError as error:
        return type(error).__name__
print(query("127.0.0.1", ${server.address().port}, 1))
print(query("8.8.8.8", 53, 1), query("8.8.8.8", 53, 16))
print(socket.gethostbyname("localhost"))`;
    // Every server that is asked is our own, which invents an address of 198.18.0.0/15 and has no other data.
    expect(await printed(sandbox, `${PYTHON} - <<'EOF'\n${script}\nEOF`))
      .toBe("TimeoutError\nc612 none\n127.0.0.1");
    expect(asked).toBe(0);
  } finally {
    server.close();
  }
}, python);

attack("writing outside the allowed folders", async (sandbox) => {
  const { folder, work } = sandbox;
  Deno.mkdirSync(`${folder}/other`);
  Deno.mkdirSync(`${folder}/allowed`);
  const places = ["/etc", "/usr/bin", "/", folder, `${folder}/other`, "/sys"];
  const script = `
    for d in ${
    places.join(" ")
  }; do touch $d/authsome-was-here 2>/dev/null && echo wrote $d; done
    touch here '${folder}/allowed/there' /tmp/gone /var/tmp/gone /dev/shm/gone && echo done`;
  expect(
    await printed(sandbox, script, { options: ["--allow-write", "~/allowed"] }),
  ).toBe("done");
  expect(exists(`${work}/here`) && exists(`${folder}/allowed/there`)).toBe(
    true,
  );
  expect(["/tmp/gone", "/var/tmp/gone", "/dev/shm/gone"].filter(exists))
    .toEqual([]);
});

attack("editing what a shell, git or an editor runs later", async (sandbox) => {
  const { folder, work } = sandbox;
  const files = [
    `${folder}/.bashrc`,
    `${folder}/.profile`,
    `${folder}/.gitconfig`,
    `${folder}/.config/fish/config.fish`,
    `${work}/.git/config`,
    `${work}/.git/hooks/pre-commit`,
  ];
  for (const file of files) {
    Deno.mkdirSync(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    Deno.writeTextFileSync(file, "# mine\n");
  }
  const script = `
    for f in ${files.join(" ")}; do
      echo evil 2>/dev/null >>$f; rm -f $f 2>/dev/null; d=$(dirname $f)
      mv $f $f.old 2>/dev/null; mv $d $d.old 2>/dev/null; mkdir -p $d 2>/dev/null; echo evil 2>/dev/null >$f
    done; echo done`;
  // Even where the person's whole folder is writable.
  expect(
    await printed(sandbox, script, { options: ["--allow-write", "~"] }),
  ).toBe("done");
  for (const file of files) {
    expect([file, Deno.readTextFileSync(file)]).toEqual([file, "# mine\n"]);
  }
});

attack("leaving a daemon behind", async (sandbox) => {
  const { work } = sandbox;
  const daemon =
    `(setsid sh -c 'echo started > started; i=0; while [ $i -lt 100 ]; do date +%s%N > alive; sleep 0.05; i=$((i+1)); done' >/dev/null 2>&1 &)`;
  await printed(
    sandbox,
    `${daemon}; while [ ! -e alive ]; do sleep 0.01; done`,
  );
  const last = Deno.readTextFileSync(`${work}/alive`);
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(Deno.readTextFileSync(`${work}/alive`)).toBe(last);
}, await missing("setsid"));

attack("symbolic links and hard links to the vault", async (sandbox) => {
  const { home, folder, work } = sandbox;
  Deno.symlinkSync(`${home}/master.key`, `${work}/before`);
  Deno.symlinkSync(home, `${folder}/link-to-home`);
  const script = `
    cat before 2>/dev/null && echo read-before
    cat '${folder}/link-to-home/master.key' 2>/dev/null && echo read-link
    ln -s '${home}/vault.db' after; cat after 2>/dev/null && echo read-after
    ln '${home}/vault.db' hard 2>/dev/null && echo linked
    ln /etc/passwd hard-passwd 2>/dev/null && echo linked-passwd
    cat /proc/1/root'${home}'/master.key 2>/dev/null && echo read-root
    cat /proc/1/cwd/../home/master.key 2>/dev/null && echo read-cwd
    echo done`;
  expect(await printed(sandbox, script)).toBe("done");
  // A link that leads out does not make its target writable either.
  Deno.symlinkSync(`${folder}/victim`, `${work}/out`);
  Deno.writeTextFileSync(`${folder}/victim`, "mine");
  await printed(sandbox, "echo evil > out 2>/dev/null; true");
  expect(Deno.readTextFileSync(`${folder}/victim`)).toBe("mine");
});

attack(
  "a link as the home, and the home as the working folder",
  async (sandbox) => {
    const { home, folder } = sandbox;
    Deno.symlinkSync(home, `${folder}/alias`);
    const env = { AUTHSOME_HOME: `${folder}/alias` };
    expect((await sandbox.sh("true", { env })).code).toBe(9);
    const inHome = await sandbox.sh("true", { cwd: home });
    expect(inHome.code).toBe(2);
    expect(inHome.stderr).toContain("Cannot run a sandbox in");
    for (const option of ["--allow-read", "--allow-write"]) {
      const given = await sandbox.sh("true", { options: [option, home] });
      expect([given.code, given.stderr]).toEqual([
        2,
        expect.stringContaining("which is hidden from every sandboxed command"),
      ]);
    }
  },
);

attack("setuid programs and other rights", async (sandbox) => {
  const script = `
    grep -E 'NoNewPrivs|CapEff|CapBnd' /proc/self/status
    mount -t tmpfs none /mnt 2>/dev/null && echo mounted
    unshare --user --map-root-user true 2>/dev/null && echo namespace
    chroot / true 2>/dev/null && echo chroot
    ip route add 192.0.2.0/24 dev lo 2>/dev/null && echo route
    echo done`;
  expect(await printed(sandbox, script)).toBe(
    "CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\nNoNewPrivs:\t1\ndone",
  );
});

attack("typing into the person's terminal", async (sandbox) => {
  // TIOCSTI and TIOCLINUX are refused before anybody looks whether there is a terminal.
  const script =
    "import fcntl\nfor request in (0x5412, 0x541c):\n  try:\n    fcntl.ioctl(0, request, b'x')\n  except OSError as error:\n    print(error.errno)\nimport termios\ntry:\n  fcntl.ioctl(0, termios.TIOCGWINSZ, b'12345678')\nexcept OSError as error:\n  print(error.errno)";
  // EPERM for these, ENOTTY for a harmless one.
  expect(await printed(sandbox, `${PYTHON} -c "${script}"`)).toBe("1\n1\n25");
}, python);

attack("kernel keyrings, which no namespace covers", async (sandbox) => {
  // keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING)
  const numbers: Record<string, number> = { x86_64: 250, aarch64: 219 };
  const script =
    `import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nprint(libc.syscall(${
      numbers[Deno.build.arch]
    }, 0, -3, 1), ctypes.get_errno())`;
  expect(await printed(sandbox, `${PYTHON} -c '${script}'`)).toBe("-1 1");
}, python);

attack("files that the shell left open", async (sandbox) => {
  const { home, work, env } = sandbox;
  const command = (options: string) =>
    `exec 7<'${home}/master.key' 33<'${home}'; cd '${work}'; ${
      cliCommand("run").map((word) => `'${word}'`).join(" ")
    } ${options} -- sh -c 'ls /proc/self/fd | wc -l; cat <&7 >/dev/null 2>&1 && echo read'`;
  const bash = async (script: string) => {
    const { stdout } = await new Deno.Command("bash", {
      args: ["-c", script],
      env,
      clearEnv: true,
      stdin: "null",
    }).output();
    return new TextDecoder().decode(stdout).trim();
  };
  // Input, output, error, and the folder that is being listed.
  expect(await bash(command("--sandbox"))).toBe("4");
}, await missing("bash"));

attack("sockets of services on this machine", async (sandbox) => {
  const { folder, work, env } = sandbox;
  const inWork = `${work}/docker.sock`;
  const name = `authsome-test-${crypto.randomUUID()}`;
  const paths = [`${folder}/agent.sock`, inWork, `\\0${name}`];
  // The name without a file is in a namespace of its own, too.
  const servers = [`UNIX-LISTEN:${paths[0]}`, `UNIX-LISTEN:${inWork}`]
    .concat(`ABSTRACT-LISTEN:${name}`)
    .map((address) =>
      processOf(["socat", `${address},fork`, "EXEC:true"], {
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn()
    );
  try {
    const script = paths.map((path) =>
      `${PYTHON} -c 'import socket; socket.socket(socket.AF_UNIX).connect("${path}")' 2>/dev/null && echo connected`
    ).join("; ");
    // They answer outside.
    for (let tries = 0; tries < 200; tries++) {
      const { stdout } = await spawn(["sh", "-c", script], env);
      if (stdout === "connected\n".repeat(3)) break;
      expect(tries).toBeLessThan(199);
    }
    expect(await printed(sandbox, `${script}; echo done`)).toBe("done");
  } finally {
    for (const server of servers) {
      server.kill();
      await server.status;
    }
  }
}, python || await missing("socat", "-V"));

attack("sockets between a virtual machine and its host", async (sandbox) => {
  const script =
    "import socket\ntry:\n  socket.socket(40, socket.SOCK_STREAM)\nexcept OSError as error:\n  print(error.errno)";
  expect(await printed(sandbox, `${PYTHON} -c '${script}'`)).toBe("1");
}, python);

attack("--no-network leaves nothing, not even the proxy", async (sandbox) => {
  const script =
    'curl -sS -m 3 https://api.groq.com/ 2>/dev/null && echo proxied; curl -sS -m 3 --noproxy "*" https://api.groq.com/ 2>/dev/null && echo direct; ls /sys/class/net; true';
  const options = ["--no-network"];
  expect(await printed(sandbox, script, { options })).not.toMatch(
    /proxied|direct/,
  );
  // The same words reach the proxy otherwise.
  expect(await printed(sandbox, script)).toContain("proxied");
}, await missing("curl"));

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
