/** What a command is shown of agents' own logins. @module */
import type { HomeFile, RunHost, ShownAgentLogin } from "../ports/run_host.ts";
import type { RouteInput } from "../request/routes.ts";
import { LOGIN_PLACE } from "../connection/connection.ts";
import type { AgentLoginKeeper } from "../connection/agents/run_keeper.ts";

/** How the command is led to its logins. */
export interface OwnLogins {
  /** For a sandboxed command. */
  files: HomeFile[];
  env: Record<string, string>;
  /** Called when the command has ended. */
  settle(): Promise<void>;
}

/** Shows the logins of `inputs`, each of which has one. */
export async function showOwnLogins(
  inputs: readonly RouteInput[],
  { runHost, agentLogins, warn }: {
    runHost: Pick<RunHost, "showsFiles" | "showLogins">;
    agentLogins?: AgentLoginKeeper;
    warn(message: string): void;
  },
): Promise<OwnLogins> {
  const logins: ShownAgentLogin[] = [];
  const env: Record<string, string> = {};
  for (const { definition, connection, login } of inputs) {
    const { agent, shown } = login!;
    const provider = definition.name;
    const own = await agentLogins?.inStep(provider, connection);
    Object.assign(env, agent.env);
    // Its folder is not known, and an empty one would hide what the agent keeps there.
    if (!own && agent.env && agent.view.holds === "folder") continue;
    logins.push({
      ...{ provider, connection, view: agent.view, file: agent.file },
      ...own && isPath(own.place) ? { folder: folderOf(own.place) } : {},
      text: (own) => agent.shown(shown, own),
      members: agent.members,
    });
  }
  const none = { files: [], env };
  if (runHost.showsFiles) {
    return {
      ...{ ...none, files: loginFilesOf(inputs) },
      settle: () => Promise.resolve(),
    };
  }
  if (!runHost.showLogins) {
    warn("Agents do not find their own logins: this system cannot show them");
    return { ...none, settle: () => Promise.resolve() };
  }
  const { env: leading, settle } = await runHost.showLogins(logins);
  return {
    ...{ ...none, env: { ...env, ...leading } },
    async settle() {
      await settle();
      // An agent that does not know the variable may have written placeholders to the file itself.
      for (const { provider, connection } of logins) {
        await agentLogins?.inStep(provider, connection);
      }
    },
  };
}

/** The files of `inputs` as a sandboxed command finds them: where the agent looks by itself, and where the login is from. */
export function loginFilesOf(inputs: readonly RouteInput[]): HomeFile[] {
  return inputs.flatMap(({ definition: { name: provider }, login }) => {
    if (!login || login.agent.replacesFile) return [];
    const { agent, shown } = login;
    const text = agent.shown(shown);
    const place = shown.kept[LOGIN_PLACE] ?? "";
    return [
      `${agent.usualFolder}/${agent.file}`,
      ...isPath(place) ? [place] : [],
    ].map((path) => ({ path, text, provider }));
  });
}

function isPath(place: string): boolean {
  return /^(?:\/|[A-Za-z]:[\\/])/.test(place);
}

function folderOf(path: string): string {
  return path.replace(/[\\/][^\\/]*$/, "");
}
