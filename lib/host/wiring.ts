/**
 * Which adapter answers which port of `lib/ports/`. Everything is opened, and most of it loaded, only when it is asked for.
 *
 * Some ports are answered inside of others: `Terminal` by `command_line_machine.ts`, `Browser` by `login/browser.ts` for
 * `login/conversations.ts`, `ByteStream` by `net/node_stream.ts` and `net/upstream_deno.ts` for the proxy of a run. A store
 * that leaves nothing behind is `vault/memory_store.ts`.
 *
 * @module
 */
import type { AuditFile } from "../ports/home_files.ts";
import type { Fetch } from "../ports/net.ts";
import { defined } from "../object.ts";
import type { Runtime } from "../ports/runtime.ts";
import { processEnv } from "./env.ts";
import { personFile, savePrivateFile } from "./home/person_file.ts";
import type { KeySourceHost } from "./vault/keyring_source.ts";

export { commandLineMachine } from "./command_line_machine.ts";

/** How long a key command waits for another one. Milliseconds. */
const KEY_LOCK_MS = 120_000;

/** Loads the broker, and in the same go what opens its home: each dynamic import by itself costs about a millisecond. */
export function loadBroker() {
  return import("./broker_modules.ts");
}

/** The ports of this process, in the home that `AUTHSOME_HOME` names unless another is given. */
export async function openRuntime(
  options: {
    home?: string;
    /** Told in a line what was changed about the home, and what is waited for. */
    warn?: (message: string) => void;
    /** Whether a person at the terminal may be asked for a passphrase. */
    interactive?: boolean;
  } = {},
): Promise<Runtime> {
  const {
    configFile,
    definitionFiles,
    ensureHome,
    exists,
    fileKeyring,
    findHome,
    homePaths,
    openSharedStore,
    systemClock,
    witnessFile,
  } = await loadBroker();
  const home = options.home ?? findHome(processEnv);
  const paths = homePaths(home);
  const { warn = () => {}, interactive = false } = options;
  const config = configFile(home, paths.config, warn);
  const sourceHost: KeySourceHost = {
    ...{ home, env: processEnv, configFile: config, warn, interactive },
  };
  return {
    home,
    env: processEnv,
    clock: systemClock,
    fetch: deferredFetch(),
    warn,

    async processes() {
      return (await import("./process_names.ts")).machineProcesses();
    },

    async lineage() {
      return (await import("./machine_lineage.ts")).machineLineage(home);
    },

    configFile: config,
    definitionFiles: definitionFiles(home, paths.providers),
    auditFile: deferredAuditFile(home, paths.auditLog),

    async auditExport() {
      const { auditExportHost } = await import("./audit/audit_export_host.ts");
      return auditExportHost(home, processEnv);
    },

    async answerListener() {
      return (await import("./approval/answer_listener.ts")).listenForAnswers;
    },

    workingFolder: () => Deno.cwd(),
    personFile,

    // deno-lint-ignore require-await
    async savePrivateFile(path, text) {
      savePrivateFile(path, text);
    },

    async keyLock() {
      const { lock } = await import("./home/lock.ts");
      return await lock(`${home}/key.lock`, KEY_LOCK_MS);
    },

    async gitOrigin() {
      return (await import("./home/git_remote.ts")).gitRemote(Deno.cwd());
    },

    async bundledProviders() {
      return (await import("../../providers/mod.ts")).bundledProviders;
    },

    async bundledSummaries() {
      return (await import("../../providers/summaries.ts")).bundledSummaries;
    },

    async bundledOperations() {
      return (await import("../../providers/operations.ts")).bundledOperations;
    },

    async runHost(request) {
      const installing = request?.shims === false
        ? undefined
        : import("./run/shim_files.ts");
      if (request?.sandbox) {
        const [{ sandboxRunHost }, helpers] = await Promise.all([
          import("./sandbox/sandbox_run_host.ts"),
          installing,
        ]);
        return sandboxRunHost(
          home,
          processEnv,
          request.sandbox,
          { ...request, installShims: helpers?.installShims },
        );
      }
      const [{ plainRunHost }, { readPrivateHosts }, helpers] = await Promise
        .all(
          [
            import("./run/plain_run_host.ts"),
            import("../request/destination/private_hosts.ts"),
            installing,
          ],
        );
      const { socket: path, allowPrivate = [], files = {} } = request ?? {};
      const opened = readPrivateHosts(allowPrivate);
      // A container must not be led to what listens on its host.
      const options = path
        ? { socket: { path }, reach: { opened, refuseLocal: true } }
        : { reach: { opened } };
      return plainRunHost(home, processEnv, {
        ...{ files, ...options },
        ...defined({ installShims: helpers?.installShims }),
      });
    },

    async pageHost() {
      return (await import("./page/loopback_page.ts")).loopbackPage(
        processEnv,
        () => ensureHome(home, warn),
      );
    },

    async runs() {
      return (await import("./runs/run_files.ts")).runFiles(home, warn);
    },

    async sandboxPlaces(profile, warn, files) {
      const { sandboxPlaces } = await import("./sandbox/sandbox_places.ts");
      return await sandboxPlaces(home, processEnv, profile, warn, files);
    },

    async userShell() {
      return (await import("./run/user_shell.ts")).userShell(processEnv);
    },

    async conversations(options) {
      const { conversations } = await import("./login/conversations.ts");
      return conversations({ ...options, env: processEnv, clock: systemClock });
    },

    async startInBackground(args, env) {
      const { startInBackground } = await import("./login/background.ts");
      return await startInBackground(args, env);
    },

    async definitionEditor() {
      return (await import("./run/editor.ts")).definitionEditor(
        home,
        processEnv,
      );
    },

    async envFiles() {
      return (await import("./home/env_files.ts")).envFiles(home);
    },

    async agentFiles() {
      const { agentConfigFiles } = await import("./home/agent_config_files.ts");
      return agentConfigFiles(home, processEnv);
    },

    async loginFiles() {
      return (await import("./home/agent_login_files.ts")).loginFiles(
        processEnv,
      );
    },

    async secretManagers() {
      const { managerPrograms } = await import(
        "./references/manager_programs.ts"
      );
      return managerPrograms(processEnv);
    },

    async sshAgent() {
      ensureHome(home, warn);
      return (await import("./ssh/ssh_agent_host.ts")).sshAgentHost(
        home,
        processEnv,
      );
    },

    async sharedMemory() {
      const { sharedMemory } = await import("./references/memory_files.ts");
      return sharedMemory(home, processEnv);
    },

    async importWorld() {
      return (await import("./home/import_world.ts")).importWorld(processEnv);
    },

    witness: () => witnessFile(home, processEnv),

    hasStore: () => exists(paths.vault),

    hasPolicy: () => exists(paths.policy),

    async policyFiles() {
      const { policyFiles } = await import("./policy/policy_files.ts");
      return policyFiles(home, paths.policy, processEnv, warn);
    },

    async openStore() {
      ensureHome(home, warn);
      // There for `authsome inspect x > …/providers/x.json`, where the shell opens the file first.
      ensureFolder(paths.providers);
      return await openSharedStore(paths.vault, warn);
    },

    async keyring(encryption) {
      ensureHome(home, warn);
      if (encryption.mode === "local_key") return fileKeyring(paths.masterKey);
      const { keySource } = await import("./vault/keyring_source.ts");
      return await keySource(encryption, sourceHost);
    },

    async keyLeftovers(encryption) {
      const { keyLeftovers } = await import("./vault/key_leftovers.ts");
      return await keyLeftovers(home, encryption);
    },

    async keychainAnswers() {
      return await (await import("./vault/keyring_os.ts")).keychainAnswers();
    },

    async passphraseKeyring() {
      ensureHome(home, warn);
      const { passphraseSource } = await import("./vault/keyring_source.ts");
      return await passphraseSource(sourceHost);
    },
  };
}

/** Loaded by the first request: most commands make none. */
function deferredFetch(): Fetch {
  let loading: Promise<Fetch> | undefined;
  return async (input, init) => {
    loading ??= import("./net/machine_fetch.ts").then(({ machineFetch }) =>
      machineFetch(processEnv)
    );
    return await (await loading)(input, init);
  };
}

function deferredAuditFile(home: string, path: string): AuditFile {
  const load = async () =>
    (await import("./home/audit_file.ts")).auditFile(home, path);
  return {
    path,
    append: async (...given) => await (await load()).append(...given),
    witness: async () => await (await load()).witness(),
    async *lines(from) {
      yield* (await load()).lines(from);
    },
    removeBefore: async (first) => await (await load()).removeBefore(first),
  };
}

function ensureFolder(path: string): void {
  try {
    Deno.mkdirSync(path, { mode: 0o700 });
  } catch {
    // It is there, or its reader reports the error.
  }
}
