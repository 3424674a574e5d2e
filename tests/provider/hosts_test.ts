// The hosts of each provider, as its own clients and documentation have them: what is served, and neighbours that are not.
import { expect } from "expect";
import { test } from "node:test";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import { parseDefinition } from "../../lib/provider/reading/parse.ts";
import { buildRoutes, decideRoute } from "../../lib/request/routes.ts";
import { bundledProviders } from "../../providers/mod.ts";

interface Vector {
  /** Host and path of requests that get the credential. */
  served: string[];
  /** Those that do not. */
  not?: string[];
  baseUrl?: string;
}

const HOSTS: Record<string, Vector> = {
  "azure-devops": {
    served: [
      "dev.azure.com/acme/_apis/projects",
      "vsrm.dev.azure.com/acme/_apis/release/releases",
      "pkgs.dev.azure.com/acme/_packaging",
      "vsaex.dev.azure.com/acme/_apis/userentitlements",
      "almsearch.dev.azure.com/acme/_apis/search",
      "acme.visualstudio.com/_apis/projects",
      "app.vssps.visualstudio.com/_apis/profile/profiles/me",
    ],
    not: [
      "azure.com/",
      "portal.azure.com/",
      "evildev.azure.com/",
      "a.b.dev.azure.com/",
      "visualstudio.com/",
      "evilvisualstudio.com/",
    ],
  },
  cursor: {
    served: [
      "api.cursor.com/v0/agents",
      "api2.cursor.sh/auth/exchange_user_api_key",
    ],
    not: ["api2.cursor.sh/", "api2.cursor.sh/auth", "api3.cursor.sh/auth"],
  },
  datadog: {
    served: [
      "api.datadoghq.com/api/v1/validate",
      "http-intake.logs.datadoghq.com/api/v2/logs",
      "event-management-intake.datadoghq.com/api/v2/events",
    ],
    not: [
      "datadoghq.com/",
      "app.datadoghq.com/",
      "http-intake.logs.datadoghq.eu/api/v2/logs",
      "http-intake.logs.api.datadoghq.com/",
    ],
  },
  "datadog of another site": {
    baseUrl: "https://api.us5.datadoghq.com",
    served: [
      "api.us5.datadoghq.com/api/v1/validate",
      "http-intake.logs.us5.datadoghq.com/api/v2/logs",
    ],
    not: [
      "api.datadoghq.com/",
      "http-intake.logs.datadoghq.com/api/v2/logs",
    ],
  },
  "datadog behind a proxy": {
    baseUrl: "https://datadog.example.com",
    served: ["datadog.example.com/api/v1/validate"],
    not: ["http-intake.logs.datadoghq.com/", "http-intake.logs.example.com/"],
  },
  elevenlabs: {
    served: [
      "api.in.residency.elevenlabs.io/v1/user",
      "api.sg.residency.elevenlabs.io/v1/user",
    ],
    not: ["elevenlabs.io/", "residency.elevenlabs.io/"],
  },
  github: {
    served: [
      "models.github.ai/inference/chat/completions",
      "npm.pkg.github.com/@acme/x",
      "maven.pkg.github.com/acme/x/maven-metadata.xml",
      "nuget.pkg.github.com/acme/index.json",
    ],
    // What it answers holds the key itself.
    not: ["ghcr.io/token", "ghcr.io/v2/", "pkg.github.com/", "github.ai/"],
  },
  "github-pat": {
    served: [
      "models.github.ai/catalog/models",
      "npm.pkg.github.com/@acme/x",
      "rubygems.pkg.github.com/acme/api",
    ],
    not: ["ghcr.io/token", "containers.pkg.github.com/"],
  },
  google: {
    served: ["storage.googleapis.com/download/storage/v1/b/b/o/o"],
    not: ["storage.googleapis.com/bucket/object", "googleapis.com/"],
  },
  huggingface: {
    served: [
      "api.endpoints.huggingface.cloud/v2/endpoint",
      "abc123.us-east-1.aws.endpoints.huggingface.cloud/v1/models",
      "datasets-server.huggingface.co/rows",
    ],
    not: ["huggingface.cloud/", "endpoints.huggingface.cloud/"],
  },
  "huggingface-oauth": {
    served: [
      "api.endpoints.huggingface.cloud/v2/endpoint",
      "datasets-server.huggingface.co/rows",
      "huggingface.co/acme/model/resolve/main/config.json",
      "huggingface.co/api/whoami-v2",
    ],
    not: ["huggingface.co/oauth/token", "cdn-lfs.huggingface.co/"],
  },
  langsmith: {
    served: [
      "apac.api.smith.langchain.com/api/v1/info",
      "aws.api.smith.langchain.com/api/v1/info",
    ],
    not: ["smith.langchain.com/", "apac.smith.langchain.com/"],
  },
  mistral: {
    served: ["api.eu.mistral.ai/v1/models", "api.us.mistral.ai/v1/models"],
    not: ["mistral.ai/", "console.mistral.ai/"],
  },
  openai: {
    served: [
      "au.api.openai.com/v1/models",
      "in.api.openai.com/v1/models",
      "jp.api.openai.com/v1/models",
      "ae.api.openai.com/v1/models",
      "mtls.api.openai.com/v1/models",
    ],
    not: ["openai.com/", "auth.openai.com/", "xx.api.openai.com/v1/models"],
  },
  posthog: {
    served: [
      "us.i.posthog.com/flags/definitions",
      "eu.i.posthog.com/flags/definitions",
      "us.i.posthog.com/api/feature_flag/local_evaluation",
      "eu.i.posthog.com/api/projects/@current/feature_flags/x/remote_config",
    ],
    not: [
      "us.i.posthog.com/batch",
      "us.i.posthog.com/flagsx",
      "us-assets.i.posthog.com/",
    ],
  },
  stripe: {
    served: [
      "meter-events.stripe.com/v2",
      "connect.stripe.com/oauth/deauthorize",
    ],
    not: ["dashboard.stripe.com/", "checkout.stripe.com/"],
  },
  algolia: {
    served: [
      "abcdefghij.algolia.net/1/indexes",
      "analytics.us.algolia.com/2/searches",
      "analytics.de.algolia.com/2/searches",
      "query-suggestions.eu.algolia.com/1/configs",
      "personalization.us.algolia.com/1/strategies",
      "data.eu.algolia.com/1/sources",
      "insights.algolia.io/1/events",
      "insights.de.algolia.io/1/events",
    ],
    not: [
      "dashboard.algolia.com/",
      "www.algolia.com/",
      "us.algolia.com/",
      "analytics.us.algolia.io/",
    ],
  },
  amplitude: {
    served: [
      "api2.amplitude.com/2/httpapi",
      "api2.amplitude.com/batch",
      "api.eu.amplitude.com/identify",
    ],
    not: ["api2.amplitude.com/", "api.amplitude.com/", "amplitude.com/login"],
  },
  assemblyai: {
    served: [
      "streaming.eu.assemblyai.com/v3/ws",
      "streaming.us.assemblyai.com/v3/ws",
      "llm-gateway.assemblyai.com/v1/chat/completions",
      "llm-gateway.eu.assemblyai.com/v1/chat/completions",
      "sync.assemblyai.com/v1/transcribe",
    ],
    not: ["assemblyai.com/", "cdn.assemblyai.com/", "mcp.assemblyai.com/"],
  },
  box: {
    served: [
      "upload.app.box.com/api/2.0/files/upload_sessions/1",
      "upload-las.app.box.com/api/2.0/files/upload_sessions/1",
    ],
    not: ["app.box.com/", "acme.app.box.com/", "dl.boxcloud.com/"],
  },
  circleci: {
    served: ["runner.circleci.com/api/v3/runner/resource"],
    not: ["app.circleci.com/", "runner.circleci.com/"],
  },
  digitalocean: {
    served: ["inference.do-ai.run/v1/models"],
    not: ["abc.agents.do-ai.run/api/v1/chat/completions", "do-ai.run/"],
  },
  "discord-bot": {
    served: [
      "gateway.discord.gg/?v=10&encoding=json",
      "gateway-us-east1-b.discord.gg/?v=10",
    ],
    not: [
      "discord.gg/",
      "remote-auth-gateway.discord.gg/",
      "cdn.discordapp.com/",
    ],
  },
  docusign: {
    served: [
      "api.docusign.com/v1/accounts",
      "api-d.docusign.com/v1/accounts",
      "rooms.docusign.com/restapi/v2/accounts",
      "apps-d.docusign.com/api/webforms/v1.1/accounts",
      "na2.docusign.net/restapi/v2.1/accounts",
    ],
    not: [
      "account.docusign.com/oauth/token",
      "apps.docusign.com/",
      "www.docusign.com/",
    ],
  },
  fireworks: {
    served: [
      "audio-prod.us-virginia-1.direct.fireworks.ai/v1/audio/transcriptions",
      "audio-turbo.us-virginia-1.direct.fireworks.ai/v1/audio/translations",
    ],
    // A customer's own deployment.
    not: ["acme-1.us-virginia-1.direct.fireworks.ai/v1", "fireworks.ai/"],
  },
  front: {
    served: ["acme.api.frontapp.com/conversations", "api2.frontapp.com/me"],
    not: ["api.frontapp.com/", "a.b.api.frontapp.com/", "app.frontapp.com/"],
  },
  "google in a region": {
    served: [
      "aiplatform.us.rep.googleapis.com/v1/projects",
      "us-central1-aiplatform.googleapis.com/v1/projects",
    ],
    // The rules for new credentials name the hosts of IAM.
    not: [
      "iam.us.rep.googleapis.com/",
      "iamcredentials.us.rep.googleapis.com/",
      "aiplatform.us.rep.googleapis.com.evil.test/",
    ],
  },
  hubspot: {
    served: [
      "api-na1.hubapi.com/crm/v3/objects/contacts",
      "api-ap1.hubapi.com/crm/v3/objects/contacts",
      "api.hsforms.com/submissions/v3/integration/secure/submit/1/2",
    ],
    not: ["hubapi.com/", "api-xx1.hubapi.com/", "api.hsforms.com/"],
  },
  "hubspot-private-app": {
    served: [
      "api-na1.hubapi.com/crm/v3/objects/contacts",
      "api-eu1.hsforms.com/submissions/v3/integration/secure/submit/1/2",
    ],
    not: ["app.hubspot.com/", "api-na1.hubapi.com.evil.test/"],
  },
  langfuse: {
    served: [
      "jp.cloud.langfuse.com/api/public/projects",
      "hipaa.cloud.langfuse.com/api/public/projects",
    ],
    not: ["langfuse.com/", "xx.cloud.langfuse.com/"],
  },
  "langfuse of one's own": {
    baseUrl: "https://langfuse.example.com",
    served: ["langfuse.example.com/api/public/projects"],
    not: ["jp.cloud.langfuse.com/api/public/projects"],
  },
  launchdarkly: {
    served: ["app.launchdarkly.us/api/v2/projects"],
    not: ["launchdarkly.us/", "stream.launchdarkly.com/"],
  },
  mailgun: {
    served: [
      "storage-us-east4.api.mailgun.net/v3/domains/d/messages/1",
      "storage-europe-west1.api.mailgun.net/v3/domains/d/messages/1",
    ],
    not: ["mailgun.net/", "storage-x.mailgun.net/", "app.mailgun.com/"],
  },
  mandrill: {
    served: ["mandrillapp.com/api/1.0/messages/send.json"],
    not: ["mandrillapp.com/settings", "www.mandrillapp.com/api"],
  },
  microsoft: {
    served: ["graph.microsoft.us/v1.0/me", "dod-graph.microsoft.us/v1.0/me"],
    not: ["microsoft.us/", "login.microsoftonline.us/", "graph.windows.net/"],
  },
  mixpanel: {
    served: [
      "data-eu.mixpanel.com/api/2.0/export",
      "data-in.mixpanel.com/api/2.0/export",
      "api-in.mixpanel.com/import",
      "in.mixpanel.com/api/query/insights",
    ],
    not: ["mixpanel.com/login", "data-us.mixpanel.com/"],
  },
  newrelic: {
    served: [
      "api.jp.newrelic.com/graphql",
      "gov-api.newrelic.com/graphql",
      "infra-api.newrelic.com/v2/alerts/conditions",
      "infra-api.jp.nr-data.net/v2/alerts/conditions",
    ],
    not: ["log-api.newrelic.com/log/v1", "one.newrelic.com/", "nr-data.net/"],
  },
  openrouter: {
    served: [
      "eu.openrouter.ai/api/v1/chat/completions",
      "us.openrouter.ai/api/v1/chat/completions",
    ],
    not: ["eu.openrouter.ai/", "xx.openrouter.ai/api/v1"],
  },
  pipedrive: {
    served: ["api.pipedrive.com/v1/users/me"],
    not: ["oauth.pipedrive.com/oauth/token", "pipedrive.com/"],
  },
  postman: {
    served: ["api.eu.postman.com/me"],
    not: ["postman.com/", "eu.postman.com/"],
  },
  smartsheet: {
    served: [
      "api.smartsheet.eu/2.0/users/me",
      "api.smartsheet.au/2.0/users/me",
      "api.smartsheetgov.com/2.0/users/me",
    ],
    not: ["app.smartsheet.com/", "smartsheet.eu/"],
  },
  snyk: {
    served: ["api.snykgov.io/rest/self"],
    not: ["snykgov.io/", "app.snyk.io/"],
  },
  sonarcloud: {
    served: ["api.sonarqube.us/organizations/organizations"],
    not: ["sonarqube.com/", "api.sonarqube.com/"],
  },
  voyage: {
    served: ["ai.mongodb.com/v1/embeddings", "api.voyageai.com/v1/embeddings"],
    not: ["ai.mongodb.com/", "cloud.mongodb.com/api"],
  },
  wandb: {
    served: [
      "api.wandb.ai/graphql",
      "trace.wandb.ai/otel/v1/traces",
      "api.inference.wandb.ai/v1/chat/completions",
    ],
    not: ["wandb.ai/", "acme.wandb.ai/"],
  },
  webex: {
    served: ["analytics-calling.webexapis.com/v1/cdr_feed"],
    not: ["evil.webexapis.com/", "webex.com/"],
  },
  webflow: {
    served: ["api-cdn.webflow.com/v2/collections/1/items/live"],
    not: ["webflow.com/", "cdn.webflow.com/"],
  },
  xai: {
    served: ["eu-west-1.api.x.ai/v1/models", "us-east-1.api.x.ai/v1/models"],
    not: ["management-api.x.ai/", "x.ai/", "a.b.api.x.ai/"],
  },
  zoom: {
    served: [
      "api-eu.zoom.us/v2/users/me",
      "eu01api.zoom.us/v2/users/me",
      "fileapi.zoom.us/v2/chat/users/me/files",
    ],
    not: ["zoom.us/oauth/token", "acme.zoom.us/", "api-eurx.zoom.us/"],
  },
  together: {
    served: ["api-inference.together.ai/v1/chat/completions"],
    not: ["together.ai/", "inference.together.ai/"],
  },
};

