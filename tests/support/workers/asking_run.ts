/**
 * A run that asks about one request: `asking_run <JSON>` with `request`, members of it; `seconds` to wait; `command`, which
 * is started as the command of the run; `env`, added to its environment. Prints the id, what the command prints, and
 * `answer <JSON>`.
 */
import { approverFor } from "../../../lib/broker/approval/approver_for.ts";
import { Broker } from "../../../lib/broker/broker.ts";
import { openRuntime } from "../../../lib/host/wiring.ts";

const { request, seconds = 60, command, env = {} } = JSON.parse(Deno.args[0]!);
await using broker = await Broker.open(
  await openRuntime({ warn: (message) => console.error(message) }),
);
const approver = await approverFor(broker, { id: "0123456789abcdef" });
const now = broker.clock.now();
const id = crypto.randomUUID().replaceAll("-", "").slice(0, 22);
const asking = approver.ask({
  ...{ id, run: "0123456789abcdef", at: now, expires: now + seconds * 1000 },
  ...{ rule: "ask-writes", profile: "default", provider: "github" },
  ...{ connection: "default", program: "agent", folder: Deno.cwd() },
  ...{ method: "POST", host: "api.github.com", path: "/repos/kay/a/issues" },
  digest: "ab".repeat(32),
  subject: "cd".repeat(32),
  operations: [{ name: "POST", reads: false }],
  body: { size: 12, sha256: "cd".repeat(32), type: "application/json" },
  ...request,
});
console.log(`id ${request?.id ?? id}`);
if (command) {
  const { stdout, stderr, code } = await new Deno.Command(command[0], {
    args: command.slice(1),
    env: {
      ID: request?.id ?? id,
      AUTHSOME_PROXY_MODE: "true",
      HTTPS_PROXY: "http://authsome:secret@127.0.0.1:9",
      ...env,
    },
    stdin: "null",
  }).output();
  console.log(`code ${code}`);
  console.log(new TextDecoder().decode(stdout));
  console.log(new TextDecoder().decode(stderr));
}
console.log(`answer ${JSON.stringify(await asking ?? null)}`);
