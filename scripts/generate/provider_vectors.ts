/**
 * What goes over the wire for each bundled provider, as text that a person can compare with the provider's documentation:
 * made by the code that really makes these requests, with names in the place of secrets and of what is random.
 *
 * @module
 */
import type { OAuth2Credential } from "../../lib/oauth/credential.ts";
import {
  type AuthorizationRequest,
  authorizationRequest,
  readCallback,
} from "../../lib/oauth/authorization.ts";
import type { OAuthClient } from "../../lib/oauth/client_authentication.ts";
import { requestDeviceCode } from "../../lib/oauth/device_authorization.ts";
import type { OAuthContext } from "../../lib/oauth/http.ts";
import { registerClient } from "../../lib/oauth/registration.ts";
import { revokeTokens } from "../../lib/oauth/revocation.ts";
import { requestedScopes } from "../../lib/oauth/scope.ts";
import { definedServer } from "../../lib/oauth/server.ts";
import {
  clientCredentialsGrant,
  exchangeAccessToken,
  exchangeCode,
  pollDeviceCode,
  useRefreshToken,
} from "../../lib/oauth/token_endpoint.ts";
import { mintRequests, withoutSignatures } from "./mint_vectors.ts";
import { possibleFlows } from "../../lib/login/choose.ts";
import { defined } from "../../lib/object.ts";
import { credentialFields } from "../../lib/provider/credential_fields.ts";
import { DEFAULT_PORT, redirectUri } from "../../lib/form/login_address.ts";
import type {
  Injection,
  ProviderDefinition,
} from "../../lib/provider/definition.ts";
import { fillTemplate } from "../../lib/template.ts";
import { needsBaseUrl } from "../../lib/provider/tenant.ts";
import type { ForwardedHead } from "../../lib/wire/forwarded_head.ts";
import {
  inject,
  type Injected,
  signingKeys,
} from "../../lib/request/injector.ts";
import type { Route } from "../../lib/request/route.ts";
import { buildRoutes } from "../../lib/request/routes.ts";
import { PLACEHOLDER } from "../../lib/placeholder.ts";
import { sign } from "../../lib/request/signing/sigv4.ts";
import { Secret } from "../../lib/secret.ts";

/** A host for each pattern of the bundled definitions. */
export const PATTERN_HOSTS = [
  "gmail.googleapis.com",
  "aiplatform.us.rep.googleapis.com",
  "us14.api.mailchimp.com",
  "abcdefghij-dsn.algolia.net",
  "abcdefghij-1.algolianet.com",
  "analytics.us.algolia.com",
  "insights.de.algolia.io",
  "vsrm.dev.azure.com",
  "app.vssps.visualstudio.com",
  "abc123.us-east-1.aws.endpoints.huggingface.cloud",
  "na2.docusign.net",
  "index-abc.svc.us-east-1.pinecone.io",
  "eu.sentry.io",
  "api.dublin.ie1.twilio.com",
  "upload-las.app.box.com",
  "acme.api.frontapp.com",
  "api-na1.hubapi.com",
  "storage-us-east4.api.mailgun.net",
  "eu-west-1.api.x.ai",
  "api-eu.zoom.us",
  "eu01api.zoom.us",
  "gateway-us-east1-b.discord.gg",
  "photos.s3.eu-central-1.amazonaws.com",
  "sts.cn-north-1.amazonaws.com.cn",
  "lambda.eu-west-1.api.aws",
  "checkout-test.adyen.com",
  "acme-checkout-live.adyenpayments.com",
  "us-12345.api.gong.io",
  "gcp-us-central1.turbopuffer.com",
  "bedrock.us-east-1.amazonaws.com",
  "bedrock-fips.us-east-1.amazonaws.com",
  "bedrock-runtime.us-east-1.amazonaws.com",
  "bedrock-runtime-fips.us-east-1.amazonaws.com",
  "bedrock-mantle.us-east-1.api.aws",
  "abc123.api.sanity.io",
  "model-abc123.api.baseten.co",
  "chain-abc123.api.baseten.co",
  "acme.pipedrive.com",
  "proxy.app-eu.daytona.io",
];
/** What was captured at login, where a host is: any name will do. */
export const CAPTURED_HOST = "https://tenant-7.captured.example.com";
/** The time of signatures. */
const SIGNED_AT = new Date("2026-01-02T03:04:05Z");

const CLIENT: OAuthClient = {
  clientId: "CLIENT_ID",
  clientSecret: new Secret("CLIENT_SECRET"),
};

/** The section of one provider. */
export async function providerVectors(
  definition: ProviderDefinition,
): Promise<string> {
  const lines = [
    `${definition.name}: ${definition.auth_type}, ${
      possibleFlows(definition).join(", ")
    }`,
    ...definition.oauth && !definition.mint ? await protocol(definition) : [],
    ...definition.mint ? await minting(definition) : [],
    ...await injections(definition),
  ];
  return lines.join("\n");
}

