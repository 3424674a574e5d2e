/** `setup npm`: pnpm asks authsome for the tokens of registries. npm itself asks no program. @module */
import { AuthsomeError } from "../../errors.ts";
import type { AgentFiles } from "../../ports/agent_files.ts";
import {
  toolOfWrapper,
  toolWrapperText,
} from "../../run/setup/agent_wrapper.ts";
import { placeOfUrl } from "../credential/place_of_url.ts";
import { NPM_REGISTRY } from "../credential/registry/registry_credential.ts";
import { HelperConnections } from "../credential/served.ts";
import { linesOf, withMarked, withoutMarked } from "./files/marked_lines.ts";
import type { FileEdit, SetupTool } from "./tool.ts";

const PREFIX = "npm-token-";

/** The token helpers of pnpm. */
export const setupNpm: SetupTool = {
  async plan({ broker, files, folder, command, hosts, warn }) {
    if (!files.hasProgram("pnpm")) {
      throw new AuthsomeError(
        "OperationNotAllowed",
        "Cannot set up npm: it asks no program for its token, and pnpm, which does, is not on the PATH",
        'authsome run -- npm publish, or NPM_TOKEN="$(authsome credential npm)" npm publish',
      );
    }
    const helpers = new HelperConnections(await broker(), { warn });
    const registries = [
      NPM_REGISTRY,
      ...hosts.map((host) =>
        placeOfUrl(`https://${host}`)
          ? `https://${host.replace(/\/*$/, "")}/`
          : host
      ),
    ];
    const served = [];
    for (const registry of registries) {
      const place = placeOfUrl(registry);
      const isServed = place !== undefined && await helpers.at(place);
      if (isServed) served.push(registry.slice("https:".length));
      else if (registry !== NPM_REGISTRY) throw noConnection(registry);
    }
    if (served.length === 0) throw noConnection(NPM_REGISTRY);
    const path = configPath(files);
    const programs = served.map((
      registry,
    ): FileEdit & { registry: string } => ({
      registry,
      path: `${folder}/${PREFIX}${
        registry.replace(/[^\w.-]+/g, "-").replace(/^-|-$/g, "")
      }`,
      isProgram: true,
      // pnpm starts it without arguments.
      after: () =>
        toolWrapperText("npm", [
          ...command,
          ...["credential", "npm", "--header", "--registry"],
          `https:${registry}`,
        ]),
    }));
    return {
      files: [
        ...programs,
        {
          path,
          after: (text = "") => {
            const plain = withoutMarked(text, "npm", path);
            return withMarked(plain, "npm", [{
              at: linesOf(plain).length,
              lines: programs.map(({ registry, path }) =>
                `${registry}:tokenHelper=${path}`
              ),
            }]);
          },
        },
      ],
      notes: [
        "pnpm 11 and newer read this; npm asks no program for its token: authsome run -- npm publish",
      ],
    };
  },

  undo({ files, folder }) {
    const path = configPath(files);
    return [
      ...files.names(folder).filter((name) =>
        name.startsWith(PREFIX) &&
        toolOfWrapper(files.read(`${folder}/${name}`) ?? "") === "npm"
      ).map((name): FileEdit => ({
        path: `${folder}/${name}`,
        isProgram: true,
        after: () => undefined,
      })),
      {
        path,
        after: (text) => {
          const rest = withoutMarked(text ?? "", "npm", path);
          return rest === "" && text !== "" ? undefined : rest;
        },
      },
    ];
  },
};

function noConnection(registry: string): AuthsomeError {
  return new AuthsomeError(
    "OperationNotAllowed",
    `Cannot set up npm for ${registry}: no connection serves it`,
    registry === NPM_REGISTRY
      ? "authsome login npm"
      : "See which providers you have: authsome list",
  );
}

/** Where pnpm has its credentials (pnpm.io/settings). */
function configPath({ env, os, userFolder }: AgentFiles): string {
  const xdg = env.get("XDG_CONFIG_HOME");
  const folder = xdg
    ? `${xdg}/pnpm`
    : os === "darwin"
    ? `${userFolder}/Library/Preferences/pnpm`
    : os === "windows"
    ? `${env.get("LOCALAPPDATA") || `${userFolder}/AppData/Local`}/pnpm/config`
    : `${userFolder}/.config/pnpm`;
  return `${folder}/auth.ini`;
}
