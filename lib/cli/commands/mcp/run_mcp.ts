/** What `mcp` does: a bridge between stdin, stdout and a remote server. @module */
import { openServer } from "../../../broker/mcp/open_server.ts";
import { serveClient } from "../../../mcp/bridge.ts";
import { toolFilter } from "../../../mcp/tool_filter.ts";
import { defined } from "../../../object.ts";
import { EXIT_CODES } from "../../../errors.ts";
import type { CliContext } from "../../kit/command_context.ts";
import type { McpFlags } from "./mcp_flags.ts";

/** Serves until the end of stdin (exit 0), or until it is interrupted (exit 130). */
export async function runMcp(
  context: CliContext,
  target: string,
  { connection, allowTool, denyTool }: McpFlags,
): Promise<void> {
  const { machine, output } = context;
  const { terminal } = machine;
  // stdout is the client's, and so is the time.
  context.leavesTerminal = true;
  const interrupted = machine.interrupted();
  const over = new AbortController();
  const signal = AbortSignal.any([interrupted, over.signal]);
  const server = await openServer(await context.broker(), {
    target,
    ...defined({ connection }),
    say: (message) => output.say(message),
    tell: (message) => output.ask(`${message}\n`),
    warn: (message) => output.warn(message),
    signal,
  });
  if (terminal.stdinIsTTY) {
    output.say(
      "This is an MCP server: it reads JSON-RPC from stdin. To add it to an agent: authsome mcp install --help",
    );
  }
  try {
    await serveClient({
      server,
      input: terminal.input(),
      write: (text) => terminal.send(text),
      allows: toolFilter(allowTool, denyTool),
      say: (text) => output.say(text),
      sleep: (milliseconds, signal) => machine.sleep(milliseconds, signal),
      now: () => Date.now(),
      signal,
    });
  } finally {
    over.abort();
  }
  if (interrupted.aborted) context.exitCode = EXIT_CODES.Interrupted;
}
