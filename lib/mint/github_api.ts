/** GitHub's API as an app asks it (docs.github.com/rest/apps/apps). @module */
import { isObject } from "../object.ts";
import { givenEndpoint } from "../oauth/endpoint_destination.ts";
import type { OAuthContext } from "../oauth/http.ts";
import { defaultBaseUrl, trimSlash } from "../provider/tenant.ts";
import { type JsonRequest, jsonRequest } from "./json_request.ts";

/** The API of the server at the base URL: github.com, a subdomain of ghe.com, or one's own. */
export function apiOf(
  { definition, baseUrl }: Pick<OAuthContext, "definition" | "baseUrl">,
  path: string,
): URL {
  const base = trimSlash(baseUrl ?? defaultBaseUrl(definition) ?? "");
  const { host, protocol } = new URL(base);
  const api = host === "github.com" || host.endsWith(".ghe.com")
    ? `${protocol}//api.${host}`
    : `${base}/api/v3`;
  return givenEndpoint(definition.name, "token endpoint", `${api}${path}`);
}

/** The object that `path` answers with. Throws as {@linkcode jsonRequest} does. */
export async function askGithub(
  context: OAuthContext,
  path: string,
  request: JsonRequest,
): Promise<Record<string, unknown>> {
  const answer = await jsonRequest(context, apiOf(context, path), {
    ...request,
    headers: {
      accept: "application/vnd.github+json",
      "x-github-api-version": "2022-11-28",
      ...request.headers,
    },
  });
  return isObject(answer) ? answer : { list: answer };
}
