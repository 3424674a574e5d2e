/** The {@linkcode RunHost} of a sandboxed run on Linux. @module */
import { basicAuthorization, randomText } from "../../bytes.ts";
import type {
  HomeFile,
  RunHost,
  RunningProxy,
  ShownToCommand,
} from "../../ports/run_host.ts";
import { cacheLinks, sandboxEnvironment } from "../../sandbox/environment.ts";
import { absolutePath } from "../../sandbox/sandbox_profile.ts";
import {
  fileView,
  isWorkingWritable,
  type View,
  writablePlaces,
} from "../../sandbox/view.ts";
import {
  type OutsideChannels,
  outsideChannels,
  searchFiles,
} from "./channels/outside_channels.ts";
import { proxyUrl } from "../../run/proxy_url.ts";
import { writeCaBundle, writeRunFiles } from "../run/ca_bundle.ts";
import { openRunFolder } from "../run/run_folder.ts";
import { plainRunHost } from "../run/plain_run_host.ts";
import { agentStandIns, withEmptyLogins } from "./agents/agent_places.ts";
import { withEmptySettings } from "./places/empty_settings_files.ts";
import { javaStores, writeJavaStores } from "./java_stores.ts";
import { runSandboxed, sandboxTools } from "./sandbox_command.ts";
import {
  realPath,
  realPaths,
  type SandboxFacts,
  sandboxFacts,
} from "./places/sandbox_facts.ts";
import type { SandboxNetwork, SandboxPrograms } from "./sandbox_bubblewrap.ts";
import type { SandboxRequest } from "./sandbox_request.ts";
import { listing } from "./protection/sandbox_listing.ts";
import {
  type Protection,
  protectPlaces,
  skippedPlaces,
  whileProtected,
  withStandIns,
} from "./protection/sandbox_protect.ts";
import { type InputFile, inputFile } from "./standard_files.ts";
import type { KeptView } from "./replaceable/lay_out.ts";
import { PROXY_PORT } from "./sandbox_network.ts";
import { SYSTEM_BUNDLES } from "../net/system_roots.ts";

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
): Promise<RunHost> {
  const { home, env, profile, agent, users, warn, files = {}, installShims } =
    request;
  const working = Deno.cwd();
  const reals = (paths: readonly string[]) =>
    paths.map((path) =>
      real(absolutePath(path, { user: users.tilde, working }))
    );
  const allowWrite = reals(profile.allowWrite);
  const searchingFiles = searchFiles(
    programs,
    users.all,
    [...reals([working, ...profile.allowRead]), ...allowWrite],
  );
  searchingFiles.catch(() => {});
  const tools = sandboxTools(programs);
  const folder = openRunFolder(home);
  const path = Deno.realPathSync(folder.path);
  const shims = installShims?.(home);
  const listed = listing(programs.find, {
    roots: writablePlaces({
      working: real(working),
      // Not known yet.
      obeyedAround: undefined,
      users: users.all,
      allowWrite,
    }),
    skipped: skippedPlaces(real(home)),
  });
  const certificates = `${path}/ca.pem`;
  const names = `${path}/resolv.conf`;
  const stores = javaStores(env)
    .map((store, at) => ({ store, copy: `${path}/cacerts-${at}` }));
  let input: InputFile | undefined;
  let facts: SandboxFacts;
  let protecting: Promise<Protection>;
  let searching: Promise<OutsideChannels>;
  try {
    input = inputFile();
    facts = sandboxFacts(profile, {
      env,
      home,
      users,
      agent,
      runFiles: [
        ...[
          certificates,
          `${path}/wgetrc`,
          ...Object.keys(files).map((name) => `${path}/${name}`),
          ...shims?.paths ?? [],
        ]
          .map((file) => ({ source: file, path: file })),
        ...realPaths(SYSTEM_BUNDLES)
          .map((file) => ({ source: certificates, path: file })),
        ...stores.map(({ store, copy }) => ({ source: copy, path: store })),
        ...realPaths(["/etc/resolv.conf"])
          .map((file) => ({ source: names, path: file })),
      ],
    });
    searching = outsideChannels(facts, programs, {
      searching: searchingFiles,
      allowed: profile.unixSockets,
      warn,
    });
    // Awaited when the command starts.
    searching.catch(() => {});
    protecting = listed.then((listing) =>
      withStandIns(
        protectPlaces(facts, users, env, warn, listing),
        agent ? agentStandIns(agent) : [],
      )
    );
    // Awaited then, too.
    protecting.catch(() => {});
  } catch (error) {
    folder.remove();
    await starting.then((network) => network?.close(), () => {});
    throw error;
  }
  for (const path of facts.linked) {
    warn(`"${path}" has other names (hard links); only this one is hidden`);
  }
  const workingWritable = isWorkingWritable(facts);
  if (!workingWritable) {
    warn(
      `"${facts.working}" is not writable in the sandbox: ${
        facts.obeyedAround === undefined
          ? "your home folder is in it"
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
  const password = randomText();
  const base = plainRunHost(home, env, {
    socket: { path: socket, port: PROXY_PORT },
    password,
    reach: request.reach,
    folder,
    files,
  });
  /** Until the command may start: its proxy runs, and the files that it reads are written. */
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => {});
  let preparing: Promise<number> | undefined;
  const begun = Promise.withResolvers<void>();

  /** Makes the sandbox, and runs the command in it once it is {@linkcode ready}. */
  async function runInside(
    command: readonly string[],
    env: Record<string, string>,
    { given = [], files: homeFiles = [], runFiles = {} }: ShownToCommand,
  ): Promise<number> {
    // What is mounted must be there; what is in it follows.
    Deno.writeTextFileSync(names, "nameserver 127.0.0.1\n");
    for (const { copy } of stores) Deno.writeTextFileSync(copy, "");
    const settings = writeRunFiles(path, runFiles)
      .map((file) => ({ source: file, path: file }));
    const caches = {
      general: real(env.XDG_CACHE_HOME || `${users.tilde}/.cache`),
      npm: real(env.npm_config_cache || `${users.tilde}/.npm`),
    };
    const own = {
      ...sandboxEnvironment(env, [...profile.allowEnv, ...given], {
        general: facts.allowWrite.includes(caches.general),
        npm: facts.allowWrite.includes(caches.npm),
      }),
      ...facts.own.denoCache ? { DENO_DIR: "/tmp/.cache/deno" } : {},
    };
    const inside = shims?.addTo(own) ?? own;
    const [channels, helpers, network, protection] = await Promise.all([
      ...[searching, tools, starting, protecting] as const,
    ]);
    return await whileProtected(
      protection,
      { folder: path, request },
      async (startupFiles, copies) => {
        const places = fileView({
          ...facts,
          runFiles: [...facts.runFiles, ...settings],
          hidden: [...facts.hidden, ...channels.hidden],
          startupFiles: [...facts.startupFiles, ...startupFiles],
          copies,
        });
        places.steps.push(...cacheLinks(facts.allowWrite, caches.general));
        const kept = await withAllowedFiles(places);
        const view = await withFiles(kept.view, homeFiles, inside);
        return await kept.run(() =>
          runSandboxed(command, inside, {
            programs,
            view: withEmptySettings(view, path),
            working: facts.working,
            network: network ?? undefined,
            tools: helpers,
            folder: path,
            input,
            unixSockets: channels.unixSockets,
            ready: ready.promise,
            begun: begun.resolve,
          })
        );
      },
    );
  }

  async function withAllowedFiles(whole: View): Promise<KeptView> {
    const view = withEmptyLogins(whole, facts.logins, path);
    const { files, scratch, temporary, logins, home, working } = facts;
    if (files.length + scratch.length + temporary.length === 0) {
      return { view, run: (body) => body() };
    }
    const { layOutFiles } = await import("./replaceable/lay_out.ts");
    return await layOutFiles(view, {
      ...{ files, scratch, temporary, logins, home, working },
      ...{ folder: path, warn },
    });
  }

  async function withFiles(
    view: View,
    files: readonly HomeFile[],
    inside: Readonly<Record<string, string>>,
  ): Promise<View> {
    if (files.length === 0) return view;
    if (programs.bash === undefined) {
      warn(
        "Configuration files with placeholders are not shown: bash is not installed",
      );
      return view;
    }
    const { viewWithFiles } = await import("./places/shown_places.ts");
    return viewWithFiles(view, files, facts, { env: inside, users, warn })
      .view;
  }

  /** Ends what was begun; the command does not start any more. */
  async function abandon(reason: unknown): Promise<void> {
    ready.reject(reason);
    await preparing?.catch(() => {});
    await starting.then((network) => network?.close(), () => {});
  }

  return {
    ...base,
    showsFiles: true,

    async prepareCommand(start) {
      const { remove: _, ...places } = writeCaBundle(home, [], folder, files);
      const { command, env, ...shown } = start({
        ...places,
        proxyUrl: proxyUrl(password, PROXY_PORT),
      });
      preparing = runInside(command, env, shown);
      // What fails is thrown by runCommand().
      preparing.catch(begun.resolve);
      await begun.promise;
    },

    async startProxy(request) {
      let proxy: RunningProxy | undefined;
      const close = async () => {
        await Promise.all([
          abandon(new Error("the run has ended")),
          proxy?.close(),
        ]);
        folder.remove();
      };
      try {
        await protecting;
        proxy = await base.startProxy(request);
        await writeJavaStores(stores, env, {
          roots: request.trustedRoots,
          caPem: proxy.caPem,
        });
        await starting;
        return { ...proxy, close };
      } catch (error) {
        await close();
        throw error;
      }
    },

    async runCommand(command, env, shown = {}) {
      const running = preparing ?? runInside(command, env, shown);
      preparing = running;
      const network = await starting;
      if (network && !network.transparent) {
        warn(
          "Programs that ignore proxies have no network: ip is not installed. Install it with: sudo apt install iproute2",
        );
      }
      try {
        await network?.connect({
          socket,
          authorization: basicAuthorization("authsome", password),
        });
        ready.resolve();
      } catch (error) {
        ready.reject(error);
      }
      const code = await running;
      facts.changes().forEach(warn);
      return code;
    },
  };
}

function real(path: string): string {
  return realPath(path) ?? path;
}
