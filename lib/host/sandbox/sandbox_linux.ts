/** The {@linkcode RunMachine} of a sandboxed run on Linux. @module */
import { basicAuthorization } from "../../bytes.ts";
import { defined } from "../../object.ts";
import type { Env } from "../../ports.ts";
import type { RunMachine } from "../../run/run.ts";
import { cacheLinks, sandboxEnvironment } from "../../sandbox/environment.ts";
import { isJavaKeystore, javaKeystore } from "../../sandbox/java_keystore.ts";
import { fileView, isWorkingWritable } from "../../sandbox/view.ts";
import {
  type OutsideChannels,
  outsideChannels,
} from "./channels/outside_channels.ts";
import { openRunFolder } from "../run/run_folder.ts";
import { denoRunMachine } from "../run/run_machine.ts";
import { runSandboxed, sandboxTools } from "./sandbox_command.ts";
import {
  realPath,
  type SandboxFacts,
  sandboxFacts,
} from "./places/sandbox_facts.ts";
import type { SandboxNetwork, SandboxPrograms } from "./sandbox_bubblewrap.ts";
import type { SandboxRequest } from "./sandbox_request.ts";
import {
  type Protection,
  protectPlaces,
  whileProtected,
} from "./protection/sandbox_protect.ts";
import { type InputFile, inputFile } from "./standard_files.ts";
import { PROXY_PORT } from "./sandbox_network.ts";
import { OWN_ROOTS, SYSTEM_BUNDLES } from "../net/system_roots.ts";

/**
 * What `authsome run --sandbox` does to the world.
 *
 * @throws {AuthsomeError} `SandboxUnavailable` where it cannot be, `Usage` if the profile cannot be used here.
 */
