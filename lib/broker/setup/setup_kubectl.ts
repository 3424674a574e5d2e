/** `setup kubectl`: users in the kubeconfig whose tokens authsome gives. @module */
import { AuthsomeError } from "../../errors.ts";
import type { AgentFiles } from "../../ports/agent_files.ts";
import { placeOfUrl } from "../credential/place_of_url.ts";
import { HelperConnections } from "../credential/served.ts";
import {
  type KubeConfig,
  type KubeUser,
  readKubeconfig,
  withKubeUsers,
} from "./files/kubeconfig.ts";
import { withoutMarked } from "./files/marked_lines.ts";
import type { SetupTool } from "./tool.ts";

/** The contexts of kubectl. */
export const setupKubectl: SetupTool = {
  async plan({ broker, files, command, contexts, warn }) {
    const configs = pathsOf(files).flatMap((path) => {
      const text = files.read(path);
      return text === undefined ? [] : [{
        path,
        ...readKubeconfig(withoutMarked(text, "kubectl", path), path),
      }];
    });
    const helpers = new HelperConnections(await broker(), { warn });
    const found: { path: string; name: string; user: KubeUser }[] = [];
    for (const { path, contexts: known } of configs) {
      for (const { name, cluster } of known) {
        const place = placeOfUrl(serverOf(configs, cluster) ?? "");
        const served = place && await helpers.at(place);
        if (!served) continue;
        const { provider, connection } = served.route;
        found.push({
          path,
          name,
          user: {
            context: name,
            name: `authsome-${provider}-${connection}`,
            command: [
              ...command,
              ...["credential", "kubectl", "--connection"],
              `${provider}=${connection}`,
            ],
          },
        });
      }
    }
    const chosen = choose(found, contexts, configs);
    const paths = [...new Set(chosen.map(({ path }) => path))];
    return {
      files: paths.map((path) => ({
        path,
        after: (text) =>
          withKubeUsers(
            text ?? "",
            chosen.filter((each) => each.path === path)
              .map(({ user }) => user),
            path,
          ),
      })),
      notes: [
        `Contexts whose tokens come from authsome: ${
          chosen.map(({ name }) => name).join(", ")
        }`,
      ],
    };
  },

  undo({ files }) {
    return pathsOf(files).map((path) => ({
      path,
      after: (text) => text && withoutMarked(text, "kubectl", path),
    }));
  },
};

/** The contexts that were named, or the only one of each cluster, or the current one of several. */
function choose<F extends { name: string; user: KubeUser }>(
  found: readonly F[],
  named: readonly string[],
  configs: readonly KubeConfig[],
): F[] {
  const stranger = named.find((name) =>
    !found.some((each) => each.name === name)
  );
  if (found.length === 0 || stranger !== undefined) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      stranger === undefined
        ? "Cannot set up kubectl: no context of the kubeconfig is of a cluster that a connection serves"
        : `Cannot set up kubectl for ${stranger}: no context of that name is of a cluster that a connection serves`,
      "Connect the cluster by the address that kubectl config view has: authsome login kubernetes --base-url https://…",
    );
  }
  if (named.length > 0) return found.filter(({ name }) => named.includes(name));
  const current = configs.find((each) => each.current)?.current;
  const byUser = Map.groupBy(found, ({ user }) => user.name);
  return [...byUser.values()].map((same) => {
    const one = same.length === 1
      ? same[0]
      : same.find(({ name }) => name === current);
    if (one) return one;
    throw new AuthsomeError(
      "Usage",
      `Cannot tell which context is meant: ${
        same.map(({ name }) => name).join(", ")
      } are of one cluster`,
      `Name it: authsome setup kubectl --context ${same[0]!.name}`,
    );
  });
}

/** As kubectl merges them: the first that has the cluster counts. */
function serverOf(
  configs: readonly KubeConfig[],
  cluster: string,
): string | undefined {
  return configs.find(({ servers }) => servers.has(cluster))
    ?.servers.get(cluster);
}

function pathsOf({ env, userFolder, os, workingFolder }: AgentFiles): string[] {
  const listed = (env.get("KUBECONFIG") ?? "")
    .split(os === "windows" ? ";" : ":").filter(Boolean)
    .map((path) =>
      /^(?:\/|[A-Za-z]:|\\\\)/.test(path) ? path : `${workingFolder}/${path}`
    );
  return listed.length > 0 ? [...new Set(listed)] : [
    `${userFolder}/.kube/config`,
  ];
}
