/** `setup docker`: Docker asks authsome for the credentials of the registries that a connection serves. @module */
import { AuthsomeError } from "../../errors.ts";
import {
  NotJson,
  parseJsonText,
  withMember,
  withoutMember,
} from "../../mcp/agents/json_text.ts";
import { isObject } from "../../object.ts";
import type { AgentFiles } from "../../ports/agent_files.ts";
import {
  toolOfWrapper,
  toolWrapperText,
} from "../../run/setup/agent_wrapper.ts";
import { dockerRegistries } from "../credential/docker_credential.ts";
import { readRegistry, registryKeys } from "../credential/docker_protocol.ts";
import type { SetupTool } from "./tool.ts";

/** What Docker puts `docker-credential-` before, to find the helper in PATH. */
const HELPER = "authsome";
const MEMBER = "credHelpers";

/** Sets Docker up, and with it the clients that read its configuration: Buildx, Podman, Skopeo, crane, ORAS. */
export const setupDocker: SetupTool = {
  async plan({ broker, files, folder, command, hosts, warn }) {
    if (files.os === "windows") throw noWindows();
    const served = await dockerRegistries(await broker(), { warn });
    const keys = [
      ...new Set([
        ...served.flatMap(({ keys }) => keys),
        ...hosts.flatMap(keysOfHost),
      ]),
    ];
    if (keys.length === 0) {
      throw new AuthsomeError(
        "OperationNotAllowed",
        "Cannot set up docker: no connection serves a registry yet",
        "authsome login github, or name the registry: authsome setup docker --host registry.example.com",
      );
    }
    const path = configPath(files);
    return {
      files: [
        {
          path: `${folder}/docker-credential-${HELPER}`,
          isProgram: true,
          after(text) {
            refuseForeign(text, folder);
            return toolWrapperText("docker", [
              ...command,
              "credential",
              "docker",
            ]);
          },
        },
        {
          path,
          after: (text) =>
            keys.reduce(
              (rest, key) =>
                understood(path, () => withMember(rest, [MEMBER, key], HELPER)),
              text ?? "",
            ),
        },
      ],
      needsPath: true,
      notes: [
        `docker asks authsome at ${
          keys.join(", ")
        }. After a login at another registry, run this again`,
      ],
    };
  },

  undo({ files, folder }) {
    const path = configPath(files);
    return [
      {
        path: `${folder}/docker-credential-${HELPER}`,
        isProgram: true,
        after(text) {
          refuseForeign(text, folder);
          return undefined;
        },
      },
      {
        path,
        after: (text, original) =>
          text && understood(path, () => without(text, original)),
      },
    ];
  },
};

/** The text without the helper; what it took the place of is there again. */
function without(text: string, original: string | undefined): string {
  const before = original === undefined ? {} : membersOf(original);
  let rest = text;
  for (const [key, helper] of Object.entries(membersOf(text) ?? {})) {
    if (helper !== HELPER) continue;
    const old = before?.[key];
    rest = typeof old === "string" && old !== HELPER
      ? withMember(rest, [MEMBER, key], old)
      : withoutMember(rest, [MEMBER, key]);
  }
  const left = membersOf(rest);
  const isOurs = original === undefined || membersOf(original) === undefined;
  return rest !== text && isOurs && left && Object.keys(left).length === 0
    ? withoutMember(rest, [MEMBER])
    : rest;
}

/** The helpers by registry. */
function membersOf(text: string): Record<string, unknown> | undefined {
  const value = parseJsonText(text);
  const members = isObject(value) ? value[MEMBER] : undefined;
  return isObject(members) ? members : undefined;
}

/** docs.docker.com/reference/cli/docker, "Configuration files". */
function configPath({ env, userFolder }: AgentFiles): string {
  const folder = env.get("DOCKER_CONFIG") || `${userFolder}/.docker`;
  return `${folder.replace(/\/+$/, "")}/config.json`;
}

function keysOfHost(host: string): string[] {
  const registry = readRegistry(host);
  if (registry) return registryKeys(registry);
  throw new AuthsomeError(
    "Usage",
    "Cannot use --host: it is not a registry",
    "Write --host registry.example.com, or registry.example.com:5000",
    { subject: { field: "host" } },
  );
}

function understood<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    throw new AuthsomeError(
      "OperationNotAllowed",
      `Cannot change "${path}": ${error.message}`,
      "Correct it by hand, then try again",
      { subject: { file: path } },
    );
  }
}

function refuseForeign(text: string | undefined, folder: string): void {
  if (text === undefined || toolOfWrapper(text) === "docker") return;
  const file = `${folder}/docker-credential-${HELPER}`;
  throw new AuthsomeError(
    "OperationNotAllowed",
    `Cannot change "${file}": another file is there`,
    "Move it away",
    { subject: { file } },
  );
}

function noWindows(): AuthsomeError {
  return new AuthsomeError(
    "OperationNotAllowed",
    "Cannot set up docker on Windows: its helper is a script for sh",
    "In WSL, authsome setup docker works",
  );
}
