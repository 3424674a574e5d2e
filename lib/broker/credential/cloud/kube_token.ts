/** The token of a cluster, for kubectl and whatever else reads a kubeconfig. @module */
import { AuthsomeError } from "../../../errors.ts";
import type { Broker } from "../../broker.ts";
import { execCredential, readExecInfo } from "./exec_credential.ts";
import { placeOfUrl } from "../place_of_url.ts";
import { serverCredential } from "../server_credential.ts";
import { type HelperChoice, HelperConnections } from "../served.ts";

/**
 * The answer of a credential plugin. A token goes to the cluster that its connection names, and to no other.
 *
 * @param info `KUBERNETES_EXEC_INFO`.
 * @throws {AuthsomeError} `Usage` if kubectl does not say for which cluster; `ConnectionNotFound` if no connection
 * serves it; what {@linkcode serverCredential} throws.
 */
export async function kubeToken(
  broker: () => Promise<Broker>,
  info: string | undefined,
  { choice, warn }: { choice: HelperChoice; warn(message: string): void },
): Promise<string> {
  const request = readExecInfo(info);
  const { server } = request;
  if (server === undefined) {
    throw new AuthsomeError(
      "Usage",
      "Cannot tell for which cluster: kubectl does not name it",
      'Write "provideClusterInfo: true" to the user of the kubeconfig: authsome setup kubectl',
      { subject: { field: "provideClusterInfo" } },
    );
  }
  // Nothing is opened for what is never answered.
  const place = placeOfUrl(server);
  const opened = place && await broker();
  const served = opened &&
    await new HelperConnections(opened, { choice, warn }).at(place);
  if (!opened || !served) {
    throw new AuthsomeError(
      "ConnectionNotFound",
      place
        ? `Cannot get a token for the cluster: no connection serves ${place.host}:${place.port}`
        : "Cannot get a token for the cluster: its address is not one of https",
      place
        ? `authsome login kubernetes --base-url https://${place.host}:${place.port}`
        : "See the address in the kubeconfig: kubectl config view",
      { subject: { provider: "kubernetes" } },
    );
  }
  return execCredential(
    request,
    await serverCredential(opened, served, "kubectl", place!),
  );
}
