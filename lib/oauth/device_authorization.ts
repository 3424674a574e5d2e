/** The device authorization grant (RFC 8628): the code to show, and the polls that follow. @module */
import * as oauth from "oauth4webapi";
import { AuthsomeError } from "../errors.ts";
import { defined } from "../object.ts";
import type { Clock } from "../ports/system.ts";
import { Secret } from "../secret.ts";
import { answerFields, unwrapped } from "./answers/answer_fields.ts";
import { declined } from "./authorization.ts";
import {
  authMethod,
  clientAuthentication,
  type OAuthClient,
} from "./client_authentication.ts";
import { announcedEndpoint } from "./endpoint_destination.ts";
import { AnswerError, OAuthError } from "./error.ts";
import { type OAuthContext, unreadable } from "./http.ts";
import { type AuthorizationServer, jsonResponse } from "./metadata.ts";
import { scopeParameters } from "./scope.ts";
import { toWire } from "./server.ts";
import { pollDeviceCode } from "./token_endpoint.ts";
import type { TokenResponse } from "./token_response.ts";
import { wireRequest } from "./wire_request.ts";

/** What the server gave (RFC 8628 §3.2). */
export interface DeviceAuthorization {
  deviceCode: Secret;
  userCode: string;
  verificationUri: string;
  verificationUriComplete?: string;
  /** Seconds, at most an hour. */
  expiresIn: number;
  /** Seconds between polls, 1 to 60. */
  interval: number;
  /** What was asked for. */
  scopes: readonly string[];
}

const DEFAULT_INTERVAL = 5;
const MAX_INTERVAL = 60;
const MAX_LIFETIME = 3600;

/**
 * Asks for a device code.
 *
 * @param client absent where the provider's service knows no clients.
 * @throws {OAuthError} if the server answers with an error.
 * @throws {AuthsomeError} `EndpointUnreachable`, `AuthenticationFailed` if its answer cannot be used.
 */
export async function requestDeviceCode(
  context: OAuthContext,
  server: AuthorizationServer,
  client: OAuthClient | undefined,
  scopes: readonly string[],
): Promise<DeviceAuthorization> {
  const { oauth: facts = {} } = context.definition;
  const endpoint = server.deviceAuthorizationEndpoint!;
  const parameters = Object.fromEntries(scopeParameters({
    ...facts,
    scope_param: facts.device_scope_param ?? facts.scope_param,
  }, scopes));
  if (server.resource) parameters.resource = server.resource;
  const request = wireRequest(
    context,
    endpoint,
    facts.device_token_request?.body,
  );
  const wireClient = { client_id: client?.clientId ?? "none" };
  await oauth.deviceAuthorizationRequest(
    toWire(server),
    wireClient,
    client
      ? clientAuthentication(client, authMethod(facts, client), facts, server)
      : (_server, _client, body) => body.delete("client_id"),
    parameters,
    request.options,
  );
  const answer = request.answer();
  const fields = answerFields(answer, "device_code");
  if (!fields) {
    throw unreadable(
      context,
      endpoint,
      `it answered HTTP ${answer.status} without JSON`,
      { ...answer, text: "" },
    );
  }
  const body = unwrapped(fields, "device_code");
  const ok = answer.status >= 200 && answer.status < 300 && !body.error;
  return await readDeviceAuthorization(context, body, {
    server,
    status: ok ? 200 : Math.max(400, answer.status),
    scopes,
  });
}

/**
 * Reads a device authorization response (RFC 8628 §3.2).
 *
 * @throws {OAuthError} if it is an error; {@linkcode AuthsomeError} `AuthenticationFailed` if it is no such response.
 */
export async function readDeviceAuthorization(
  context: OAuthContext,
  body: Record<string, unknown>,
  { server = {}, status = 200, scopes = [] }: {
    server?: AuthorizationServer;
    status?: number;
    scopes?: readonly string[];
  } = {},
): Promise<DeviceAuthorization> {
  const { name } = context.definition;
  try {
    const read = await oauth.processDeviceAuthorizationResponse(
      toWire(server),
      { client_id: "none" },
      jsonResponse({ status, text: JSON.stringify(normal(body)) }),
    );
    return deviceAuthorization(context, server, read, scopes);
  } catch (cause) {
    if (cause instanceof AuthsomeError) throw cause;
    if (cause instanceof oauth.ResponseBodyError) {
      throw new OAuthError(name, "log in", {
        error: cause.error,
        description: cause.error_description,
        status,
      });
    }
    throw new AuthsomeError(
      "AuthenticationFailed",
      `Cannot log in to ${name}: the response (HTTP ${status}) is not a device authorization response`,
      `authsome login ${name}`,
      { subject: { provider: name } },
    );
  }
}

