import { updateConfig } from "../../config.ts";
import { profileNotFound } from "../../connection/profile.ts";
import { AuthsomeError } from "../../errors.ts";
import { argument, defineCommand, toggle } from "../command.ts";
import { table } from "../table.ts";

const PROFILE = {
  kind: "tuple",
  parameters: [argument("Name of the profile", "profile", "profile")],
} as const;

/** `profile list`. */
export const list = defineCommand<Record<never, never>>({
  examples: [["authsome profile list", "all of them; * is in use"]],
  parameters: {},

  async run(context) {
    const { output } = context;
    const broker = await context.broker();
    const profiles = (await broker.profiles.list()).map((name) => ({
      name,
      in_use: name === broker.profile,
      is_default: name === broker.config.defaultProfile,
    }));
    if (output.asJson) output.json({ profiles });
    else {
      output.styled(
        table(
          profiles.map(({ name, in_use }) => [in_use ? "*" : " ", name]),
          Infinity,
        ),
      );
    }
  },
});

/** `profile create <name>`. */
export const create = defineCommand<Record<never, never>, [profile: string]>({
  description: "Connections of one profile cannot be seen from another.",
  examples: [["authsome profile create work", "a new, empty profile"]],
  parameters: { positional: PROFILE },

  async run(context, _flags, name) {
    const { output } = context;
    const broker = await context.broker();
    const created = await broker.profiles.create(name);
    if (output.asJson) output.json({ profile: name, created });
    else {
      output.say(
        created
          ? `Made profile "${name}". Use it: authsome profile use "${name}"`
          : `Profile "${name}" was there already.`,
      );
    }
  },
});

/** `profile use <name>`. */
export const use = defineCommand<Record<never, never>, [profile: string]>({
  description:
    "Sets default_profile in config.json. --profile and AUTHSOME_PROFILE go before it.",
  examples: [["authsome profile use work", "from now on"]],
  parameters: { positional: PROFILE },

  async run(context, _flags, name) {
    const { output } = context;
    const broker = await context.broker();
    if (!await broker.profiles.exists(name)) throw profileNotFound(name);
    await updateConfig(broker.runtime.configFile, { defaultProfile: name });
    if (output.asJson) output.json({ default_profile: name });
    else output.say(`Profile "${name}" is used from now on.`);
    if (broker.env.get("AUTHSOME_PROFILE")) {
      output.warn("AUTHSOME_PROFILE is set and goes before it.");
    }
  },
});

/** `profile delete <name>`. */
export const remove = defineCommand<{ yes?: boolean }, [profile: string]>({
  description: "Deletes the profile with every connection and client in it.",
  examples: [["authsome profile delete work --yes", "without a question"]],
  parameters: {
    positional: PROFILE,
    flags: { yes: toggle("Do not ask") },
  },

  async run(context, flags, name) {
    const { output } = context;
    const broker = await context.broker();
    if (name !== "default") {
      if (!await broker.profiles.exists(name)) throw profileNotFound(name);
      if (
        !flags.yes &&
        !await context.confirm(
          `Delete profile "${name}" and everything in it?`,
          "--yes",
        )
      ) {
        throw new AuthsomeError("InputCancelled", "Nothing was deleted");
      }
    }
    await broker.profiles.delete(name);
    if (broker.config.defaultProfile === name) {
      await updateConfig(broker.runtime.configFile, {
        defaultProfile: "default",
      });
    }
    if (output.asJson) output.json({ profile: name, deleted: true });
    else output.say(`Deleted profile "${name}".`);
  },
});
