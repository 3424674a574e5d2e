import { loginAgain } from "../../../connection/hint.ts";
import { AuthsomeError, EXIT_CODES } from "../../../errors.ts";
import type { GitAnswer } from "../../../broker/credential/git_protocol.ts";
import { argument, defineCommand } from "../../kit/define_command.ts";
import { rfc3339 } from "../../kit/time.ts";
import {
  HELPER_FLAGS,
  helperChoice,
  type HelperFlags,
  REQUEST_LIMIT,
} from "./helper_flags.ts";

/** `credential git <get|store|erase>`: a credential helper of git (gitcredentials(7)). */
export default defineCommand<HelperFlags, [operation: string]>({
  description:
    "A credential helper of git; authsome setup git writes it into git's configuration. get reads a request from stdin and prints the user and a fresh token of the connection that serves the repository; for a host that no connection serves, or plain http, it prints nothing, and git asks its next helper. erase has a token that the host refused refreshed at its next use, and deletes nothing. store is ignored: the vault has the credential already. A user in the URL chooses the connection of that account, or of that name. In authsome run, get gives the placeholder.",
  examples: [
    ["authsome setup git", "let git ask authsome"],
    [
      "authsome credential git get <request.txt",
      "what git is told",
    ],
    [
      "authsome credential git get --connection github=work <request.txt",
      "as another account",
    ],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [argument("get, store or erase", "operation")],
    },
    flags: HELPER_FLAGS,
  },

  async run(context, flags, operation) {
    const { output, machine } = context;
    // What a helper does not know, it ignores (gitcredentials(7)).
    if (operation !== "get" && operation !== "erase") {
      if (output.asJson) output.json({});
      return;
    }
    const choice = helperChoice(flags);
    const [protocol, { gitCredential, refuseGitCredential }] = await Promise
      .all([
        import("../../../broker/credential/git_protocol.ts"),
        import("../../../broker/credential/git_credential.ts"),
      ]);
    const request = protocol.readGitRequest(
      await machine.terminal.readAll(REQUEST_LIMIT),
    );
    // Nothing is opened, nor a home made, for what is never answered.
    if (request.protocol !== "https" || request.host === undefined) {
      if (output.asJson) output.json(shown());
      return;
    }
    const broker = await context.broker();
    const warn = (message: string) => output.warn(message);
    if (operation === "erase") {
      const refused = await refuseGitCredential(broker, request, {
        ...{ choice, warn },
      });
      if (output.asJson) {
        return output.json({
          provider: refused?.connection.provider ?? null,
          connection_name: refused?.connection.name ?? null,
          refreshed_next: refused?.isRefreshed ?? false,
        });
      }
      if (refused && !refused.isRefreshed) {
        const { connection } = refused;
        output.warn(
          `${request.host} refused the credential of ${connection.provider}/${connection.name}. Do: ${
            loginAgain(connection)
          }`,
        );
      }
      return;
    }
    try {
      const answer = await gitCredential(broker, request, { choice, warn });
      if (output.asJson) output.json(shown(answer));
      else if (answer) output.raw(protocol.gitAnswerLines(answer));
    } catch (error) {
      // Git would ask for a password that nobody has.
      if (
        !output.asJson && error instanceof AuthsomeError &&
        EXIT_CODES[error.code] === EXIT_CODES.CredentialExpired
      ) output.raw("quit=1\n");
      throw error;
    }
  },
});

/** The answer as `--json` has it, which git does not ask for. */
function shown(answer?: GitAnswer): Record<string, unknown> {
  const { username = null, password = null, expiresAt } = answer ?? {};
  return {
    username,
    password,
    expires_at: expiresAt === undefined ? null : rfc3339(expiresAt * 1000),
  };
}