/** Google's name for the page, texts for numbers, and what may be missing. */
function normal(body: Record<string, unknown>): Record<string, unknown> {
  const number = (value: unknown) =>
    typeof value === "string" && /^\d{1,9}$/.test(value)
      ? Number(value)
      : value;
  const interval = number(body.interval);
  const expiresIn = number(body.expires_in);
  return {
    ...body,
    verification_uri: body.verification_uri ?? body.verification_url,
    expires_in: typeof expiresIn === "number" && expiresIn > 0
      ? expiresIn
      : MAX_LIFETIME / 4,
    interval: typeof interval === "number" && interval > 0
      ? interval
      : DEFAULT_INTERVAL,
  };
}

function deviceAuthorization(
  context: OAuthContext,
  server: AuthorizationServer,
  read: oauth.DeviceAuthorizationResponse,
  scopes: readonly string[],
): DeviceAuthorization {
  const page = (text: string) =>
    announcedEndpoint(context.definition.name, "verification page", text, {
      from: server.deviceAuthorizationEndpoint,
      allowPrivateHosts: context.allowPrivateHosts,
    }).href;
  // It is shown on a terminal.
  if (!/^[\x21-\x7e ]{1,64}$/.test(read.user_code)) {
    throw new AuthsomeError(
      "AuthenticationFailed",
      `Cannot use the user code that ${context.definition.name} sent: it is too long or not printable`,
      `authsome login ${context.definition.name}`,
      { subject: { provider: context.definition.name } },
    );
  }
  return {
    deviceCode: new Secret(read.device_code),
    userCode: read.user_code,
    verificationUri: page(read.verification_uri),
    ...defined({
      verificationUriComplete: read.verification_uri_complete
        ? page(read.verification_uri_complete)
        : undefined,
    }),
    expiresIn: Math.min(read.expires_in, MAX_LIFETIME),
    interval: Math.min(
      Math.max(1, read.interval ?? DEFAULT_INTERVAL),
      MAX_INTERVAL,
    ),
    scopes,
  };
}

/**
 * Polls until the person has answered (RFC 8628 §3.5). Ends with the code's life, by the clock and by the number of
 * polls, so that no jump of the clock makes it go on for ever.
 *
 * @throws {AuthsomeError} `InputCancelled` if the person declined, `AuthenticationFailed` if the code expired;
 * {@linkcode OAuthError} for other error answers.
 */
export async function awaitDeviceToken(
  context: OAuthContext,
  server: AuthorizationServer,
  client: OAuthClient | undefined,
  device: DeviceAuthorization,
  ports: {
    clock: Clock;
    sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  },
): Promise<TokenResponse> {
  return await pollUntilGranted(
    context,
    device,
    ports,
    () => pollDeviceCode(context, server, client, device),
  );
}

/** The same with a poll of one's own, which throws {@linkcode OAuthError} as long as it is not granted. */
export async function pollUntilGranted<T>(
  context: OAuthContext,
  device: DeviceAuthorization,
  ports: {
    clock: Clock;
    sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  },
  poll: () => Promise<T>,
): Promise<T> {
  const { name } = context.definition;
  const signal = context.signal ?? new AbortController().signal;
  const end = ports.clock.now() + device.expiresIn * 1000;
  let { interval } = device;
  for (let slept = 0; slept < device.expiresIn;) {
    await ports.sleep(interval * 1000, signal);
    slept += interval;
    if (ports.clock.now() > end) break;
    try {
      return await poll();
    } catch (error) {
      switch (answerOf(error)) {
        case "authorization_pending":
          break;
        case "slow_down":
          interval += 5;
          break;
        case "unreachable":
          // RFC 8628 §3.5: back off when the server cannot be reached.
          interval = Math.min(
            Math.max(interval * 2, askedWait(error)),
            MAX_INTERVAL,
          );
          break;
        case "access_denied":
          throw declined(name);
        case "expired_token":
          throw codeExpired(name);
        default:
          throw error;
      }
    }
  }
  throw codeExpired(name);
}

function askedWait(error: unknown): number {
  return error instanceof AnswerError ? error.retryAfter ?? 0 : 0;
}

function answerOf(error: unknown): string | undefined {
  if (error instanceof OAuthError) {
    if (error.status >= 500 || error.status === 429) return "unreachable";
    // Postiz and its like write their own words for the standard's.
    const code = error.error.toLowerCase();
    if (/^(?:authorization_)?pending$/.test(code)) {
      return "authorization_pending";
    }
    return code === "denied" ? "access_denied" : code;
  }
  return error instanceof AuthsomeError && error.code === "EndpointUnreachable"
    ? "unreachable"
    : undefined;
}

function codeExpired(provider: string): AuthsomeError {
  return new AuthsomeError(
    "AuthenticationFailed",
    `Cannot log in to ${provider}: the device code expired before it was confirmed`,
    `authsome login ${provider} --flow device_code`,
    { subject: { provider } },
  );
}
