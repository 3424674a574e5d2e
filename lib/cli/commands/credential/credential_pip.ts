import { defineCommand, option } from "../../kit/define_command.ts";
import {
  HELPER_FLAGS,
  helperChoice,
  type HelperFlags,
} from "./helper_flags.ts";

interface Flags extends HelperFlags {
  mode?: string;
}

/** `credential pip get <service> [username]`: what a program named `keyring` does for pip and uv. */
export default defineCommand<Flags, string[]>({
  description:
    "Answers as the program keyring does, which pip and uv ask for the password of an index; authsome setup pip puts one of that name into your PATH. It prints the password of the connection that serves the index, and with --mode creds the user before it. For an index that no connection serves it prints nothing and exits with 1, and the keyring that was there before is asked. In authsome run it prints the placeholder.",
  examples: [
    ["authsome setup pip", "let pip and uv ask authsome"],
    [
      "authsome credential pip get https://upload.pypi.org/legacy/ __token__",
      "what they are told",
    ],
  ],
  parameters: {
    positional: {
      kind: "array",
      parameter: {
        brief: "get, the URL or the host of an index, and its user",
        placeholder: "word",
      },
    },
    flags: {
      ...HELPER_FLAGS,
      mode: option("password, or creds for the user too", "mode"),
    },
  },

  async run(context, { mode, ...flags }, ...words) {
    const { output } = context;
    const choice = helperChoice(flags);
    const [{ readKeyringWords }, { keyringAnswer }] = await Promise.all([
      import("../../../broker/credential/registry/keyring_words.ts"),
      import("../../../broker/credential/registry/registry_credential.ts"),
    ]);
    const request = readKeyringWords(words, mode);
    const answer = request && await keyringAnswer(
      () => context.broker(),
      request,
      { choice, warn: (message) => output.warn(message) },
    );
    if (answer === undefined) context.exitCode = 1;
    else output.raw(answer);
  },
});
