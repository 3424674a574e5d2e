import { defineCommand, optionalArgument } from "../../kit/define_command.ts";

/** `credential aws [connection]`: a `credential_process` of the AWS CLI and SDKs. */
export default defineCommand<Record<never, never>, [connection?: string]>({
  description:
    "A credential_process of the AWS CLI and of every AWS SDK; authsome setup aws writes it into ~/.aws/config. It prints the keys as JSON: those of aws-role and aws-sso are of a short life and renewed, those of aws are as they were given. Without a connection, those that authsome run would sign with. In authsome run it prints the placeholder, and the proxy signs.",
  examples: [
    ["authsome setup aws", "a profile of the AWS CLI for each connection"],
    ["aws s3 ls --profile aws-sso", "as it writes them"],
    ["authsome credential aws aws-sso/work", "what the AWS CLI is told"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        optionalArgument(
          "<provider>/<connection>, or one of both",
          "connection",
        ),
      ],
    },
    flags: {},
  },

  async run(context, _flags, word) {
    const { awsKeys } = await import(
      "../../../broker/credential/cloud/aws_keys.ts"
    );
    const answer = await awsKeys(await context.broker(), word);
    const { output } = context;
    if (output.asJson) output.json(JSON.parse(answer));
    else output.raw(`${answer}\n`);
  },
});
