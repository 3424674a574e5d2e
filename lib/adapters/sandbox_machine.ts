/** The {@linkcode RunMachine} of a sandboxed run. @module */
import { AuthsomeError } from "../errors.ts";
import type { Env } from "../ports.ts";
import type { RunMachine } from "../run.ts";
import { sandboxEnvironment } from "../sandbox/environment.ts";
import { javaKeystore } from "../sandbox/java_keystore.ts";
import {
  mergeProfiles,
  parseSandboxProfile,
  type SandboxProfile,
} from "../sandbox/profile.ts";
import { fileView } from "../sandbox/view.ts";
import { openRunFolder } from "./run_folder.ts";
import { denoRunMachine } from "./run_machine.ts";
import { runSandboxed } from "./sandbox_command.ts";
import { checkDenied, realPath, sandboxFacts } from "./sandbox_facts.ts";
import {
  checkBubblewrap,
  findBubblewrap,
  type SandboxNetwork,
  startSandboxNetwork,
} from "./sandbox_linux.ts";
import { PROXY_PORT } from "./sandbox_network.ts";
import { SYSTEM_BUNDLES } from "./system_roots.ts";

/** Name of the profile in the home. */
const PROFILE = "sandbox.json";

/**
 * What `authsome run --sandbox` does to the world, for the home at `home`.
 *
 * @throws {AuthsomeError} `SandboxUnavailable` where there is none, `Usage` if `asked` or `sandbox.json` cannot be used.
 */
export async function sandboxMachine(
  home: string,
  env: Env,
  asked: SandboxProfile,
  warn: (message: string) => void,
): Promise<RunMachine> {
  if (Deno.build.os !== "linux") throw notHere(Deno.build.os);
  const bwrap = findBubblewrap(env.get("PATH") ?? "");
  checkDenied(asked, env);
  const profile = mergeProfiles(readProfile(`${home}/${PROFILE}`), asked);
  // The slowest part; it starts first and is waited for last.
  const starting = profile.network
    ? startSandboxNetwork(bwrap)
    : checkBubblewrap(bwrap);
  starting.catch(() => {});
  const folder = openRunFolder(home);
  const path = Deno.realPathSync(folder.path);
  const certificates = `${path}/ca.pem`;
  const keystore = `${path}/cacerts`;
  const names = `${path}/resolv.conf`;
  const stores = javaStores(env);
  let facts;
  try {
    facts = sandboxFacts(profile, {
      env,
      home,
      runFiles: [
        ...[certificates, `${path}/wgetrc`]
          .map((file) => ({ source: file, path: file })),
        ...there(SYSTEM_BUNDLES)
          .map((file) => ({ source: certificates, path: file })),
        ...stores.map((file) => ({ source: keystore, path: file })),
        ...there(["/etc/resolv.conf"])
          .map((file) => ({ source: names, path: file })),
      ],
    });
  } catch (error) {
    folder.remove();
    await starting.then((network) => network?.close(), () => {});
    throw error;
  }
  const view = fileView(facts);
  if (!view.workingWritable) {
    warn(
      `"${facts.working}" is not writable in the sandbox: your own folder lies in it. Start in a project, or add --allow-write .`,
    );
  }
  const socket = `${path}/proxy`;
  const base = denoRunMachine(home, env, {
    socket: { path: socket, port: PROXY_PORT },
    refuseLocal: true,
    folder,
  });
  let roots: readonly string[] = [];
  let network: SandboxNetwork | undefined;
  return {
    ...base,

    async startProxy(request) {
      try {
        const proxy = await base.startProxy(request);
        const stop = async () => {
          await starting.then((network) => network?.close(), () => {});
          await proxy.close();
          folder.remove();
        };
        try {
          network = await starting ?? undefined;
          const { username, password } = new URL(proxy.url);
          await network?.connect({
            socket,
            authorization: `Basic ${btoa(`${username}:${password}`)}`,
          });
        } catch (error) {
          await stop();
          throw error;
        }
        return { ...proxy, close: stop };
      } catch (error) {
        folder.remove();
        throw error;
      }
    },

    writeCaBundle(certificates) {
      roots = certificates;
      return base.writeCaBundle(certificates);
    },

    async runCommand(command, env) {
      Deno.writeTextFileSync(names, "nameserver 127.0.0.1\n");
      if (stores.length > 0) {
        Deno.writeFileSync(keystore, await javaKeystore(roots));
      }
      if (network && !network.transparent) {
        warn(
          "Programs that ignore proxies reach nothing: ip is not installed. Install it with: sudo apt install iproute2",
        );
      }
      const cache = env.XDG_CACHE_HOME || `${facts.user}/.cache`;
      return await runSandboxed(
        command,
        sandboxEnvironment(
          env,
          profile.allowEnv,
          facts.allowWrite.includes(cache),
        ),
        {
          bwrap,
          view,
          working: facts.working,
          network: network?.pid,
          folder: path,
        },
      );
    },
  };
}

function readProfile(path: string): SandboxProfile {
  let text = "{}";
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      throw new AuthsomeError(
        "StoreUnavailable",
        `Cannot read "${path}"`,
        `Look at it with: ls -l ${path}`,
        { cause: error },
      );
    }
  }
  return parseSandboxProfile(text, path);
}

/** The trusted certificates of the Java that a command finds first, and of the system's. */
function javaStores(env: Env): string[] {
  const programs = (env.get("PATH") ?? "").split(":")
    .map((folder) => `${folder}/java`);
  const program = there(programs.filter((path) => path.startsWith("/")))[0];
  const home = env.get("JAVA_HOME");
  return there([
    "/etc/ssl/certs/java/cacerts",
    ...home?.startsWith("/") ? [`${home}/lib/security/cacerts`] : [],
    ...program
      ? [program.replace(/\/bin\/java$/, "/lib/security/cacerts")]
      : [],
  ]);
}

/** The real paths of those that are there, each once. */
function there(paths: readonly string[]): string[] {
  return [...new Set(paths.flatMap((path) => realPath(path) ?? []))];
}

function notHere(os: string): AuthsomeError {
  return new AuthsomeError(
    "SandboxUnavailable",
    `Cannot run a sandbox: there is none for ${os}`,
    "Run the command in a container: authsome run --listen unix:<path>, see docs/guides/containers.md",
  );
}
