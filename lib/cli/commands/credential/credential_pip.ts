import { AuthsomeError } from "../../../errors.ts";
import { defineCommand, option } from "../../kit/define_command.ts";
import {
  HELPER_FLAGS,
  helperChoice,
  type HelperFlags,
} from "./helper_flags.ts";

interface Flags extends HelperFlags {
  mode?: string;
}

/** Of keyring; all but the first are left to another keyring. */
const OPERATIONS: readonly string[] = ["get", "set", "del", "diagnose"];

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
    if (words.length > 3 || !OPERATIONS.includes(words[0]!)) {
      throw new AuthsomeError(
        "Usage",
        "Cannot answer as a keyring: it is asked for something else than keyring does",
        "authsome credential pip get <service> <username>",
      );
    }
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
    if (answer === undefined && !output.asJson) context.exitCode = 1;
    const { username = null, password = null } = answer ?? {};
    if (output.asJson) output.json({ username, password });
    else if (answer) {
      const user = mode === "creds" ? `${username}\n` : "";
      output.raw(`${user}${password}\n`);
    }
  },
});
