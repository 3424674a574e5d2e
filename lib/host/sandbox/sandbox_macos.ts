/**
 * The {@linkcode RunHost} of a sandboxed run on macOS: `sandbox-exec`. Never run on a real macOS by our tests.
 *
 * @module
 */
import type { RunHost } from "../../ports/run_host.ts";
import { defined } from "../../object.ts";
import { sandboxEnvironment } from "../../sandbox/environment.ts";
import { seatbeltProfile } from "../../sandbox/seatbelt.ts";
import { writeRunFiles } from "../run/ca_bundle.ts";
import { runCommand } from "../run/child_process.ts";
import { CLOSE_INHERITED } from "../run/inherited_files.ts";
import { openRunFolder } from "../run/run_folder.ts";
import { plainRunHost } from "../run/plain_run_host.ts";
import { agentFixed } from "./agents/agent_places.ts";
import { sandboxFacts } from "./places/sandbox_facts.ts";
import { protectPlaces, tellLeftBehind } from "./protection/sandbox_protect.ts";
import type { SandboxRequest } from "./sandbox_request.ts";

/** Said where there are such files. */
export const FILES_NOT_SHOWN =
  "Configuration files with placeholders are not shown: the macOS sandbox cannot lay them over the disk";

const NOT_GUARDED =
  "The macOS sandbox cannot keep servers and hooks out of the agent's settings file: review it before you run the agent without a sandbox";

/**
 * What `authsome run --sandbox` does to the world.
 *
 * @throws {AuthsomeError} `Usage` if the profile cannot be used here.
 */
export function macosSandbox(
  request: SandboxRequest,
): RunHost {
  const { home, env, profile, agent, users, warn, files = {}, installShims } =
    request;
  const folder = openRunFolder(home);
  const path = Deno.realPathSync(folder.path);
  const shims = installShims?.(home);
  const temporary = `${path}/tmp`;
  Deno.mkdirSync(temporary, { mode: 0o700 });
  const facts = sandboxFacts(profile, {
    env,
    home,
    users,
    agent,
    runFiles: ["ca.pem", "wgetrc", ...Object.keys(files)]
      .map((name) => `${path}/${name}`)
      .concat(shims?.paths ?? [])
      .map((file) => ({ source: file, path: file })),
  });
  const protection = protectPlaces(facts, users, env, warn);
  const base = plainRunHost(home, env, {
    reach: request.reach,
    folder,
    files,
  });
  let port: number | undefined;
  return {
    ...base,

    async startProxy(request) {
      const proxy = await base.startProxy(request);
      port = Number(new URL(proxy.url).port);
      return proxy;
    },

    showsFiles: true,

    async runCommand(
      command,
      env,
      { given = [], files = [], runFiles = {} } = {},
    ) {
      if (files.length > 0) warn(FILES_NOT_SHOWN);
      warn(
        "The macOS sandbox has not been tested on a real Mac yet. See docs/security/threat-model.md",
      );
      if (facts.files.some(({ guard }) => guard)) warn(NOT_GUARDED);
      // A rule also holds for what is not there, so nothing is made.
      const settings = writeRunFiles(path, runFiles)
        .map((file) => ({ source: file, path: file }));
      const text = seatbeltProfile({
        ...facts,
        runFiles: [...facts.runFiles, ...settings],
        startupFiles: [
          ...[...facts.startupFiles, ...protection.paths],
          ...agent ? agentFixed(agent) : [],
        ],
      }, {
        temporary,
        ...defined({ port: profile.network ? port : undefined }),
      });
      const inside = {
        ...sandboxEnvironment(env, [...profile.allowEnv, ...given]),
        TMPDIR: temporary,
        XDG_CACHE_HOME: `${temporary}/cache`,
        npm_config_cache: `${temporary}/cache/npm`,
      };
      const code = await runCommand(
        [
          ...[
            "/bin/bash",
            "--norc",
            "-p",
            "-c",
            `${CLOSE_INHERITED}\nexec "$@"`,
            "bash",
          ],
          ...["/usr/bin/sandbox-exec", "-p", text, ...command],
        ],
        shims?.addTo(inside) ?? inside,
      );
      facts.changes().forEach(warn);
      await tellLeftBehind(protection, request);
      return code;
    },
  };
}