export async function linuxSandbox(
  request: SandboxRequest,
  programs: SandboxPrograms,
  /** The network, unless there is none. */
  starting: Promise<SandboxNetwork | void>,
): Promise<RunMachine> {
  const { home, env, profile, users, warn } = request;
  const tools = sandboxTools(programs);
  const folder = openRunFolder(home);
  const path = Deno.realPathSync(folder.path);
  const certificates = `${path}/ca.pem`;
  const names = `${path}/resolv.conf`;
  const stores = javaStores(env)
    .map((store, at) => ({ store, copy: `${path}/cacerts-${at}` }));
  let input: InputFile | undefined;
  let facts: SandboxFacts;
  let protection: Protection;
  let searching: Promise<OutsideChannels>;
  try {
    input = inputFile();
    facts = sandboxFacts(profile, {
      env,
      home,
      users,
      runFiles: [
        ...[certificates, `${path}/wgetrc`]
          .map((file) => ({ source: file, path: file })),
        ...there(SYSTEM_BUNDLES)
          .map((file) => ({ source: certificates, path: file })),
        ...stores.map(({ store, copy }) => ({ source: copy, path: store })),
        ...there(["/etc/resolv.conf"])
          .map((file) => ({ source: names, path: file })),
      ],
    });
    searching = outsideChannels(facts, programs, {
      allowed: profile.unixSockets,
      warn,
    });
    // Awaited when the command starts.
    searching.catch(() => {});
    protection = protectPlaces(facts, users, env, warn);
  } catch (error) {
    folder.remove();
    await starting.then((network) => network?.close(), () => {});
    throw error;
  }
  for (const path of facts.linked) {
    warn(`"${path}" has other names (hard links), and only this one is hidden`);
  }
  const workingWritable = isWorkingWritable(facts);
  if (!workingWritable) {
    warn(
      `"${facts.working}" is not writable in the sandbox: ${
        facts.obeyedAround === undefined
          ? "your own folder lies in it"
          : `other programs run or obey what is in "${facts.obeyedAround}"`
      }. Start in a project, or add --allow-write .`,
    );
  }
  if (facts.own.inWorking && workingWritable) {
    warn(
      `"${facts.own.inWorking}" is not writable in the sandbox: authsome itself is run from it. Install it elsewhere to change that`,
    );
  }
  const socket = `${path}/proxy`;
  const base = denoRunMachine(home, env, {
    socket: { path: socket, port: PROXY_PORT },
    refuseLocal: true,
    allowPrivate: profile.allowPrivate,
    folder,
  });
  let keystores: Promise<void> | undefined;
  let network: SandboxNetwork | undefined;
  let proxyUrl: URL | undefined;
  return {
    ...base,

    async startProxy(request) {
      try {
        const proxy = await base.startProxy(request);
        if (stores.length > 0) {
          keystores = writeKeystores(stores, env, {
            roots: request.trustedRoots,
            caPem: proxy.caPem,
          });
          // Awaited below; a failure before that must not end the process.
          keystores.catch(() => {});
        }
        const stop = async () => {
          await Promise.all([
            starting.then((network) => network?.close(), () => {}),
            proxy.close(),
          ]);
          folder.remove();
        };
        try {
          network = await starting ?? undefined;
          proxyUrl = new URL(proxy.url);
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

    async runCommand(command, env) {
      Deno.writeTextFileSync(names, "nameserver 127.0.0.1\n");
      await keystores;
      if (network && !network.transparent) {
        warn(
          "Programs that ignore proxies reach nothing: ip is not installed. Install it with: sudo apt install iproute2",
        );
      }
      const caches = {
        general: real(env.XDG_CACHE_HOME || `${users.tilde}/.cache`),
        npm: real(env.npm_config_cache || `${users.tilde}/.npm`),
      };
      const inside = {
        ...sandboxEnvironment(env, profile.allowEnv, {
          general: facts.allowWrite.includes(caches.general),
          npm: facts.allowWrite.includes(caches.npm),
        }),
        ...defined({
          DENO_DIR: facts.own.denoCache ? "/tmp/.cache/deno" : undefined,
        }),
      };
      const [channels, helpers] = await Promise.all([searching, tools]);
      const code = await whileProtected(
        protection,
        { folder: path, request },
        async (startupFiles, copies) => {
          const view = fileView({
            ...facts,
            hidden: [...facts.hidden, ...channels.hidden],
            startupFiles: [...facts.startupFiles, ...startupFiles],
            copies,
          });
          view.steps.push(...cacheLinks(facts.allowWrite, caches.general));
          const code = runSandboxed(command, inside, {
            programs,
            view,
            working: facts.working,
            network,
            tools: helpers,
            folder: path,
            input,
            unixSockets: channels.unixSockets,
          });
          // While bubblewrap is at work; connections wait for it. If the network has ended, so does bubblewrap.
          network?.connect({ socket, authorization: authorization(proxyUrl!) })
            .catch(() => {});
          return await code;
        },
      );
      facts.changes().forEach(warn);
      return code;
    },
  };
}

/** Value of `Proxy-Authorization` for the proxy at `url`. */
function authorization({ username, password }: URL): string {
  return basicAuthorization(username, password);
}

/** Writes a copy of each key store of Java that trusts the CA of the run besides, and what the person's variables name. */
async function writeKeystores(
  stores: readonly { store: string; copy: string }[],
  env: Env,
  { roots, caPem }: { roots: readonly string[]; caPem: string },
): Promise<void> {
  const named = OWN_ROOTS.some((name) => env.get(name)) ? roots : [];
  for (const { store, copy } of stores) {
    const there = Deno.readFileSync(store);
    Deno.writeFileSync(
      copy,
      // One of another format (PKCS #12) is not extended: it gets the certificates of the system.
      isJavaKeystore(there)
        ? await javaKeystore([...named, caPem], there)
        : await javaKeystore([...roots, caPem]),
    );
  }
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

function real(path: string): string {
  return realPath(path) ?? path;
}

/** The real paths of those that are there, each once. */
function there(paths: readonly string[]): string[] {
  return [...new Set(paths.flatMap((path) => realPath(path) ?? []))];
}
