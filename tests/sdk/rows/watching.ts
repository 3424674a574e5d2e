/** Monitoring, traces, incidents and identities. @module */
import type { Row } from "../row.ts";

const BEARER = { headers: { authorization: "Bearer {api_key}" } };
const DATADOG = {
  headers: {
    "dd-api-key": "{api_key}",
    "dd-application-key": "{app_key}",
  },
};
const LANGFUSE = {
  data: [{
    id: "hello",
    name: "hello",
    metadata: {},
    retentionDays: null,
    organization: { id: "1", name: "o" },
  }],
};
const SESSIONS = [{
  id: "00000000-0000-4000-8000-000000000000",
  name: "hello",
  start_time: "2026-01-01T00:00:00+00:00",
  tenant_id: "00000000-0000-4000-8000-000000000000",
  reference_dataset_id: null,
}];

export const WATCHING: readonly Row[] = [
  {
    provider: "datadog",
    from: "npm",
    package: "@datadog/datadog-api-client",
    program: `
import { client, v1 } from "@datadog/datadog-api-client";
const monitors = await new v1.MonitorsApi(client.createConfiguration()).listMonitors();
console.log(monitors[0].name);`,
    request: "GET https://api.datadoghq.com/api/v1/monitor",
    arrives: DATADOG,
    answer: [{ name: "hello", query: "q", type: "metric alert" }],
    prints: "hello",
  },
  {
    provider: "datadog",
    from: "pypi",
    package: "datadog-api-client",
    program: `
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v1.api.monitors_api import MonitorsApi
with ApiClient(Configuration()) as client:
    print(MonitorsApi(client).list_monitors()[0].name)`,
    request: "GET https://api.datadoghq.com/api/v1/monitor",
    arrives: DATADOG,
    answer: [{ name: "hello", query: "q", type: "metric alert" }],
    prints: "hello",
  },
  {
    provider: "pagerduty",
    from: "npm",
    package: "@pagerduty/pdjs",
    program: `
import { api } from "@pagerduty/pdjs";
console.log((await api({ token: process.env.PAGERDUTY_API_KEY }).get("/users/me")).data.user.name);`,
    request: "GET https://api.pagerduty.com/users/me",
    arrives: { headers: { authorization: "Token token={api_key}" } },
    answer: { user: { name: "hello" } },
    prints: "hello",
  },
  {
    provider: "pagerduty",
    from: "pypi",
    package: "pagerduty",
    program: `
import os
from pagerduty import RestApiV2Client
print(RestApiV2Client(os.environ["PAGERDUTY_API_KEY"]).rget("/users/me")["name"])`,
    request: "GET https://api.pagerduty.com/users/me",
    arrives: { headers: { authorization: "Token token={api_key}" } },
    answer: { user: { name: "hello" } },
    prints: "hello",
  },
  {
    provider: "sentry",
    from: "npm",
    package: "@sentry/cli",
    command: ["bin/sentry-cli", "organizations", "list"],
    request: "GET https://sentry.io/api/0/organizations/",
    arrives: BEARER,
    answer: [{
      id: "1",
      slug: "hello",
      name: "hello",
      dateCreated: "2026-01-01T00:00:00Z",
      isEarlyAdopter: false,
      require2FA: false,
    }],
    prints: "hello",
  },
  {
    provider: "langfuse",
    from: "npm",
    package: "langfuse",
    program: `
import { Langfuse } from "langfuse";
const langfuse = new Langfuse();
console.log((await langfuse.api.projectsGet()).data[0].name);`,
    request: "GET https://cloud.langfuse.com/api/public/projects",
    arrives: { headers: { authorization: "Basic {public_key}:{secret_key}" } },
    answer: LANGFUSE,
    prints: "hello",
  },
  {
    provider: "langfuse",
    from: "pypi",
    package: "langfuse",
    program: `
from langfuse import Langfuse
print(Langfuse(tracing_enabled=True).api.projects.get().data[0].name)`,
    request: "GET https://cloud.langfuse.com/api/public/projects",
    arrives: {
      headers: {
        authorization: "Basic {public_key}:{secret_key}",
        "x-langfuse-public-key": "{public_key}",
      },
    },
    answer: LANGFUSE,
    prints: "hello",
  },
  {
    provider: "langsmith",
    from: "npm",
    package: "langsmith",
    program: `
import { Client } from "langsmith";
for await (const project of new Client().listProjects()) {
  console.log(project.name);
  break;
}`,
    request: "GET https://api.smith.langchain.com/sessions",
    arrives: { headers: { "x-api-key": "{api_key}" } },
    answer: SESSIONS,
    prints: "hello",
  },
  {
    provider: "langsmith",
    from: "pypi",
    package: "langsmith",
    program: `
from langsmith import Client
print(next(iter(Client().list_projects(limit=1))).name)`,
    request: "GET https://api.smith.langchain.com/sessions",
    arrives: { headers: { "x-api-key": "{api_key}" } },
    answer: SESSIONS,
    prints: "hello",
  },
  {
    provider: "okta",
    from: "npm",
    package: "@okta/okta-sdk-nodejs",
    program: `
import okta from "@okta/okta-sdk-nodejs";
const client = new okta.Client({ orgUrl: "https://acme.okta.com", token: process.env.OKTA_API_TOKEN });
console.log((await client.userApi.getUser({ userId: "me" })).id);`,
    request: "GET https://acme.okta.com/api/v1/users/me",
    arrives: { headers: { authorization: "SSWS {api_key}" } },
    answer: { id: "hello", profile: {} },
    prints: "hello",
  },
];
