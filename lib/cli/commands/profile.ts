import type { Broker } from "../../broker/broker.ts";
import { readConfig, updateConfig } from "../../config.ts";
import { boundFolder } from "../../connection/folder.ts";
import { quoteWord } from "../../connection/hint.ts";
import { profileNotFound } from "../../connection/profiles.ts";
import { AuthsomeError } from "../../errors.ts";
import {
  argument,
  defineCommand,
  optionalArgument,
  toggle,
} from "../kit/define_command.ts";
import { table } from "../kit/table.ts";

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
          context.width,
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
          ? `Made profile "${name}". Use it: authsome profile use ${
            quoteWord(name)
          }`
          : `Profile "${name}" was there already.`,
      );
    }
  },
});

/** `profile use <name>`. */
export const use = defineCommand<Record<never, never>, [profile: string]>({
  description:
    "Sets default_profile in config.json. --profile and AUTHSOME_PROFILE take precedence.",
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
      output.warn("AUTHSOME_PROFILE is set and takes precedence.");
    }
  },
});

/** `profile delete <name>`. */
export const remove = defineCommand<{ yes?: boolean }, [profile: string]>({
  description: "Deletes the profile with every connection and client in it.",
  examples: [["authsome profile delete work --yes", "without asking"]],
  parameters: {
    positional: PROFILE,
    flags: { yes: toggle("Do not ask for confirmation") },
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
    await rebind(broker, name, undefined);
    if (output.asJson) output.json({ profile: name, deleted: true });
    else output.say(`Deleted profile "${name}".`);
  },
});

/** `profile rename <from> <to>`. */
export const rename = defineCommand<
  Record<never, never>,
  [from: string, to: string]
>({
  description:
    "Everything in the profile moves with it; folders that are bound to it stay bound.",
  examples: [["authsome profile rename work acme", "it is now called acme"]],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        argument("Name of the profile", "profile", "profile"),
        argument("Its new name", "new name"),
      ],
    },
  },

  async run(context, _flags, from, to) {
    const { output } = context;
    const broker = await context.broker();
    await broker.profiles.rename(from, to);
    if (broker.config.defaultProfile === from) {
      await updateConfig(broker.runtime.configFile, { defaultProfile: to });
    }
    await rebind(broker, from, to);
    if (output.asJson) output.json({ profile: to, renamed_from: from });
    else output.say(`Profile "${from}" is now "${to}".`);
  },
});

/** `profile bind [profile]`. */
export const bind = defineCommand<{ remove?: boolean }, [profile?: string]>({
  description:
    "Uses the profile whenever authsome runs in this folder or below it. The binding is stored in config.json in the home. --profile and AUTHSOME_PROFILE take precedence; if several folders are bound, the nearest one applies.",
  examples: [
    ["authsome profile bind work", "in this folder and below"],
    ["authsome profile bind --remove", "remove the binding"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        optionalArgument("Name of the profile", "profile", "profile"),
      ],
    },
    flags: { remove: toggle("Remove the binding of this folder") },
  },

  async run(context, { remove }, name) {
    const { output } = context;
    if ((name === undefined) === !remove) {
      throw new AuthsomeError(
        "Usage",
        remove
          ? "Cannot use --remove with a profile"
          : 'Missing <profile> for "profile bind"',
        "authsome profile bind <profile>, or authsome profile bind --remove",
      );
    }
    const broker = await context.broker();
    const { runtime } = broker;
    const here = runtime.workingFolder?.();
    if (here === undefined) {
      throw new AuthsomeError(
        "OperationNotAllowed",
        "Cannot bind a profile: this build has no working folder",
      );
    }
    const { folders = {} } = await readConfig(runtime.configFile);
    if (name === undefined) {
      const folder = boundFolder(folders, here);
      if (folder !== here) {
        throw new AuthsomeError(
          "OperationNotAllowed",
          `Cannot take the choice back: none was made for "${here}"`,
          folder === undefined ? "" : `It was made for: ${folder}`,
        );
      }
      const { [here]: _gone, ...rest } = folders;
      await updateConfig(runtime.configFile, { folders: rest });
    } else {
      if (!await broker.profiles.exists(name)) throw profileNotFound(name);
      await updateConfig(runtime.configFile, {
        folders: { ...folders, [here]: name },
      });
    }
    if (output.asJson) output.json({ folder: here, profile: name ?? null });
    else {
      output.say(
        name === undefined
          ? `No profile is bound to "${here}" any more.`
          : `Profile "${name}" is used in "${here}" and below.`,
      );
    }
  },
});

/** Follows a profile that was renamed or, without `to`, deleted. */
async function rebind(
  broker: Broker,
  from: string,
  to: string | undefined,
): Promise<void> {
  const { folders } = await readConfig(broker.runtime.configFile);
  if (!folders || !Object.values(folders).includes(from)) return;
  await updateConfig(broker.runtime.configFile, {
    folders: Object.fromEntries(
      Object.entries(folders).flatMap(([folder, profile]) =>
        profile !== from
          ? [[folder, profile]]
          : to === undefined
          ? []
          : [[folder, to]]
      ),
    ),
  });
}
