/** `setup aws`: a profile in `~/.aws/config` for each connection whose keys sign for AWS. @module */
import { DEFAULT_CONNECTION } from "../../names.ts";
import { AuthsomeError } from "../../errors.ts";
import type { AgentFiles } from "../../ports/agent_files.ts";
import { awsConnections } from "../credential/cloud/aws_keys.ts";
import {
  awsKeyProfiles,
  type AwsProfile,
  withAwsProfiles,
} from "./files/aws_config.ts";
import { withoutMarked } from "./files/marked_lines.ts";
import type { SetupTool } from "./tool.ts";

/** The profiles of the AWS CLI. */
export const setupAws: SetupTool = {
  async plan({ broker, files, command }) {
    const all = await awsConnections(await broker());
    if (all.length === 0) {
      throw new AuthsomeError(
        "OperationNotAllowed",
        "Cannot set up aws: there is no connection that has keys of AWS",
        "authsome login aws, aws-sso or aws-role",
      );
    }
    const profiles: AwsProfile[] = [];
    for (const { provider, connection } of all) {
      const short = connection === DEFAULT_CONNECTION ? provider : connection;
      const isTaken = all.some((each) =>
        each.provider !== provider && each.connection === connection &&
          connection !== DEFAULT_CONNECTION || each.provider === connection
      );
      profiles.push({
        name: isTaken ? `${provider}-${connection}` : short,
        command: [...command, "credential", "aws", `${provider}/${connection}`],
      });
    }
    const path = configPath(files);
    const held = awsKeyProfiles(files.read(credentialsPath(files)) ?? "");
    return {
      files: [{
        path,
        after: (text) => withAwsProfiles(text ?? "", profiles, path),
      }],
      notes: [
        `Profiles of the AWS CLI: ${
          profiles.map(({ name }) => name).join(", ")
        }. Choose one with --profile or AWS_PROFILE`,
        ...profiles.filter(({ name }) => held.includes(name)).map(({ name }) =>
          `The keys of ${name} in ${
            credentialsPath(files)
          } come before: remove them there`
        ),
      ],
    };
  },

  undo({ files }) {
    const path = configPath(files);
    return [{
      path,
      after: (text) => {
        const rest = withoutMarked(text ?? "", "aws", path);
        // A file of ours alone goes with the lines.
        return rest === "" && text !== "" ? undefined : rest;
      },
    }];
  },
};

function configPath({ env, userFolder }: AgentFiles): string {
  return env.get("AWS_CONFIG_FILE") || `${userFolder}/.aws/config`;
}

function credentialsPath({ env, userFolder }: AgentFiles): string {
  return env.get("AWS_SHARED_CREDENTIALS_FILE") ||
    `${userFolder}/.aws/credentials`;
}
