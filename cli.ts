#!/usr/bin/env -S deno run -A --unstable-lazy-dynamic-imports
// The authsome command.
import {
  commandLineMachine,
  loadBroker,
  openRuntime,
} from "./lib/host/wiring.ts";
import { main } from "./lib/cli/main.ts";

if (import.meta.main) {
  // A single file is also what it starts inside a sandbox; see `lib/host/sandbox/sandbox_bubblewrap.ts`.
  if (Deno.args[0] === "__sandbox-network") {
    const network = await import("./lib/host/sandbox/sandbox_network.ts");
    await network.serveSandboxNetwork();
    Deno.exit(0);
  }
  if ([Deno.env.get("DENO_CERT"), Deno.env.get("SSL_CERT_FILE")].includes("")) {
    const { startAgain } = await import("./lib/host/run/restart.ts");
    const ended = await startAgain(Deno.args);
    if (ended !== undefined) Deno.exit(ended);
  }
  Deno.exit(
    await main(Deno.args, commandLineMachine(), openRuntime, loadBroker),
  );
}
