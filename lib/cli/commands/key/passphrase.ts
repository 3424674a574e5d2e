/** `key passphrase`, `key unlock`, `key lock`: of a vault whose key a passphrase seals. @module */
import type { Broker } from "../../../broker/broker.ts";
import { AuthsomeError } from "../../../errors.ts";
import type { PassphraseKeyring } from "../../../ports/store.ts";
import { defineCommand } from "../../kit/define_command.ts";

const UNITS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
};
const MAX_SECONDS = 30 * 86_400;
const DEFAULT_SECONDS = 8 * 3600;

/** `key passphrase`: sets another passphrase. */
export const passphrase = defineCommand<Record<never, never>>({
  description:
    "Asks for the passphrase and twice for the new one. Without a terminal they come from AUTHSOME_PASSPHRASE and AUTHSOME_NEW_PASSPHRASE, or from the files that AUTHSOME_PASSPHRASE_FILE and AUTHSOME_NEW_PASSPHRASE_FILE name.",
  examples: [["authsome key passphrase", "choose another passphrase"]],
  parameters: {},

  async run(context) {
    const { output } = context;
    await (await sealedKey(await context.broker())).change();
    if (output.asJson) output.json({ changed: true });
    else output.say("The vault has a new passphrase. Its key is the same.");
  },
});

/** `key unlock`: nobody is asked for a time. */
export const unlock = defineCommand<{ for?: number }>({
  description:
    "Keeps the key in the kernel's session keyring (Linux, with the program keyctl): on no disk, unreadable from other login sessions, and gone with the session. Programs of this session can read it until then. Elsewhere the passphrase is asked for by each command.",
  examples: [
    ["authsome key unlock", "nobody is asked for 8 hours"],
    ["authsome key unlock --for 30m", "nor for half an hour"],
  ],
  parameters: {
    flags: {
      for: {
        kind: "parsed",
        parse: secondsOf,
        brief: "How long: 45s, 30m, 8h, 2d (default 8h, at most 30d)",
        placeholder: "time",
      },
    },
  },

  async run(context, { for: seconds = DEFAULT_SECONDS }) {
    const { output } = context;
    const broker = await context.broker();
    await (await sealedKey(broker)).unlock(seconds);
    const until = new Date(broker.clock.now() + seconds * 1000).toISOString();
    if (output.asJson) output.json({ unlocked_until: until });
    else output.say(`The vault is unlocked in this session until ${until}.`);
  },
});

/** `key lock`: ends what `key unlock` began. */
export const lock = defineCommand<Record<never, never>>({
  examples: [["authsome key lock", "ask for the passphrase again"]],
  parameters: {},

  async run(context) {
    const { output } = context;
    const broker = await context.broker();
    const locked = await (await sealedKey(broker)).lock();
    await broker.forgetReadings();
    if (output.asJson) output.json({ was_unlocked: locked });
    else {
      output.say(
        locked
          ? "The vault is locked; the passphrase is asked for again."
          : "The vault was not unlocked in this session.",
      );
    }
  },
});

async function sealedKey(broker: Broker): Promise<PassphraseKeyring> {
  const { mode } = broker.encryption;
  if (mode !== "passphrase" || !broker.runtime.passphraseKeyring) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      `Cannot ask for a passphrase: the key of this home is in mode ${mode}`,
      "authsome key status",
    );
  }
  return await broker.runtime.passphraseKeyring();
}

function secondsOf(text: string): number {
  const [, number, unit] = /^(\d{1,7})([smhd])$/.exec(text) ?? [];
  const seconds = Number(number) * (UNITS[unit ?? ""] ?? NaN);
  if (!(seconds >= 1 && seconds <= MAX_SECONDS)) {
    throw new RangeError("it is not a time from 1s to 30d, such as 30m or 8h");
  }
  return seconds;
}
