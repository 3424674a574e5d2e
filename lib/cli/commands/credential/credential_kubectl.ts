import { defineCommand } from "../../kit/define_command.ts";
import {
  HELPER_FLAGS,
  helperChoice,
  type HelperFlags,
} from "./helper_flags.ts";

/** `credential kubectl`: a credential plugin of a kubeconfig. */
export default defineCommand<HelperFlags>({
  description:
    "A credential plugin of kubectl, helm and whatever else reads a kubeconfig; authsome setup kubectl writes it there. kubectl names the cluster in KUBERNETES_EXEC_INFO, and the answer is the token of the connection that serves it: a token goes to no other cluster. In authsome run it is the placeholder.",
  examples: [
    ["authsome setup kubectl", "let kubectl ask authsome"],
    [
      "authsome login kubernetes --base-url https://k8s.example.com:6443",
      "the connection of a cluster",
    ],
  ],
  parameters: { flags: HELPER_FLAGS },

  async run(context, flags) {
    const choice = helperChoice(flags);
    const { kubeToken } = await import(
      "../../../broker/credential/cloud/kube_token.ts"
    );
    const answer = await kubeToken(
      () => context.broker(),
      context.machine.env.get("KUBERNETES_EXEC_INFO"),
      { choice, warn: (message) => context.output.warn(message) },
    );
    const { output } = context;
    if (output.asJson) output.json(JSON.parse(answer));
    else output.raw(`${answer}\n`);
  },
});
