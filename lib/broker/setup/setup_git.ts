/** `setup git`: git asks authsome for the credentials of the hosts that a connection serves. @module */
import { quoteWord } from "../../connection/hint.ts";
import { AuthsomeError } from "../../errors.ts";
import type { AgentFiles } from "../../ports/agent_files.ts";
import { gitHosts } from "../credential/git_hosts.ts";
import { withMarkedAtEnd, withoutMarked } from "./files/marked_lines.ts";
import type { SetupTool, ToolRequest } from "./tool.ts";

export const setupGit: SetupTool = {
  async plan({ broker, files, command, hosts, warn }) {
    const path = gitConfigPath(files);
    const served = await gitHosts(await broker(), warn);
    const all = [
      ...served,
      ...hosts.filter((host) => !served.some((each) => each.host === host))
        .map((host) => ({ host: hostWithPort(host), isBelowPath: false })),
    ];
    if (all.length === 0) {
      throw new AuthsomeError(
        "OperationNotAllowed",
        "Cannot set up git: no connection serves a git host yet",
        "authsome login github, or name the host: authsome setup git --host git.example.com",
      );
    }
    const words = [...command, "credential", "git"].map(quoteWord).join(" ");
    const helper = `!${words}`;
    const lines = all.map(({ host, isBelowPath }) =>
      [
        `[credential "https://${host}"]`,
        // The first forgets the helpers of other files, which would be given a copy of each token.
        "    helper =",
        `    helper = ${quoted(helper)}`,
        ...isBelowPath ? ["    useHttpPath = true"] : [],
      ].join("\n")
    ).join("\n");
    return {
      files: [{
        path,
        after: (text) =>
          withMarkedAtEnd(text ?? "", "git", path, lines.split("\n")),
      }],
      notes: [
        `git asks authsome at ${
          all.map(({ host }) => host).join(", ")
        }. After a login at another host, run this again`,
      ],
    };
  },

  undo({ files }) {
    return gitConfigPaths(files).map((path) => ({
      path,
      after(text) {
        const rest = text && withoutMarked(text, "git", path);
        // A file of ours alone goes with the lines.
        return rest === "" && text !== "" ? undefined : rest;
      },
    }));
  },
};

/** The file that `git config --global` writes to (git-config(1), FILES). */
function gitConfigPath(files: AgentFiles): string {
  const [first, ...others] = gitConfigPaths(files);
  if (files.read(first!) !== undefined) return first!;
  return others.find((path) => files.read(path) !== undefined) ?? first!;
}

function gitConfigPaths({ env, userFolder }: ToolRequest["files"]): string[] {
  const given = env.get("GIT_CONFIG_GLOBAL");
  if (given) return [given];
  const config = env.get("XDG_CONFIG_HOME") || `${userFolder}/.config`;
  return [`${userFolder}/.gitconfig`, `${config}/git/config`];
}

/** @throws {AuthsomeError} `Usage` if it is no host. */
function hostWithPort(host: string): string {
  if (/^[a-z0-9._*-]+(?::\d{1,5})?$/i.test(host)) return host.toLowerCase();
  throw new AuthsomeError(
    "Usage",
    "Cannot use --host: it is not a host",
    "Write --host git.example.com, or git.example.com:8443",
    { subject: { field: "host" } },
  );
}

/** A value in a file of git (git-config(1), "Syntax"). */
function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, "\\$&")}"`;
}
