/** The flow of a GitHub App: its key is kept, and what is minted is for one installation or one repository. @module */
import { Secret } from "../../secret.ts";
import { defaultBaseUrl } from "../../provider/tenant.ts";
import type { Source } from "../../mint/minted.ts";
import type { Flow, FlowRequest } from "../flow.ts";
import { repositoryAt } from "../git_origin.ts";
import { askSource, mintFrom } from "./given_source.ts";

export const flow: Flow = {
  run: async (request) =>
    await mintFrom(
      request,
      await withInstallation(request, await askSource(request)),
    ),
};

/** The source with the repository of the working folder where no installation was named. */
export async function withInstallation(
  { provider, baseUrl, conversation, gitOrigin }: FlowRequest,
  source: Source,
): Promise<Source> {
  if (source.installation) return source;
  const base = baseUrl ?? defaultBaseUrl(provider.definition) ?? "";
  const repository = repositoryAt(
    new URL(base).hostname,
    await gitOrigin?.(),
  );
  if (repository === undefined) return source;
  conversation.say(
    `The token will be for ${repository}, the origin of this folder, alone.`,
  );
  return { ...source, installation: new Secret(repository) };
}
