/** `approve pair`, `unpair`, `devices`, `page`, `webhook`: approvals by phone and chat. @module */
import type { WebhookFormat } from "../../../approval/remote/webhook_message.ts";
import {
  argument,
  choice,
  defineCommand,
  option,
  optionalArgument,
  toggle,
} from "../../kit/define_command.ts";

/** `approve pair [name]`. */
export const pair = defineCommand<{ force?: boolean }, [name?: string]>({
  description:
    'Pairs a phone that may answer when a rule asks. A QR code and the same as a text are shown at the terminal, once: who sees them can answer for you. The way to the phone is "approval" in config.json; see docs/guides/approvals-phone.md. A command of authsome run cannot pair.',
  examples: [
    ["authsome approve pair", "a phone by the name phone"],
    ["authsome approve pair pixel --force", "again, with a new key"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [optionalArgument("Name of the phone", "name")],
    },
    flags: { force: toggle("Replace a phone of the same name") },
  },

  async run(context, { force = false }, name = "phone") {
    const { runPair } = await import("./run_pair.ts");
    await runPair(context, name, force);
  },
});

/** `approve unpair <name>`. */
export const unpair = defineCommand<Record<never, never>, [name: string]>({
  description:
    "Removes a phone. Its answers count no more, also to requests that wait now.",
  examples: [["authsome approve unpair phone", "remove it"]],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [argument("Name of the phone", "name")],
    },
  },

  async run(context, _flags, name) {
    const { runUnpair } = await import("./run_pair.ts");
    await runUnpair(context, name);
  },
});

/** `approve devices`. */
export const devices = defineCommand({
  examples: [["authsome approve devices", "phones, and the webhook"]],
  parameters: {},

  async run(context) {
    const { runDevices } = await import("./run_pair.ts");
    await runDevices(context);
  },
});

/** `approve page`. */
export const page = defineCommand({
  description:
    "Prints the page that a phone opens: one file, without a secret, that asks only the servers that config.json names. Put it on any web server of yours by https, or open it as a file. Print it again after a change of config.json or of authsome.",
  examples: [["authsome approve page > approve.html", "a file to put there"]],
  parameters: {},

  async run(context) {
    const { runPage } = await import("./run_pair.ts");
    await runPage(context);
  },
});

/** `approve webhook`. */
export const webhook = defineCommand<
  { format?: WebhookFormat; from?: string; stdin?: boolean; remove?: boolean }
>({
  description:
    "Sets the webhook that requests are posted to: sealed for each phone, so that neither the chat nor the network can read or answer them. Its address is asked for, and kept in the vault. Slack and Discord get a link to your page; others get the sealed request, signed as Standard Webhooks says.",
  usage: "[--format <format>] [--from <reference>] [--stdin] [--remove]",
  examples: [
    ["authsome approve webhook --format slack", "asks for the address"],
    [
      "authsome approve webhook --format discord --from op://Private/Discord/url",
      "from a password manager, each time",
    ],
    ["authsome approve webhook --remove", "post nothing any more"],
  ],
  parameters: {
    flags: {
      format: choice("What the webhook takes (default generic)", [
        ...["generic", "slack", "discord"] as const,
      ]),
      from: option("Where the address stays, in a manager", "reference"),
      stdin: toggle("Read the address from stdin, one line"),
      remove: toggle("Remove the webhook"),
    },
  },

  async run(context, flags) {
    const { runWebhook } = await import("./run_pair.ts");
    await runWebhook(context, flags);
  },
});
