import { defined } from "../../../object.ts";
import { defineCommand, toggle } from "../../kit/define_command.ts";

interface Flags {
  noBrowser?: boolean;
  port?: number;
  idle?: number;
}

/** Minutes without a request after which the page ends. */
const IDLE = 30;

/** `ui`: the local page. */
export default defineCommand<Flags>({
  description:
    "Opens a page on this machine that shows your connections, the catalogue, what runs now with its requests, requests that wait for your answer, the audit log, your rules, profiles and doctor. It is served on 127.0.0.1 to one browser of yours, shows no secret, and ends with Ctrl-C or when nobody has used it for a while. A command of a run cannot open it.",
  examples: [
    ["authsome ui", "in your browser"],
    ["authsome ui --no-browser", "print its address instead"],
    ["authsome ui --idle 120", "end it after two hours without use"],
  ],
  parameters: {
    flags: {
      noBrowser: toggle("Print the address instead of opening a browser"),
      port: {
        kind: "parsed",
        parse: port,
        brief: "Port of 127.0.0.1 (default: any free one)",
        placeholder: "port",
      },
      idle: {
        kind: "parsed",
        parse: minutes,
        brief: `Minutes without use after which it ends (default ${IDLE})`,
        placeholder: "minutes",
      },
    },
  },

  async run(context, { noBrowser, port, idle = IDLE }) {
    const { output, machine } = context;
    const broker = await context.broker();
    const [{ openPage }, { listConnections }] = await Promise.all([
      import("../../../broker/page/open_page.ts"),
      import("../../kit/listing.ts"),
    ]);
    const interrupted = machine.interrupted();
    const ended = await openPage(broker, {
      browser: !noBrowser,
      idleMs: idle * 60_000,
      ...defined({
        port,
        onUrl: output.asJson
          ? (url: string) => output.json({ url })
          : undefined,
      }),
      signal: interrupted,
      say: (message) => output.say(message),
      tell: (message) => output.ask(`${message}\n`),
      listConnections,
      async *doctor() {
        const { examine } = await import("../doctor/checks.ts");
        yield* examine(context);
      },
      async testRequest(broker, { method, url, body, contentType }) {
        const { judgeGiven } = await import("../policy/run_policy_test.ts");
        const { holder, judgement } = await judgeGiven(
          context,
          broker,
          defined({ type: contentType }),
          {
            ...{ method, url },
            ...body !== undefined && { body: new TextEncoder().encode(body) },
          },
          () => {},
        );
        const { decision, rule, reason, operations, wantsBody } = judgement;
        return {
          ...{ decision, ...holder, operations: operations ?? [] },
          ...defined({ rule, reason }),
          notes: [
            ...wantsBody ? ["The body decides too."] : [],
            ...holder.provider === undefined
              ? ["No connection serves this request, so it gets no credential."]
              : [],
          ],
        };
      },
      async verifyLog(broker) {
        const [{ verifyLog }, { problemOf, soundness }] = await Promise.all([
          import("../../../broker/custody/verify_log.ts"),
          import("../log.ts"),
        ]);
        const verdict = await verifyLog(broker);
        const problem = problemOf(verdict, broker.runtime.auditFile.path);
        return problem
          ? { ok: false, message: problem.message, hint: problem.hint }
          : { ok: true, message: soundness(verdict) };
      },
    });
    if (ended === "idle") {
      output.say(`Nobody used the page for ${idle} minutes, so it ended.`);
      return;
    }
    // Its end is no failure, and a script may want to know who ended it.
    context.exitCode = 130;
  },
});

function port(text: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > 65_535) {
    throw new RangeError("it is not a port from 1 to 65535");
  }
  return value;
}

function minutes(text: string): number {
  const value = /^\d{1,4}(?:\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (value <= 0 || value > 1440) {
    throw new RangeError("it is not a number of minutes up to 1440");
  }
  return value;
}