for (const [title, { served, not = [], baseUrl }] of Object.entries(HOSTS)) {
  const [name = ""] = title.split(" ");
  const definition: ProviderDefinition = JSON.parse(
    bundledProviders.text(name)!,
  );
  const table = buildRoutes([{
    definition,
    connection: "default",
    ...baseUrl ? { baseUrl } : {},
  }]);
  const decide = (place: string) => {
    const at = place.indexOf("/");
    return decideRoute(table, {
      host: place.slice(0, at),
      port: 443,
      path: place.slice(at),
    }).kind;
  };
  test(`${title}: the credential goes to its hosts, not to their neighbours`, () => {
    for (const place of served) {
      expect([place, decide(place)]).toEqual([place, "route"]);
    }
    for (const place of not) {
      expect([place, decide(place)]).not.toEqual([place, "route"]);
    }
  });
}

test("only a part of the base URL may name a host, none of the credential", () => {
  const read = (from: string) => () =>
    parseDefinition(
      JSON.stringify({
        schema_version: 1,
        name: "acme",
        display_name: "Acme",
        auth_type: "api_key",
        flow: "api_key",
        api_url: ["{base_url_host}", "logs.{site}"],
        api_key: { base_url: "https://api.acme-notes.com" },
        public_values: { site: { from, pattern: "^https://api\\.(.+)$" } },
      }),
      { file: "acme.json" },
    );
  expect(read("base_url")).not.toThrow();
  expect(read("api_key")).toThrow("{site}, which nothing provides");
});
