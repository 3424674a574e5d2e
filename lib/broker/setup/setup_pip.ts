/** `setup pip`: pip and uv ask a program named `keyring` for the passwords of indexes, and authsome is that program. @module */
import type { AgentFiles } from "../../ports/agent_files.ts";
import { toolWrapperText } from "../../run/setup/agent_wrapper.ts";
import { withoutMarked } from "./files/marked_lines.ts";
import { withKeyringProvider } from "./files/pip_config.ts";
import type { SetupTool } from "./tool.ts";

/** The keyring of pip. */
export const setupPip: SetupTool = {
  plan({ files, folder, command }) {
    const path = configPath(files);
    return Promise.resolve({
      files: [
        {
          path: `${folder}/keyring`,
          isProgram: true,
          after: () =>
            toolWrapperText("pip", [...command, "credential", "pip"], {
              folder,
              program: "keyring",
            }),
        },
        { path, after: (text) => withKeyringProvider(text ?? "", path) },
      ],
      needsPath: true,
      notes: [
        "pip 23.1 and newer ask for an index whose URL has a user: https://__token__@host/simple/. For uv: export UV_KEYRING_PROVIDER=subprocess",
      ],
    });
  },

  undo({ files, folder }) {
    const path = configPath(files);
    return [
      { path: `${folder}/keyring`, isProgram: true, after: () => undefined },
      {
        path,
        after: (text) => {
          const rest = withoutMarked(text ?? "", "pip", path);
          return rest === "" && text !== "" ? undefined : rest;
        },
      },
    ];
  },
};

/** The user's own, as `pip config debug` lists them. */
function configPath({ env, os, userFolder, read }: AgentFiles): string {
  const named = env.get("PIP_CONFIG_FILE");
  if (named && named !== "/dev/null") return named;
  if (os === "windows") {
    return `${
      env.get("APPDATA") || `${userFolder}/AppData/Roaming`
    }/pip/pip.ini`;
  }
  const old = `${userFolder}/.pip/pip.conf`;
  if (read(old) !== undefined) return old;
  const mac = `${userFolder}/Library/Application Support/pip`;
  return os === "darwin" && read(`${mac}/pip.conf`) !== undefined
    ? `${mac}/pip.conf`
    : `${env.get("XDG_CONFIG_HOME") || `${userFolder}/.config`}/pip/pip.conf`;
}
