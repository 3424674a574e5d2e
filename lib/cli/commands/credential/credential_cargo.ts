import { AuthsomeError } from "../../../errors.ts";
import { defineCommand, toggle } from "../../kit/define_command.ts";
import {
  expiry,
  HELPER_FLAGS,
  helperChoice,
  type HelperFlags,
} from "./helper_flags.ts";

interface Flags extends HelperFlags {
  cargoPlugin?: boolean;
}

/** `credential cargo`: a credential provider of Cargo. */
export default defineCommand<Flags>({
  description:
    "A credential provider of Cargo; authsome setup cargo writes it into Cargo's configuration. With --cargo-plugin, which Cargo adds, it speaks Cargo's protocol: a registry that no connection serves is left to Cargo's next provider. Without it, it prints the token of the registry in CARGO_REGISTRY_INDEX_URL, as cargo:token-from-stdout wants it. In authsome run both give the placeholder.",
  examples: [
    ["authsome setup cargo", "let Cargo ask authsome"],
    ["cargo publish", "as ever"],
  ],
  parameters: {
    flags: {
      ...HELPER_FLAGS,
      cargoPlugin: toggle("Speak Cargo's protocol on stdin and stdout"),
    },
  },

  async run(context, flags) {
    const { output, machine: { env, terminal } } = context;
    const options = {
      choice: helperChoice(flags),
      warn: (message: string) => output.warn(message),
    };
    const broker = () => context.broker();
    const { answerCargo, cargoAuthorization } = await import(
      "../../../broker/credential/registry/registry_credential.ts"
    );
    if (flags.cargoPlugin) {
      const { CARGO_HELLO, readCargoRequest } = await import(
        "../../../broker/credential/registry/cargo_protocol.ts"
      );
      output.raw(`${CARGO_HELLO}\n`);
      for (;;) {
        const line = await terminal.readLine();
        if (line === undefined) return;
        if (line.trim() === "") continue;
        const answer = await answerCargo(
          broker,
          readCargoRequest(line),
          options,
        );
        output.raw(`${answer}\n`);
      }
    }
    const index = env.get("CARGO_REGISTRY_INDEX_URL");
    if (!index) {
      throw new AuthsomeError(
        "Usage",
        "Cannot tell for which registry: CARGO_REGISTRY_INDEX_URL is not set",
        "Cargo sets it for a credential provider: authsome setup cargo",
        { subject: { field: "CARGO_REGISTRY_INDEX_URL" } },
      );
    }
    const found = await cargoAuthorization(broker, index, options);
    if (!found) {
      throw new AuthsomeError(
        "ConnectionNotFound",
        "Cannot get a token for the registry: no connection serves it",
        "See which providers you have: authsome list",
      );
    }
    const { authorization, expiresAt } = found;
    if (output.asJson) {
      output.json({ token: authorization, ...expiry(expiresAt) });
    } else output.raw(`${authorization}\n`);
  },
});
