/** The repository that the working folder came from. @module */

/** Owner and name of the repository at `host`, by the URL of a remote; `undefined` if it is elsewhere, or none. */
export function repositoryAt(
  host: string,
  remote: string | undefined,
): string | undefined {
  if (remote === undefined) return undefined;
  const [, scpHost, scpPath] =
    /^(?:[^@/:\s]+@)?([^@/:\s]+):(?!\/\/)([^\s]+)$/.exec(remote) ?? [];
  const url = scpHost === undefined && URL.canParse(remote)
    ? new URL(remote)
    : undefined;
  if (url && !/^(?:https?|ssh|git):$/.test(url.protocol)) return undefined;
  const at = scpHost ?? url?.hostname;
  const path = scpPath ?? url?.pathname ?? "";
  // ssh.github.com answers on port 443.
  const same = at?.toLowerCase().replace(/^ssh\.(?=github\.com$)/, "") ===
    host.toLowerCase();
  const [, found] =
    /^\/?([A-Za-z0-9_-]+\/[A-Za-z0-9._-]+?)(?:\.git)?\/?$/.exec(path) ?? [];
  return same ? found : undefined;
}
