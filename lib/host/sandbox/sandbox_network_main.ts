/** The process of a sandbox's network, started by itself: without the command line, which takes longer to load. @module */
import { serveSandboxNetwork } from "./sandbox_network.ts";

serveSandboxNetwork().then(() => Deno.exit(0));
