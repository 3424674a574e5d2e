/** `setup ssh`: ssh asks the agent of authsome, which is started when it is not there. @module */
import { quoteWord } from "../../connection/hint.ts";
import { AuthsomeError } from "../../errors.ts";
import type { AgentFiles } from "../../ports/agent_files.ts";
import { sshAgentHost } from "../ssh/serve_ssh_agent.ts";
import { withMarkedAtEnd, withoutMarked } from "./files/marked_lines.ts";
import type { SetupTool } from "./tool.ts";

export const setupSsh: SetupTool = {
  async plan({ broker: open, files, command, hosts }) {
    if (files.os === "windows") throw noSockets();
    const broker = await open();
    const socket = (await sshAgentHost(broker)).sharedSocket(broker.profile);
    const start = [...command, "ssh-agent"].map(quoteWord).join(" ");
    const path = configPath(files);
    // Its first line ends what stands before: in this file, an option belongs to the last Host or Match.
    const lines = [
      `Match ${
        hosts.length > 0 ? `host ${hosts.map(host).join(",")} ` : ""
      }exec ${quoted(`${start} > /dev/null`)}`,
      `    IdentityAgent ${quoted(socket)}`,
    ].join("\n");
    return {
      files: [{
        path,
        after: (text) =>
          withMarkedAtEnd(text ?? "", "ssh", path, lines.split("\n")),
      }],
      notes: [
        "ssh, scp, and git over ssh use the keys of the vault. What IdentityAgent says above these lines comes first",
      ],
    };
  },

  undo({ files }) {
    const path = configPath(files);
    return [{
      path,
      after(text) {
        const rest = text && withoutMarked(text, "ssh", path);
        // A file of ours alone goes with the lines.
        return rest === "" && text !== "" ? undefined : rest;
      },
    }];
  },
};

function configPath({ userFolder }: AgentFiles): string {
  return `${userFolder}/.ssh/config`;
}

/** An argument in a file of ssh_config(5), where `%` begins a token. */
function quoted(value: string): string {
  if (/["\\\n$]/.test(value)) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      "Cannot set up ssh: the path of the home or of the program cannot be written in ssh_config",
      "Choose a home without quotes, backslashes and dollar signs: AUTHSOME_HOME",
    );
  }
  return `"${value.replaceAll("%", "%%")}"`;
}

function host(name: string): string {
  if (/^[a-z0-9._*?:-]+$/i.test(name)) return name;
  throw new AuthsomeError(
    "Usage",
    "Cannot use --host: it is not a host",
    "Write --host git.example.com, or a pattern of ssh_config: --host *.example.com",
    { subject: { field: "host" } },
  );
}

function noSockets(): AuthsomeError {
  return new AuthsomeError(
    "OperationNotAllowed",
    "Cannot set up ssh: there is no agent on Windows",
    "Use it in WSL",
  );
}
