/** The device flow of IAM Identity Center, which speaks JSON of its own; keys of a role are minted with what it grants. @module */
import { AuthsomeError } from "../../errors.ts";
import type { MintContext, Source } from "../../mint/minted.ts";
import {
  askOidc,
  createToken,
  registerSsoClient,
  ssoEndpoint,
} from "../../mint/sso_keys.ts";
import { defined } from "../../object.ts";
import {
  type DeviceAuthorization,
  pollUntilGranted,
  readDeviceAuthorization,
} from "../../oauth/device_authorization.ts";
import type { Flow, FlowRequest } from "../flow.ts";
import { oauthContext } from "../oauth_result.ts";
import { askSource, mintFrom } from "./given_source.ts";

export const flow: Flow = {
  async run(request) {
    const asked = await askSource(request);
    checkStartUrl(request, asked);
    const context: MintContext = {
      ...oauthContext(request),
      clock: request.clock,
    };
    const source = { ...asked, ...await registerSsoClient(context, asked) };
    const token = await granted(request, context, source);
    return await mintFrom(request, { ...source, ...token });
  },
};

/** A page is opened for the person by what the server says of it, so it must be one. */
function checkStartUrl({ provider }: FlowRequest, source: Source): void {
  const text = source.start_url!.reveal();
  if (URL.canParse(text) && new URL(text).protocol === "https:") return;
  const { name } = provider.definition;
  throw new AuthsomeError(
    "Usage",
    `Cannot log in to ${name}: the start URL is not an https URL`,
    `Give it as the access portal shows it: https://<name>.awsapps.com/start`,
    { subject: { provider: name, field: "start_url" } },
  );
}

/** The token that the person grants on the page (StartDeviceAuthorization, CreateToken). */
async function granted(
  request: FlowRequest,
  context: MintContext,
  source: Source,
): Promise<Source> {
  const { conversation, clock, sleep } = request;
  const endpoint = ssoEndpoint(
    context,
    source,
    "oidc",
    "/device_authorization",
  );
  const clientSecret = source.client_secret?.reveal() ?? "";
  const answer = await askOidc(context, source, "/device_authorization", {
    clientId: source.client_id?.reveal(),
    clientSecret,
    startUrl: source.start_url!.reveal(),
  }, [clientSecret]);
  const device: DeviceAuthorization = await readDeviceAuthorization(context, {
    device_code: answer.deviceCode,
    user_code: answer.userCode,
    verification_uri: answer.verificationUri,
    verification_uri_complete: answer.verificationUriComplete,
    expires_in: answer.expiresIn,
    interval: answer.interval,
  }, { server: { deviceAuthorizationEndpoint: endpoint } });
  await conversation.showDeviceCode({
    userCode: device.userCode,
    verificationUri: device.verificationUri,
    ...defined({ verificationUriComplete: device.verificationUriComplete }),
    expiresAt: clock.now() + device.expiresIn * 1000,
  });
  return await pollUntilGranted(
    context,
    device,
    { clock, sleep },
    () =>
      createToken(context, source, { deviceCode: device.deviceCode.reveal() }),
  );
}
