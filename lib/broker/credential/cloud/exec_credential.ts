/**
 * What kubectl and a credential plugin say to each other (`client.authentication.k8s.io`).
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 * @module
 */
import { AuthsomeError } from "../../../errors.ts";
import { isObject, parseObject } from "../../../object.ts";

const GROUP = "client.authentication.k8s.io";
/** The versions whose answer is the same. */
const VERSIONS = [`${GROUP}/v1`, `${GROUP}/v1beta1`];

/** What kubectl asks for. */
export interface ExecInfo {
  /** The answer must have the same. */
  apiVersion: string;
  /** Address of the cluster; absent unless the kubeconfig says `provideClusterInfo: true`. */
  server?: string;
}

/**
 * Reads `KUBERNETES_EXEC_INFO`.
 *
 * @throws {AuthsomeError} `Usage` if it is not set, or not what kubectl sets.
 */
export function readExecInfo(text: string | undefined): ExecInfo {
  const info = text === undefined ? undefined : parseObject(text);
  const { apiVersion, kind, spec } = info ?? {};
  if (kind !== "ExecCredential" || typeof apiVersion !== "string") {
    throw new AuthsomeError(
      "Usage",
      text === undefined
        ? "Cannot tell for which cluster: KUBERNETES_EXEC_INFO is not set"
        : "Cannot tell for which cluster: KUBERNETES_EXEC_INFO is not an ExecCredential",
      "kubectl sets it for a plugin of the kubeconfig: authsome setup kubectl",
      { subject: { field: "KUBERNETES_EXEC_INFO" } },
    );
  }
  if (!VERSIONS.includes(apiVersion)) {
    throw new AuthsomeError(
      "Usage",
      "Cannot answer kubectl: it asks in a version of the protocol that authsome does not know",
      `Write "apiVersion: ${
        VERSIONS[0]
      }" to the user of the kubeconfig: authsome setup kubectl`,
      { subject: { field: "apiVersion" } },
    );
  }
  const cluster = isObject(spec) ? spec.cluster : undefined;
  const server = isObject(cluster) ? cluster.server : undefined;
  return {
    apiVersion,
    ...typeof server === "string" && server !== "" ? { server } : {},
  };
}

/** The answer, as one line of JSON. `expiresAt`: epoch milliseconds; without it kubectl keeps the token until it is refused. */
export function execCredential(
  { apiVersion }: ExecInfo,
  { token, expiresAt }: { token: string; expiresAt?: number },
): string {
  return JSON.stringify({
    apiVersion,
    kind: "ExecCredential",
    status: {
      token,
      ...expiresAt === undefined ? {} : {
        // Whole seconds: what is rounded up would be used for too long.
        expirationTimestamp: new Date(Math.floor(expiresAt / 1000) * 1000)
          .toISOString().replace(".000Z", "Z"),
      },
    },
  });
}
