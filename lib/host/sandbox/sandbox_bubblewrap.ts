/** The sandbox of Linux: bubblewrap, and a process that owns the sandbox's network. @module */
import { AuthsomeError } from "../../errors.ts";
import type { Env } from "../../ports/system.ts";
import { networkArguments } from "../../sandbox/bubblewrap.ts";
import { findProgram, SYSTEM_PATH } from "../run/programs.ts";
import { isRefused, privateMounts } from "./private_mounts.ts";
import type { ProxySocket } from "./sandbox_network.ts";
import { selfCommand } from "../run/self.ts";

/** The network of a sandbox. */
export interface SandboxNetwork {
  /** Process that owns it. */
  pid: number;
  /** Whether programs that ignore proxies are served: every address leads to the proxy. */
  transparent: boolean;
  /** Whether its process has mounts of its own, see `private_mounts.ts`. */
  privateMounts: boolean;
  /** Leads the network to the proxy, once everything in it is served. @throws {AuthsomeError} `SandboxUnavailable` */
  connect(proxy: ProxySocket): Promise<void>;
  close(): void;
}

/** Hidden command that single files start the network with. */
const NETWORK_COMMAND = "__sandbox-network";

/**
 * $1 is `ip`; without it only programs that know of proxies are served. Both routes by one process; there may be no IPv6.
 * Says which process has the network before that is served: a sandbox can be made in it.
 */
const SCRIPT = `
ip=$1
shift
{ "$ip" -batch - || "$ip" route replace local default dev lo || echo no-route; } 2>/dev/null <<END
route replace local default dev lo
route replace local ::/0 dev lo
END
echo "network $$"
exec "$@"`;

/** Programs that a sandbox is made with, absolute paths. */
export interface SandboxPrograms {
  bwrap: string;
  sh: string;
  env: string;
  /** Needed only where the shell left files open. */
  bash: string | undefined;
  ip: string | undefined;
  nsenter: string | undefined;
  unshare: string | undefined;
  find: string | undefined;
  ss: string | undefined;
}

/**
 * Finds them where a sandboxed command cannot have put them.
 *
 * @throws {AuthsomeError} `SandboxUnavailable` if one that is always needed is not installed.
 */
export function findSandboxPrograms(env: Env): SandboxPrograms {
  const needed = (name: string) => {
    const path = findProgram(name, env);
    if (path) return path;
    throw new AuthsomeError(
      "SandboxUnavailable",
      `Cannot run a sandbox: ${
        name === "bwrap" ? "bubblewrap" : name
      } is not installed in a folder that is safe from sandboxed commands`,
      `${
        name === "bwrap"
          ? "Install it with: sudo apt install bubblewrap (or dnf, pacman, apk, zypper)"
          : `Install ${name} in /usr/bin`
      }. Folders of PATH that are in the working folder or writable by others are not searched`,
    );
  };
  return {
    bwrap: needed("bwrap"),
    sh: needed("sh"),
    env: needed("env"),
    bash: findProgram("bash", env),
    ip: findProgram("ip", env),
    nsenter: findProgram("nsenter", env),
    unshare: findProgram("unshare", env),
    find: findProgram("find", env),
    ss: findProgram("ss", env),
  };
}

/** Variables that the process of the network needs: where its runtime keeps what it has compiled. */
const RUNTIME_VARIABLES = [
  ...["HOME", "XDG_CACHE_HOME", "DENO_DIR", "TMPDIR"],
  ...["NIX_LD", "NIX_LD_LIBRARY_PATH"],
];

/** The environment of a program that makes a sandbox: nothing by which a shell or a loader could be led elsewhere. */
function helperEnvironment(env: Env): Record<string, string> {
  return {
    ...Object.fromEntries(
      RUNTIME_VARIABLES.flatMap((name) => {
        const value = env.get(name);
        return value === undefined ? [] : [[name, value]];
      }),
    ),
    PATH: SYSTEM_PATH,
  };
}

/**
 * Starts the network of a sandbox.
 *
 * @throws {AuthsomeError} `SandboxUnavailable` if the system does not allow it.
 */
