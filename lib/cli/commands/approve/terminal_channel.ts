/** The channel that asks on the terminal of a run, whatever the command is doing with it. @module */
import type { Channel } from "../../../approval/channel.ts";
import type {
  ApprovalAnswer,
  ApprovalRequest,
  ApprovalScope,
} from "../../../policy/approver.ts";
import type { TakenTerminal } from "../../../ports/command_line.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { shorten } from "../../kit/terminal_text.ts";
import { requestLines, urlOf } from "./request_lines.ts";

const SCOPES: Readonly<Record<string, ApprovalScope>> = {
  y: "once",
  t: "10m",
  r: "run",
  a: "always",
};
/** None of them is a choice. */
const LETTERS = "bcdfghjkmpqvwxz";
/** After so many wrong answers the request is denied. */
const TRIES = 3;
const LONGEST = 20;
const [CTRL_C, CTRL_D, BACKSPACE, DELETE] = ["\x03", "\x04", "\x08", "\x7f"];

/**
 * Asks on the controlling terminal, one request at a time. Where it cannot be taken, a line says where to answer instead.
 */
export function terminalChannel(
  context: Pick<CliContext, "machine" | "output">,
): Channel {
  const { machine, output } = context;
  let asking: Promise<unknown> = Promise.resolve();
  const ask = async (
    request: ApprovalRequest,
    signal: AbortSignal,
  ): Promise<ApprovalAnswer | undefined> => {
    if (signal.aborted) return undefined;
    const terminal = await machine.takeTerminal?.();
    if (!terminal) {
      output.say(
        `A request waits for your answer: ${request.method} ${
          shorten(urlOf(request), 200)
        }. Answer in another terminal: authsome approve, or authsome ui`,
      );
      return undefined;
    }
    try {
      return await question(terminal, request, signal);
    } finally {
      await terminal.release();
    }
  };
  return {
    name: "terminal",
    ask(request, signal) {
      const answer = asking.then(() => ask(request, signal));
      asking = answer.catch(() => {});
      return answer;
    },
  };
}

async function question(
  terminal: TakenTerminal,
  request: ApprovalRequest,
  signal: AbortSignal,
): Promise<ApprovalAnswer | undefined> {
  const code = newCode();
  const lines = [
    "authsome: the command asks to send this request. It stands still meanwhile.",
    "",
    ...requestLines(request, Date.now(), terminal.columns),
    "",
  ];
  const choices = [
    `To allow it, type one of these and Enter:`,
    `  y${code} once   t${code} ten minutes   r${code} this run   a${code} always`,
    "Or n and Enter to deny it.",
  ];
  const fits = lines.length + choices.length < terminal.rows - 1;
  const shown = fits ? [...lines, ...choices] : [
    ...lines.slice(0, Math.max(1, terminal.rows - 5)),
    "… It is longer than this screen.",
    "To allow it, answer in another terminal: authsome approve",
    "Or n and Enter to deny it.",
  ];
  let typed = "";
  let wrong = 0;
  await terminal.draw(shown, "> ");
  while (!signal.aborted) {
    const keys = await terminal.read();
    if (keys === undefined) return undefined;
    for (const key of keys) {
      if (key === CTRL_C || key === CTRL_D) return said("deny");
      if (key === "\r" || key === "\n") {
        const answer = answerOf(typed, fits ? code : undefined);
        if (answer) return answer;
        if (typed !== "" && ++wrong >= TRIES) return said("deny");
        typed = "";
        await terminal.draw(shown, "> ");
      } else if (key === BACKSPACE || key === DELETE) {
        if (typed !== "") await terminal.echo("\b \b");
        typed = typed.slice(0, -1);
      } else if (/^[ -~]$/.test(key) && typed.length < LONGEST) {
        typed += key;
        await terminal.echo(key);
      }
    }
  }
  return undefined;
}

/** What a line says; `undefined` if it is no answer. Without a `code` nothing is allowed. */
function answerOf(
  line: string,
  code: string | undefined,
): ApprovalAnswer | undefined {
  const text = line.toLowerCase().replaceAll(" ", "");
  if (text === "n" || text === "no") return said("deny");
  const scope = SCOPES[text.slice(0, 1)];
  return scope && code !== undefined && text.slice(1) === code
    ? said("allow", scope)
    : undefined;
}

function said(
  decision: ApprovalAnswer["decision"],
  scope: ApprovalScope = "once",
): ApprovalAnswer {
  return { decision, scope, by: "terminal", at: Date.now() };
}

/** Two letters that nobody can have typed before they were shown. */
function newCode(): string {
  const bytes = crypto.getRandomValues(new Uint32Array(2));
  return [...bytes].map((each) => LETTERS[each % LETTERS.length]).join("");
}
