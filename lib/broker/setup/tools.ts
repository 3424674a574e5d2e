/** The tools that `authsome setup` knows, besides agents. @module */
import type { SetupTool } from "./tool.ts";

/** Each tool by its name, loaded when it is asked for. */
const TOOLS: Readonly<Record<string, () => Promise<SetupTool>>> = {
  git: async () => (await import("./setup_git.ts")).setupGit,
  docker: async () => (await import("./setup_docker.ts")).setupDocker,
  aws: async () => (await import("./setup_aws.ts")).setupAws,
  kubectl: async () => (await import("./setup_kubectl.ts")).setupKubectl,
  cargo: async () => (await import("./setup_cargo.ts")).setupCargo,
  pip: async () => (await import("./setup_pip.ts")).setupPip,
  npm: async () => (await import("./setup_npm.ts")).setupNpm,
  ssh: async () => (await import("./setup_ssh.ts")).setupSsh,
};

/** Their names, in the order of `--help`. */
export const TOOL_NAMES: readonly string[] = Object.keys(TOOLS);

/** The tool of that name; `undefined` if there is none. */
export async function toolNamed(name: string): Promise<SetupTool | undefined> {
  return Object.hasOwn(TOOLS, name) ? await TOOLS[name]!() : undefined;
}
