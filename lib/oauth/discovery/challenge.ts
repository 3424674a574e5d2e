/** What a resource asks for in its `WWW-Authenticate` (RFC 9110 §11.6.1, RFC 6750 §3, RFC 9728 §5.1). @module */
import { defined } from "../../object.ts";
import { parseChallenges } from "../../wire/challenges.ts";
import { isScope } from "../scope.ts";

/** What the challenges say of how to get a token; of several the first that says it. */
export function tokenChallenge(
  header: string | null,
): { resourceMetadata?: string; scopes?: string[] } {
  const challenges = parseChallenges(header);
  const first = (name: string) =>
    challenges.map(({ parameters }) => parameters.get(name)).find(Boolean);
  const scopes = first("scope")?.split(/\s+/).filter(isScope);
  return defined({
    resourceMetadata: first("resource_metadata"),
    scopes: scopes?.length ? scopes : undefined,
  });
}
