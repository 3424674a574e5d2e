/** The command line on Node. @module */
import { main } from "../../cli/main.ts";
import { commandLineMachine, loadBroker, openRuntime } from "../wiring.ts";

silenceSqlite();
start().then(Deno.exit);

async function start(): Promise<number> {
  // What this program starts inside a sandbox; see `sandbox_linux.ts`.
  if (Deno.args[0] === "__sandbox-network") {
    const network = await import("../sandbox/sandbox_network.ts");
    await network.serveSandboxNetwork();
    return 0;
  }
  return await main(Deno.args, commandLineMachine(), openRuntime, loadBroker);
}

/** Node calls `node:sqlite` experimental, once a process, on stderr; what it is used for here is under test. */
function silenceSqlite(): void {
  const emit = process.emitWarning;
  process.emitWarning = (
    warning: string | Error,
    ...rest: unknown[]
  ): void => {
    if (rest[0] === "ExperimentalWarning" && /SQLite/.test(String(warning))) {
      return;
    }
    (emit as (...args: unknown[]) => void).call(process, warning, ...rest);
  };
}
