/** What the commands for phones and webhooks do. @module */
import { phonePage } from "../../../approval/remote/page/phone_page.ts";
import type { WebhookFormat } from "../../../approval/remote/webhook_message.ts";
import {
  pairedDevices,
  pairPhone,
  removeWebhook,
  setWebhook,
  unpairPhone,
} from "../../../broker/approval/manage_phones.ts";
import { remoteSettings } from "../../../broker/approval/remote_channels.ts";
import { AuthsomeError } from "../../../errors.ts";
import { defined } from "../../../object.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { table } from "../../kit/table.ts";

/** `approve pair`. */
export async function runPair(
  context: CliContext,
  name: string,
  force: boolean,
): Promise<void> {
  const { output, machine } = context;
  const broker = await context.broker();
  const settings = remoteSettings(broker);
  // What is piped is kept somewhere.
  if (!machine.terminal.stderrIsTTY) {
    throw new AuthsomeError(
      "Usage",
      "Cannot pair a phone: there is no terminal to show the code on",
      "Run it at a terminal: authsome approve pair",
    );
  }
  const { code, topic } = await pairPhone(
    broker,
    settings,
    name,
    await machineName(context),
    force,
  );
  const { page, ntfy } = settings;
  const shown = page === undefined ? code : `${page}#${code}`;
  const { renderUnicodeCompact } = await import("uqr");
  output.ask(`${renderUnicodeCompact(shown)}\n`);
  output.ask(
    page === undefined
      ? `Paste this code into the page of authsome approve page, on the phone:\n${shown}\n`
      : `Scan it, or open on the phone:\n${shown}\n`,
  );
  output.ask("Who has it can answer for you. It is not shown again.\n");
  if (ntfy) {
    output.say(
      `To be rung, subscribe in the ntfy app to the topic ${topic} of ${
        new URL(ntfy.server).host
      }`,
    );
  }
  if (output.asJson) output.json(defined({ name, topic: ntfy && topic }));
}

/** `approve unpair`. */
export async function runUnpair(
  context: CliContext,
  name: string,
): Promise<void> {
  const { output } = context;
  await unpairPhone(await context.broker(), name);
  if (output.asJson) output.json({ name, removed: true });
  else output.say(`Removed phone ${name}`);
}

/** `approve devices`. */
export async function runDevices(context: CliContext): Promise<void> {
  const { output } = context;
  const { phones, webhook } = await pairedDevices(await context.broker());
  if (output.asJson) {
    return output.json({
      phones: phones.map(({ name, pairedAt }) =>
        pairedAt === undefined
          ? { name, damaged: true }
          : { name, paired_at: timeOf(pairedAt) }
      ),
      ...webhook && {
        webhook: {
          format: webhook.format,
          reference: webhook.isReference,
          created_at: timeOf(webhook.createdAt),
        },
      },
    });
  }
  const rows = [
    ...phones.map(({ name, pairedAt }) => [
      "phone",
      name,
      pairedAt === undefined
        ? `damaged; authsome approve unpair ${name}`
        : `paired ${timeOf(pairedAt)}`,
    ]),
    ...webhook
      ? [["webhook", webhook.format, `since ${timeOf(webhook.createdAt)}`]]
      : [],
  ];
  if (rows.length > 0) output.data(table(rows, context.width));
  else output.say("No phone is paired; authsome approve pair");
}

/** `approve page`. */
export async function runPage(context: CliContext): Promise<void> {
  const { output } = context;
  const html = await phonePage(remoteSettings(await context.broker()));
  if (output.asJson) output.json({ html });
  else output.raw(html);
}

/** `approve webhook`. */
export async function runWebhook(
  context: CliContext,
  { format = "generic", from, stdin = false, remove = false }: {
    format?: WebhookFormat;
    from?: string;
    stdin?: boolean;
    remove?: boolean;
  },
): Promise<void> {
  const { output } = context;
  if ([from !== undefined, stdin, remove].filter((each) => each).length > 1) {
    throw usage(
      "--from, --stdin and --remove do not go together",
      "authsome approve webhook --help",
    );
  }
  const broker = await context.broker();
  if (remove) {
    await removeWebhook(broker);
    if (output.asJson) output.json({ removed: true });
    else output.say("Removed the webhook");
    return;
  }
  const secret = await setWebhook(
    broker,
    format,
    from === undefined
      ? { url: await askAddress(context, stdin) }
      : { reference: from },
  );
  if (output.asJson) {
    return output.json({
      format,
      ...format === "generic" && { secret },
    });
  }
  output.say(`Requests are posted to a webhook (${format})`);
  if (format !== "generic") return;
  output.say("The secret of its signatures, for the receiver:");
  output.data(secret);
}

async function askAddress(
  context: CliContext,
  stdin: boolean,
): Promise<string> {
  if (stdin) return (await context.machine.terminal.readLine() ?? "").trim();
  if (!context.canAsk) {
    throw usage(
      "there is no terminal to ask on",
      "Give the address with --stdin or --from",
    );
  }
  return (await (await context.questions()).masked("Address of the webhook"))
    .trim();
}

function usage(problem: string, hint: string): AuthsomeError {
  return new AuthsomeError("Usage", `Cannot set the webhook: ${problem}`, hint);
}

/** How the phone calls this machine. */
async function machineName(context: CliContext): Promise<string> {
  const { runtime } = await context.broker();
  return (await runtime.auditExport?.())?.hostName() ?? "authsome";
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");
}