export async function startSandboxNetwork(
  programs: SandboxPrograms,
  env: Env,
  mounts: readonly string[] = privateMounts(programs.unshare),
): Promise<SandboxNetwork> {
  const { bwrap, sh, ip, nsenter } = programs;
  if (!nsenter) {
    throw new AuthsomeError(
      "SandboxUnavailable",
      "Cannot run a sandbox: nsenter is not installed",
      "Install it with: sudo apt install util-linux",
    );
  }
  const [program, ...args] = [...mounts, bwrap];
  const child = new Deno.Command(program!, {
    args: [
      ...args,
      ...networkArguments(),
      ...["--", sh, "-c", SCRIPT, "sh", ip ?? "/nowhere/ip"],
      ...networkCommand(),
    ],
    clearEnv: true,
    env: {
      ...helperEnvironment(env),
      DENO_NO_UPDATE_CHECK: "1",
      NO_COLOR: "1",
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    // Away from the terminal: its Ctrl-C is for the command, which may go on.
    detached: true,
  }).spawn();
  let said = "";
  // The streams of the runtime that decode text take longer to load than all of this.
  const decoder = new TextDecoder();
  const output = child.stdout.getReader();
  /** Waits until it has said that; what it complained of instead, if it has ended. */
  const saying = async (what: RegExp): Promise<string | undefined> => {
    while (!what.test(said)) {
      const { done, value } = await output.read();
      if (done) {
        const complaint = new Response(child.stderr).text();
        await child.status;
        return await complaint.catch(() => "");
      }
      said += decoder.decode(value, { stream: true });
    }
  };
  const complaint = await saying(/^network \d+\n/m);
  if (complaint !== undefined) {
    if (mounts.length > 0 && isRefused(complaint)) {
      return await startSandboxNetwork(programs, env, []);
    }
    throw systemRefuses(complaint);
  }
  const served = saying(/^ready\n/m);
  // Awaited by connect().
  served.catch(() => {});
  const input = child.stdin.getWriter();
  return {
    pid: Number(/^network (\d+)\n/m.exec(said)![1]),
    transparent: !said.includes("no-route"),
    privateMounts: mounts.length > 0,
    async connect(proxy) {
      const complaint = await served;
      if (complaint !== undefined) throw systemRefuses(complaint);
      await input.write(
        new TextEncoder().encode(`${JSON.stringify(proxy)}\n`),
      );
    },
    close() {
      // Nothing is lost with it, and to wait for its end would cost every run some milliseconds.
      try {
        child.kill("SIGKILL");
        child.unref();
      } catch { /* It has ended. */ }
    },
  };
}

/**
 * Checks that a sandbox can be made here.
 *
 * @throws {AuthsomeError} `SandboxUnavailable`
 */
export async function checkBubblewrap(
  { bwrap, env: trivial }: SandboxPrograms,
): Promise<void> {
  const { success, stderr } = await new Deno.Command(bwrap, {
    args: [
      ...["--unshare-user", "--unshare-net", "--ro-bind", "/", "/"],
      ...["--", trivial],
    ],
    clearEnv: true,
    env: { PATH: SYSTEM_PATH },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw systemRefuses(new TextDecoder().decode(stderr));
}

/** What the network is run by: its own module where there is one, else this program. */
function networkCommand(): string[] {
  const module = new URL(
    // The bundle for Deno has it beside this module too.
    import.meta.url.endsWith("/sandbox_bubblewrap.ts")
      ? "./sandbox_network_main.ts"
      : "./sandbox_network_main.mjs",
    import.meta.url,
  );
  if (!("serve" in Deno) || !isFile(module)) {
    return selfCommand([NETWORK_COMMAND]);
  }
  return [
    ...[Deno.execPath(), "run", "--quiet", "--no-config", "--no-lock"],
    ...["--no-remote", "--no-check", "--allow-all"],
    ...["--unstable-net", "--unstable-lazy-dynamic-imports", module.href],
  ];
}

function isFile(url: URL): boolean {
  try {
    return Deno.statSync(url).isFile;
  } catch {
    return false;
  }
}

/** Why bubblewrap failed, in its own words. */
function systemRefuses(stderr: string): AuthsomeError {
  const reason = stderr.trim().split("\n")[0]!.replace(/^bwrap: /, "").slice(
    0,
    200,
  );
  return new AuthsomeError(
    "SandboxUnavailable",
    `Cannot run a sandbox: the system refuses it (${
      reason || "bubblewrap failed"
    })`,
    "User namespaces may be disabled. Check: sysctl user.max_user_namespaces kernel.unprivileged_userns_clone " +
      "kernel.apparmor_restrict_unprivileged_userns",
  );
}
