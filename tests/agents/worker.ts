/**
 * The process that turns are taken in, in a network that has nothing but loopback. Its argument is a {@linkcode Job}, its
 * output an {@linkcode Outcome}, both in JSON.
 *
 * @module
 */
import { type Job, takeTurn } from "./take_turn.ts";

const job: Job = JSON.parse(Deno.args[0]!);
console.log(JSON.stringify(await takeTurn(job)));
