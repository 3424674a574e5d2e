/** The command line on Node. @module */
import { main } from "../../cli/main.ts";
import { denoMachine } from "../machine.ts";

silenceSqlite();
main(Deno.args, denoMachine()).then(Deno.exit);

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