/** What OAuth requests are made with, and the requests, which nobody answers. */
function recorder(definition: ProviderDefinition) {
  const baseUrl = needsBaseUrl(definition)
    ? definition.base_url_example
    : undefined;
  const recorded: string[] = [];
  const context: OAuthContext = {
    definition,
    ...defined({ baseUrl }),
    fetch: async (url, init) => {
      recorded.push(...await written(new Request(url, init)));
      // A token endpoint that gives no token ends its task; a revocation goes on.
      return new Response("{}");
    },
  };
  return { baseUrl, recorded, context };
}

/** The requests that mint the credential, as far as they go without answers, and its revocation. */
async function minting(definition: ProviderDefinition): Promise<string[]> {
  const { baseUrl, recorded, context } = recorder(definition);
  await mintRequests(definition, baseUrl, context.fetch, SIGNED_AT)
    .catch(() => {});
  const minted = ["  mint", ...recorded.map((line) => `    ${line}`)];
  const server = definedServer(context, CLIENT.clientId);
  if (!server.revocationEndpoint) return minted;
  recorded.length = 0;
  await revokeTokens(context, server, undefined, TOKENS).catch(() => {});
  return [...minted, "  revoke", ...recorded.map((line) => `    ${line}`)];
}

/** The requests of the protocol, in the order of a connection's life. */
async function protocol(definition: ProviderDefinition): Promise<string[]> {
  const facts = definition.oauth!;
  const { recorded, context } = recorder(definition);
  const server = definedServer(context, CLIENT.clientId);
  const scopes = requestedScopes(facts, undefined);
  const flows = possibleFlows(definition);
  const lines: string[] = [];
  /** Records what `task` sends; the answer is an error that ends it. */
  const record = async (name: string, task: () => Promise<unknown>) => {
    recorded.length = 0;
    await task().catch(() => {});
    lines.push(`  ${name}`, ...recorded.map((line) => `    ${line}`));
  };
  if (flows.includes("dcr_pkce") && server.registrationEndpoint) {
    await record(
      "register",
      () =>
        registerClient(context, server, {
          redirectUri: redirectUri(DEFAULT_PORT),
          scopes,
        }),
    );
  }
  // A client that registered itself has no secret.
  const client = flows[0] === "dcr_pkce" ||
      facts.token_auth_method === "none"
    ? { clientId: CLIENT.clientId }
    : CLIENT;
  if (server.authorizationEndpoint) {
    const request = await authorizationRequest(context, server, {
      clientId: client.clientId,
      redirectUri: redirectUri(DEFAULT_PORT),
      scopes,
    });
    lines.push("  authorize", ...address(request));
    if (server.tokenEndpoint) {
      await record(
        "token",
        () => exchangeCode(context, server, client, ...answered(request)),
      );
    }
  }
  if (flows.includes("device_code") && server.deviceAuthorizationEndpoint) {
    const asked = facts.device_token_request && !definition.client
      ? undefined
      : client;
    await record(
      "device",
      () => requestDeviceCode(context, server, asked, scopes),
    );
    await record(
      "device token",
      () =>
        pollDeviceCode(context, server, asked, {
          deviceCode: new Secret("DEVICE_CODE"),
          scopes,
        }),
    );
  }
  if (flows.includes("client_credentials")) {
    await record(
      "token",
      () => clientCredentialsGrant(context, server, client, scopes),
    );
  } else if (facts.token_exchange && server.refreshEndpoint) {
    await record(
      "exchange",
      () => exchangeAccessToken(context, server, client, TOKENS.accessToken),
    );
  } else if (server.refreshEndpoint) {
    await record(
      "refresh",
      () =>
        useRefreshToken(context, server, client, new Secret("REFRESH_TOKEN")),
    );
  }
  if (server.revocationEndpoint) {
    await record(
      "revoke",
      () => revokeTokens(context, server, client, TOKENS),
    );
  }
  return lines;

  function answered(request: AuthorizationRequest) {
    const fixed = request.codeVerifier ? { ...request, ...VERIFIER } : request;
    const callback = readCallback(
      context,
      server,
      fixed,
      new URLSearchParams({ code: "CODE", state: request.state }),
    );
    return [fixed, callback] as const;
  }
}

/** 43 characters, as the library wants them. */
const VERIFIER = { codeVerifier: "CODE_VERIFIER".padEnd(43, "_") };
const TOKENS: OAuth2Credential = {
  type: "oauth2",
  accessToken: new Secret("ACCESS_TOKEN"),
  refreshToken: new Secret("REFRESH_TOKEN"),
  scopes: [],
  requestedScopes: [],
  captured: {},
};

