import { defineCommand, toggle } from "../../kit/define_command.ts";
import type { AgentFlags } from "./run_ssh_agent.ts";

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
};
/** The longest that a timer takes: 2^31 - 1 milliseconds. */
const MAX_SECONDS = 2_147_483;

/** `ssh-agent`: an SSH agent with the keys of the vault. */
export default defineCommand<AgentFlags, string[]>({
  description:
    "Starts an SSH agent in the background, like ssh-agent(1), and prints the lines that lead a shell to it. All shells of a profile share one: if it runs already, its lines are printed. The private keys stay in the vault; the agent reads a key when it signs with it, and each signature is an entry of the audit log. A key can be limited to hosts and to signatures of files, and be used only when you confirm it (ssh-agent restrict). With a command, the agent has a socket of its own and ends with the command. Programs cannot add or remove keys.",
  usage:
    "[-D] [-k] [-s|-c|--fish] [-a <socket>] [-t <time>] [-- <command> [arguments]]",
  examples: [
    ['eval "$(authsome ssh-agent)"', "start it, and lead this shell to it"],
    ["authsome ssh-agent --fish | source", "the same in fish"],
    [
      "authsome ssh-agent -- git push",
      "for one command; the agent ends with it",
    ],
    ["authsome ssh-agent -D", "stay in the foreground and ask here"],
    ['eval "$(authsome ssh-agent -k)"', "stop it"],
  ],
  parameters: {
    aliases: {
      a: "socket",
      c: "csh",
      D: "foreground",
      k: "kill",
      s: "sh",
      t: "lifetime",
    },
    flags: {
      foreground: toggle("Stay in the foreground"),
      kill: toggle("Stop the agent that runs"),
      sh: toggle("Print lines for sh (the default)"),
      csh: toggle("Print lines for csh"),
      fish: toggle("Print lines for fish"),
      socket: {
        kind: "parsed",
        parse: absolute,
        brief: "Listen at this path, in a folder of mode 0700",
        placeholder: "path",
        completes: "file",
      },
      lifetime: {
        kind: "parsed",
        parse: secondsOf,
        brief: "End after this time: 600, 30m, 8h, 2d",
        placeholder: "time",
      },
    },
    positional: {
      kind: "array",
      parameter: {
        brief: "Command and its arguments, behind --",
        placeholder: "command",
      },
    },
  },

  async run(context, flags, ...command) {
    const { runSshAgent } = await import("./run_ssh_agent.ts");
    await runSshAgent(context, flags, command);
  },
});

function absolute(text: string): string {
  if (!text.startsWith("/")) throw new RangeError("write the whole path");
  return text;
}

/** Seconds, or a number and a unit, as sshd_config(5) writes times. */
function secondsOf(text: string): number {
  const [, number, unit] = /^(\d{1,9})([smhdw]?)$/i.exec(text) ?? [];
  const seconds = Number(number) * UNITS[unit?.toLowerCase() ?? ""]!;
  if (!(seconds > 0)) throw new RangeError("a time is written 600, 30m or 8h");
  if (seconds > MAX_SECONDS) throw new RangeError("at most 24d");
  return seconds;
}
