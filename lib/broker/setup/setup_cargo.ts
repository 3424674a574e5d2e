/** `setup cargo`: Cargo asks authsome for the tokens of registries. @module */
import type { AgentFiles } from "../../ports/agent_files.ts";
import { toolWrapperText } from "../../run/setup/agent_wrapper.ts";
import { withCargoProvider } from "./files/cargo_config.ts";
import { withoutMarked } from "./files/marked_lines.ts";
import type { SetupTool, ToolRequest } from "./tool.ts";

/** The credential provider of Cargo. */
export const setupCargo: SetupTool = {
  plan({ files, folder, command }) {
    const path = configPath(files);
    const provider = providerPath({ folder });
    return Promise.resolve({
      files: [
        {
          path: provider,
          isProgram: true,
          // Cargo starts a program without arguments of ours.
          after: () =>
            toolWrapperText("cargo", [...command, "credential", "cargo"]),
        },
        {
          path,
          after: (text) => withCargoProvider(text ?? "", provider, path),
        },
      ],
    });
  },

  undo({ files, folder }) {
    const path = configPath(files);
    return [
      {
        path: providerPath({ folder }),
        isProgram: true,
        after: () => undefined,
      },
      {
        path,
        after: (text) => {
          const rest = withoutMarked(text ?? "", "cargo", path);
          return rest === "" && text !== "" ? undefined : rest;
        },
      },
    ];
  },
};

function providerPath({ folder }: Pick<ToolRequest, "folder">): string {
  return `${folder}/cargo-credential-authsome`;
}

/** Without the ending comes first, as Cargo has it, if both are there. */
function configPath({ env, userFolder, read }: AgentFiles): string {
  const home = env.get("CARGO_HOME") || `${userFolder}/.cargo`;
  const old = `${home}/config`;
  return read(old) === undefined ? `${old}.toml` : old;
}