function address({ url, state }: AuthorizationRequest): string[] {
  const parameters = [...url.searchParams].map(([name, value]) =>
    `      ${name}=${
      value === state
        ? "STATE"
        : name === "code_challenge"
        ? "CODE_CHALLENGE"
        : value
    }`
  );
  return [`    ${url.origin}${url.pathname}`, ...parameters];
}

/** A request as lines: what the provider sees and this program chooses. */
async function written(request: Request): Promise<string[]> {
  const { method, url, headers } = request;
  const lines = [`${method} ${url}`];
  for (const [name, value] of headers) {
    if (/^(?:user-agent|accept|content-length)$/.test(name)) continue;
    lines.push(`  ${name}: ${plainBasic(withoutSignatures(value))}`);
  }
  const body = withoutSignatures(await request.text()).replaceAll(
    VERIFIER.codeVerifier,
    "CODE_VERIFIER",
  );
  if (headers.get("content-type")?.includes("urlencoded")) {
    for (const [name, value] of new URLSearchParams(body)) {
      lines.push(`  ${name}=${value}`);
    }
  } else if (body) lines.push(`  ${body}`);
  return lines;
}

function plainBasic(value: string): string {
  const [, encoded] = /^Basic (.*)$/.exec(value) ?? [];
  return encoded === undefined
    ? value
    : `Basic base64(${decodeURIComponent(atob(encoded))})`;
}

/** One request to each place that the credential goes to; places that get the same are put together. */
async function injections(definition: ProviderDefinition): Promise<string[]> {
  const { oauth } = definition;
  const captured = [
    ...Object.keys(oauth?.capture?.token_response ?? {}),
    ...Object.keys(oauth?.capture?.request?.values ?? {}),
    ...oauth?.capture?.callback ?? [],
  ];
  const values = Object.fromEntries(
    captured.map((name) => [name, CAPTURED_HOST]),
  );
  const { routes } = buildRoutes([{
    definition,
    connection: "default",
    ...defined({
      baseUrl: needsBaseUrl(definition)
        ? definition.base_url_example
        : undefined,
    }),
    captured: values,
  }]);
  const injected: Injected = {
    credential: definition.auth_type === "oauth2" ? TOKENS : {
      type: "api_key",
      fields: Object.fromEntries(
        credentialFields(definition).map((field) => [
          field,
          new Secret(field.toUpperCase()),
        ]),
      ),
    },
    values: oauth ? { ...values, client_id: CLIENT.clientId } : values,
  };
  const places = new Map<string, string[]>();
  for (const route of routes) {
    const sent = (await injectedLines(route, injected)).join("\n");
    places.set(sent, [...places.get(sent) ?? [], placeOf(route)]);
  }
  return [...places].flatMap((
    [sent, hosts],
  ) => [`  send to ${hosts.join(", ")}`, ...sent ? sent.split("\n") : []]);
}

async function injectedLines(
  route: Route,
  injected: Injected,
): Promise<string[]> {
  const path = route.injections.find(({ kind }) => kind === "path");
  const start = path?.kind === "path"
    ? fillTemplate(path.template, () => PLACEHOLDER)
    : "";
  const head: ForwardedHead = {
    method: "GET",
    target: `${start}/x?y=z`,
    minor: 1,
    fields: [{ name: "Host", value: hostOf(route) }],
    upgrade: false,
    close: false,
  };
  const before = head.target.replace(start, "");
  inject(head, route, injected);
  const [signature] = route.injections;
  if (signature?.kind === "sigv4") {
    await sign(head, signingKeys(signature, injected), { now: SIGNED_AT });
  }
  return [
    ...head.target === before ? [] : [`    GET ${head.target}`],
    ...head.fields.slice(1).map(({ name, value }) =>
      `    ${name}: ${plainBasic(value)}`
    ),
    ...route.injections.flatMap((each) =>
      each.kind === "body" || each.kind === "websocket"
        ? [`    ${partOf(each)}: ${each.name}=${named(each.value)}`]
        : []
    ),
  ];
}

/** The part of a connection that an injection changes after the head. */
function partOf(
  injection: Extract<Injection, { kind: "body" | "websocket" }>,
): string {
  return injection.kind === "body"
    ? `${injection.format} body`
    : "WebSocket message";
}

/** `template` with the name of each field in the place of its value. */
function named(template: string): string {
  return fillTemplate(template, (field) => field.toUpperCase());
}

function hostOf({ host }: Route): string {
  return host.kind === "exact"
    ? host.host
    : PATTERN_HOSTS.find((name) => host.pattern.test(name))!;
}

function placeOf({ host, port, pathPrefix, paths }: Route): string {
  const name = host.kind === "exact" ? host.host : host.pattern.source;
  return `${name}${port === 443 ? "" : `:${port}`}${
    pathPrefix === "/" ? "" : pathPrefix
  }${paths ? ` (${paths})` : ""}`;
}
