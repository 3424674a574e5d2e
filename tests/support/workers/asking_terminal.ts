/**
 * Runs a command as `run` does and asks on its terminal: `asking_terminal <folder> <command…>`. It asks once `<folder>/ask`
 * is there, for as long as that is, and writes the answer to `<folder>/answer`.
 */
import { ApprovalSettled } from "../../../lib/approval/channel.ts";
import { terminalChannel } from "../../../lib/cli/commands/approve/terminal_channel.ts";
import { Output } from "../../../lib/cli/kit/output.ts";
import { commandLineMachine } from "../../../lib/host/command_line_machine.ts";
import { runCommand } from "../../../lib/host/run/child_process.ts";
import { requestAt } from "../../approval/scene.ts";

const [folder, ...command] = Deno.args;
const machine = commandLineMachine();
const output = new Output(machine.terminal, {
  ...{ json: false, quiet: false },
  colour: { stdout: false, stderr: false },
});
const channel = terminalChannel({ machine, output });
const isThere = (name: string) => {
  try {
    return Deno.statSync(`${folder}/${name}`).isFile;
  } catch {
    return false;
  }
};
Deno.writeTextFileSync(`${folder}/pid`, String(Deno.pid));
const settled = new AbortController();
const asking = setInterval(async () => {
  if (!isThere("ask")) return;
  clearInterval(asking);
  const over = setInterval(() => {
    if (!isThere("ask")) settled.abort(new ApprovalSettled());
  }, 50);
  const asked = JSON.parse(Deno.readTextFileSync(`${folder}/ask`));
  const request = { ...requestAt(Date.now()), ...asked };
  const answer = await channel.ask(request, settled.signal);
  clearInterval(over);
  Deno.writeTextFileSync(`${folder}/answer`, JSON.stringify(answer ?? null));
}, 50);
Deno.exit(await runCommand(command, Deno.env.toObject()));
