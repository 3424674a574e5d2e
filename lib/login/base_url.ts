/** The address of a tenant, as a person gives it. @module */
import { AuthsomeError } from "../errors.ts";
import { isSecure, quoteUrl } from "../oauth/endpoint_destination.ts";
import type { Provider } from "../provider/definition.ts";
import { needsBaseUrl, trimSlash } from "../provider/tenant.ts";
import type { Conversations } from "../ports/conversation.ts";

/**
 * The tenant's address without a slash at its end.
 *
 * @throws {AuthsomeError} `Usage` if it cannot be one.
 */
export function checkBaseUrl(
  provider: Provider,
  baseUrl: string | undefined,
): string | undefined {
  if (baseUrl === undefined) return undefined;
  const { name } = provider.definition;
  const problem = baseUrlProblem(provider, baseUrl);
  if (problem) {
    throw new AuthsomeError(
      "Usage",
      `Cannot use base URL ${quoteUrl(baseUrl)}: ${problem}`,
      `authsome login ${name}${
        hasOwnAddresses(provider) ? " --base-url https://…" : ""
      }`,
      { subject: { provider: name, field: "base_url" } },
    );
  }
  return trimSlash(new URL(baseUrl).href);
}

function hasOwnAddresses({ definition }: Provider): boolean {
  return JSON.stringify(definition).includes("{base_url");
}

function baseUrlProblem(
  provider: Provider,
  baseUrl: string,
): string | undefined {
  if (!hasOwnAddresses(provider)) {
    return `${provider.definition.name} has one address for everybody`;
  }
  if (!URL.canParse(baseUrl)) return "it is not a URL";
  const url = new URL(baseUrl);
  if (url.username || url.password) return "it contains a password";
  if (url.search || url.hash) return "it has a query or a fragment";
  return isSecure(url) ? undefined : "it is not https";
}

/**
 * The address of the person's own instance, asked for where nothing works without it.
 *
 * @throws {AuthsomeError} `Usage` if no terminal can be asked.
 */
export async function neededBaseUrl(
  provider: Provider,
  conversations: Conversations,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { definition } = provider;
  if (!needsBaseUrl(definition)) return undefined;
  if (!conversations.askBaseUrl) {
    throw new AuthsomeError(
      "Usage",
      `Cannot log in to ${definition.name}: each customer has their own address, and yours is missing`,
      `authsome login ${definition.name} --base-url https://…`,
      { subject: { provider: definition.name, field: "base_url" } },
    );
  }
  const answer = await conversations.askBaseUrl({
    provider,
    check: (answer) => baseUrlProblem(provider, answer),
    signal,
  });
  return checkBaseUrl(provider, answer);
}
