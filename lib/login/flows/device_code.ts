/** The device flow: a code that is typed in on any machine with a browser (RFC 8628). @module */
import { defined } from "../../object.ts";
import {
  awaitDeviceToken,
  requestDeviceCode,
} from "../../oauth/device_authorization.ts";
import { requestedScopes } from "../../oauth/scope.ts";
import { serverWith } from "../../oauth/server.ts";
import type { ProviderDefinition } from "../../provider/definition.ts";
import type { Flow } from "../flow.ts";
import { clientOf, credentialOf, oauthContext } from "../oauth_result.ts";

export const flow: Flow = {
  async run(request) {
    const { definition } = request.provider;
    const { conversation, clock, sleep } = request;
    const scopes = requestedScopes(definition.oauth ?? {}, request.scopes);
    const context = oauthContext(request);
    const server = await serverWith(context, [
      "deviceAuthorizationEndpoint",
      "tokenEndpoint",
    ]);
    const { client, isNew } = knowsNoClients(definition)
      ? { client: undefined, isNew: false }
      : await clientOf(request, server, scopes);
    const device = await requestDeviceCode(context, server, client, scopes);
    await conversation.showDeviceCode({
      userCode: device.userCode,
      verificationUri: device.verificationUri,
      ...defined({ verificationUriComplete: device.verificationUriComplete }),
      expiresAt: clock.now() + device.expiresIn * 1000,
    });
    const token = await awaitDeviceToken(context, server, client, device, {
      clock,
      sleep,
    });
    return {
      credential: await credentialOf(request, token, scopes),
      ...defined({ client: isNew ? client : undefined }),
    };
  },
};

/** A device service of the provider's own, without registered clients (Postiz). */
function knowsNoClients({ oauth, client }: ProviderDefinition): boolean {
  return oauth?.device_token_request !== undefined &&
    oauth.token_auth_method === "none" && client === undefined;
}
