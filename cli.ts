#!/usr/bin/env -S deno run -A --unstable-lazy-dynamic-imports
// The authsome command.
import { denoMachine } from "./lib/adapters/machine.ts";
import { main } from "./lib/cli/main.ts";

if (import.meta.main) Deno.exit(await main(Deno.args, denoMachine()));
