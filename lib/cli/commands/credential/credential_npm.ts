import { defineCommand, option, toggle } from "../../kit/define_command.ts";
import {
  expiry,
  HELPER_FLAGS,
  helperChoice,
  type HelperFlags,
} from "./helper_flags.ts";

interface Flags extends HelperFlags {
  registry?: string;
  header?: boolean;
}

/** `credential npm`: the token of a registry of npm packages. */
export default defineCommand<Flags>({
  description:
    "Prints the token of the connection that serves a registry of npm packages. pnpm 11 asks a program for it: authsome setup npm writes that into its configuration. npm itself asks none: give it the token in a variable that a .npmrc names, or use authsome run. In authsome run it prints the placeholder.",
  examples: [
    ['NPM_TOKEN="$(authsome credential npm)" npm publish', "for one command"],
    [
      "authsome credential npm --registry https://npm.example.com/",
      "of another registry",
    ],
  ],
  parameters: {
    flags: {
      ...HELPER_FLAGS,
      registry: option(
        "Address of the registry (default https://registry.npmjs.org/)",
        "url",
      ),
      header: toggle("Print what stands behind Authorization: instead"),
    },
  },

  async run(context, flags) {
    const choice = helperChoice(flags);
    const { NPM_REGISTRY, npmCredential } = await import(
      "../../../broker/credential/registry/registry_credential.ts"
    );
    const { authorization, token, expiresAt } = await npmCredential(
      () => context.broker(),
      flags.registry ?? NPM_REGISTRY,
      { choice, warn: (message) => context.output.warn(message) },
    );
    const { output } = context;
    if (output.asJson) {
      output.json({ token, authorization, ...expiry(expiresAt) });
    } else output.raw(`${flags.header ? authorization : token}\n`);
  },
});
