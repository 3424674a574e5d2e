/** The {@linkcode Runtime} of Deno. Everything is opened, and most of it loaded, only when it is asked for. @module */
import type { Runtime } from "../broker.ts";
import { AuthsomeError } from "../errors.ts";
import { defined } from "../object.ts";
import type { AuditFile, Fetch } from "../ports.ts";
import { systemClock } from "./clock.ts";
import { configFile } from "./home/config_file.ts";
import { definitionFiles } from "./home/definition_files.ts";
import { processEnv } from "./env.ts";
import { fileKeyring } from "./vault/keyring_file.ts";
import { findHome, homePaths } from "./home/paths.ts";
import { ensurePrivateFolder, exists } from "./home/private_file.ts";
import { openSqliteStore } from "./vault/sqlite_store.ts";

/** The world as this process sees it, in the home that `AUTHSOME_HOME` names unless another is given. */
export function denoRuntime(options: { home?: string } = {}): Runtime {
  const home = options.home ?? findHome(processEnv);
  const paths = homePaths(home);
  return {
    home,
    env: processEnv,
    clock: systemClock,
    fetch: deferredFetch(),
    configFile: configFile(home, paths.config),
    definitionFiles: definitionFiles(home, paths.providers),
    auditFile: deferredAuditFile(home, paths.auditLog),

    workingFolder: () => Deno.cwd(),

    async bundledProviders() {
      return (await import("../../providers/mod.ts")).bundledProviders;
    },

    async bundledSummaries() {
      return (await import("../../providers/summaries.ts")).bundledSummaries;
    },

    async runMachine(request) {
      if (request?.sandbox) {
        const { sandboxMachine } = await import("./sandbox/sandbox_machine.ts");
        return sandboxMachine(home, processEnv, request.sandbox, request);
      }
      const { denoRunMachine } = await import("./run/run_machine.ts");
      const socket = request?.socket;
      return denoRunMachine(
        home,
        processEnv,
        // A container must not be led to what listens on its host.
        {
          ...defined({ socket: socket ? { path: socket } : undefined }),
          refuseLocal: Boolean(socket),
          allowPrivate: request?.allowPrivate ?? [],
        },
      );
    },

    async conversations(options) {
      const { conversations } = await import("./login/conversations.ts");
      return conversations({ ...options, env: processEnv, clock: systemClock });
    },

    async startInBackground(args, env) {
      const { startInBackground } = await import("./login/background.ts");
      return await startInBackground(args, env);
    },

    async envFiles() {
      return (await import("./home/env_files.ts")).envFiles(home);
    },

    async importWorld() {
      return (await import("./home/import_world.ts")).importWorld(processEnv);
    },

    // deno-lint-ignore require-await
    async openStore() {
      ensurePrivateFolder(home);
      // There for `authsome inspect x > …/providers/x.json`, where the shell opens the file first.
      ensureFolder(paths.providers);
      return openSqliteStore(paths.vault);
    },

    async keyring(mode) {
      ensurePrivateFolder(home);
      if (mode === "local_key") {
        return fileKeyring(paths.masterKey);
      }
      if (mode === "keyring") {
        const { osKeyring } = await import("./vault/keyring_os.ts");
        return osKeyring(home);
      }
      throw new AuthsomeError(
        "MasterKeyUnavailable",
        `Cannot use encryption mode "${mode}" of "${paths.config}": this build has no such keyring`,
        "authsome key status",
      );
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
    append: async (lines) => await (await load()).append(lines),
    witness: async () => await (await load()).witness(),
    async *lines() {
      yield* (await load()).lines();
    },
  };
}

function ensureFolder(path: string): void {
  if (exists(path)) return;
  try {
    Deno.mkdirSync(path, { mode: 0o700 });
  } catch {
    // It is there, or its reader reports the error.
  }
}
