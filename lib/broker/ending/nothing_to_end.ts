/** The error of a command that ends a connection which is not there. @module */
import { connectionOption } from "../../connection/hint.ts";
import { AuthsomeError } from "../../errors.ts";
import type { Broker } from "../broker.ts";

/** `ConnectionNotFound` with the connections that there are, for `logout` and `revoke`. */
export async function nothingToEnd(
  { connections }: Pick<Broker, "connections">,
  command: "logout" | "revoke",
  provider: string,
  name: string,
): Promise<AuthsomeError> {
  const names = (await connections.names(provider)).map(({ name }) => name);
  return new AuthsomeError(
    "ConnectionNotFound",
    `Cannot find connection ${provider}/${name}`,
    names.length === 0
      ? `There is nothing to ${command}: ${provider} is not connected. What is: authsome list --connected`
      : `Connected: ${
        names.map((each) =>
          `authsome ${command} ${provider}${connectionOption(each)}`
        ).join(", ")
      }`,
    { subject: { provider, connection: name } },
  );
}
