/** A token for a key that the API itself does not take: Docker Hub and its like. @module */
import { basicAuthorization } from "../bytes.ts";
import { defined } from "../object.ts";
import { serverWith } from "../oauth/server.ts";
import { exchangeParameters } from "../oauth/token_endpoint.ts";
import { expiryOf, lifeOf } from "../oauth/lifetime.ts";
import type { MintContext, Minted, MintRequest } from "./minted.ts";
import { filled, needed, sourceValues } from "./source_values.ts";

/** Throws as `mint` does. */
export async function exchangeKey(
  context: MintContext,
  { source }: MintRequest,
): Promise<Minted> {
  const { definition } = context;
  const { request, lifetime } = definition.mint!;
  const { parameters, basic } = request!;
  const values = sourceValues(definition, source);
  const server = await serverWith(context, ["tokenEndpoint"]);
  const sentAt = context.clock.now();
  const token = await exchangeParameters(context, server, {
    parameters: Object.fromEntries(
      Object.entries(parameters).flatMap(([name, template]) => {
        const value = filled(template, values);
        return value === undefined ? [] : [[name, value]];
      }),
    ),
    ...defined({
      authorization: basic && basicAuthorization(
        needed(definition, basic.username, values),
        needed(definition, basic.password, values),
      ),
    }),
    secrets: [...values.values()],
  });
  return {
    secrets: { access_token: token.accessToken },
    ...defined({
      expiresAt: lifeOf(token, sentAt).expiresAt ??
        expiryOf(lifetime, sentAt),
      scopes: token.scopes,
    }),
    captured: token.captured,
  };
}
