/**
 * Makes a GitHub App of the person's own from a manifest, waits until it is installed, and goes on as with any app
 * (docs.github.com: "Registering a GitHub App from a manifest").
 *
 * @module
 */
import { randomText } from "../../bytes.ts";
import { AuthsomeError } from "../../errors.ts";
import { askGithub } from "../../mint/github_api.ts";
import { givenEndpoint } from "../../oauth/endpoint_destination.ts";
import { defaultBaseUrl, trimSlash } from "../../provider/tenant.ts";
import { Secret } from "../../secret.ts";
import type { Flow, FlowRequest } from "../flow.ts";
import { oauthContext } from "../oauth_result.ts";
import { mintFrom } from "./given_source.ts";

/** What the app may do unless `--scopes` says otherwise: what a coding agent works on. */
const PERMISSIONS = [
  "contents:write",
  "issues:write",
  "metadata:read",
  "pull_requests:write",
];

export const flow: Flow = {
  async run(request) {
    const permissions = permissionsOf(request);
    const app = await makeApp(request, permissions);
    request.conversation.say(
      `Made the GitHub App ${app.slug} (${app.page}). Install it at the account or the repositories that it is for.`,
    );
    const installation = await install(request, app.page);
    return await mintFrom(request, {
      app_id: new Secret(app.id),
      private_key: new Secret(app.pem),
      installation: new Secret(installation),
    });
  },
};

/** Sends the person to GitHub with the manifest, and converts the code that comes back. */
async function makeApp(
  request: FlowRequest,
  permissions: Record<string, string>,
): Promise<{ id: string; slug: string; page: string; pem: string }> {
  const { conversation } = request;
  const state = randomText();
  const callback = await conversation.authorize(
    place(request, `/settings/apps/new?state=${state}`),
    (callback) => callback.get("state") === state && callback.has("code"),
    {
      manifest: JSON.stringify({
        name: `authsome-${randomText().replace(/[^a-z0-9]/gi, "").slice(0, 8)}`,
        url: "https://github.com/settings/apps",
        hook_attributes: { url: "https://example.com/", active: false },
        redirect_url: conversation.redirectUri,
        setup_url: conversation.redirectUri,
        public: false,
        default_permissions: permissions,
        default_events: [],
      }),
    },
  );
  const code = callback.get("code")!;
  // The secrets of its webhook and of its OAuth client are left where they are: nothing here uses them.
  const made = await askGithub(
    oauthContext(request),
    `/app-manifests/${encodeURIComponent(code)}/conversions`,
    { task: "make the app", secrets: [code] },
  );
  const { id, slug, html_url: page, pem } = made;
  const origin = place(request, "/").origin;
  if (
    typeof id !== "number" || typeof pem !== "string" ||
    typeof slug !== "string" || !/^[a-z0-9-]{1,100}$/.test(slug) ||
    typeof page !== "string" || !URL.canParse(page) ||
    new URL(page).origin !== origin
  ) {
    const { name } = request.provider.definition;
    throw new AuthsomeError(
      "AuthenticationFailed",
      `Cannot make the app: the answer of ${name} is not that of an app`,
      `See ${origin}/settings/apps`,
      { subject: { provider: name } },
    );
  }
  return { id: String(id), slug, page: trimSlash(page), pem };
}

/** Waits until the person has installed the app, which sends the browser back here (`setup_url`). */
async function install(
  { conversation }: FlowRequest,
  page: string,
): Promise<string> {
  const state = randomText();
  const url = new URL(`${page}/installations/new`);
  url.searchParams.set("state", state);
  const callback = await conversation.authorize(
    url,
    (callback) =>
      // Only an installation of this app can mint with its key, so one without the state is no other person's.
      [state, null].includes(callback.get("state")) &&
      /^\d{1,18}$/.test(callback.get("installation_id") ?? ""),
  );
  return callback.get("installation_id")!;
}

function place({ provider, baseUrl }: FlowRequest, path: string): URL {
  const { definition } = provider;
  const base = trimSlash(baseUrl ?? defaultBaseUrl(definition) ?? "");
  return givenEndpoint(
    definition.name,
    "authorization endpoint",
    `${base}${path}`,
  );
}

/**
 * `--scopes contents:read,issues:write` as the manifest has it.
 *
 * @throws {AuthsomeError} `Usage`.
 */
function permissionsOf(
  { scopes = PERMISSIONS, provider }: FlowRequest,
): Record<string, string> {
  return Object.fromEntries(scopes.map((scope) => {
    const [, name, level] = /^([a-z_]{1,60}):(read|write|admin)$/.exec(scope) ??
      [];
    if (name && level) return [name, level];
    const { name: owner } = provider.definition;
    throw new AuthsomeError(
      "Usage",
      "Cannot make the app: a permission is not written as name:read or name:write",
      `authsome login ${owner} --flow github_app_manifest --scopes contents:write,issues:read`,
      { subject: { provider: owner, field: "scopes" } },
    );
  }));
}
