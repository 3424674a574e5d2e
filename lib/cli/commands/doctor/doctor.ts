import { AuthsomeError } from "../../../errors.ts";
import { defineCommand, toggle } from "../../kit/define_command.ts";
import type { Check } from "./doctor_check.ts";
import { wrap } from "../../kit/table.ts";
import { printable, shorten } from "../../kit/terminal_text.ts";

/** Cells of a mark and the space behind it. */
const MARK_WIDTH = 6;

/** `doctor`: looks at everything, and says how to mend what is wrong. Changes nothing. */
export default defineCommand<
  { client?: boolean; sandbox?: boolean },
  string[]
>({
  description:
    "Changes nothing. Each failure comes with a fix. The providers in use are asked without any data whether they can be reached, and for the time. With --client, runs a command behind the proxy and reports whether its requests reach the proxy; have it request https://doctor.invalid/, which the proxy answers itself, or a connected provider. With --sandbox too, the command runs as with run --sandbox.",
  usage: "[--client [--sandbox] -- <command> [arguments]]",
  examples: [
    ["authsome doctor", "run every check"],
    [
      "authsome doctor --client -- curl -sS https://doctor.invalid/",
      "does curl go through the proxy?",
    ],
    [
      "authsome doctor --client --sandbox -- java Fetch.java",
      "does a program work in a sandbox?",
    ],
  ],
  parameters: {
    flags: {
      client: toggle("Check a command instead of the installation"),
      sandbox: toggle("Run the command in a sandbox"),
    },
    positional: {
      kind: "array",
      parameter: {
        brief: "Command and arguments, after --",
        placeholder: "command",
      },
    },
  },

  async run(context, { client, sandbox }, ...command) {
    const { output } = context;
    if (sandbox && !client) {
      throw new AuthsomeError(
        "Usage",
        "--sandbox needs --client",
        "authsome doctor --client --sandbox -- <command>",
      );
    }
    if (client !== command.length > 0 && (client || command.length > 0)) {
      throw new AuthsomeError(
        "Usage",
        client
          ? "Missing the command to check"
          : `Cannot take "${
            shorten(command[0]!)
          }": doctor runs a command only with --client`,
        "authsome doctor --client -- <command>",
      );
    }
    const checks: Check[] = [];
    const found = client
      ? (await import("./client_check.ts")).checkClient(
        context,
        command,
        sandbox
          ? (await import("../../../sandbox/sandbox_profile.ts"))
            .DEFAULT_PROFILE
          : undefined,
      )
      : (await import("./checks.ts")).examine(context);
    // The terminal is the command's.
    context.leavesTerminal = client === true;
    for (;;) {
      const { done, value: check } = await context.during(
        "Checking",
        () => found.next(),
      );
      if (done) break;
      checks.push(check);
      if (check.trace) context.trace(check.trace);
      if (output.asJson) continue;
      const mark = check.ok
        ? output.style("ok   ", "green")
        : output.style("FAIL ", "red");
      const room = context.width - MARK_WIDTH;
      const lines = (text: string) =>
        wrap(printable(text), room).join(`\n${" ".repeat(MARK_WIDTH)}`);
      output.styled(`${mark} ${lines(`${check.name}: ${check.message}`)}`);
      if (!check.ok && check.fix) {
        output.styled(`${" ".repeat(MARK_WIDTH)}${lines(`fix: ${check.fix}`)}`);
      }
    }
    const failed = checks.filter((check) => !check.ok);
    if (output.asJson) {
      output.json({
        ok: failed.length === 0,
        checks: checks.map(({ name, ok, message, fix, reason }) => ({
          name,
          ok,
          message,
          reason: ok ? undefined : reason,
          fix: ok ? undefined : fix,
        })),
      });
    }
    context.exitCode = failed[0]?.exitCode ?? 0;
  },
});
