/** Payments, customers, documents and projects. @module */
import type { Row } from "../row.ts";

const BEARER = { headers: { authorization: "Bearer {api_key}" } };
const TOKEN = { headers: { authorization: "Bearer {access_token}" } };
const BALANCE = {
  object: "balance",
  available: [{ amount: 7, currency: "eur" }],
  livemode: false,
  pending: [],
};
const ATLASSIAN = { headers: { authorization: "Basic {email}:{api_token}" } };

export const BUSINESS: readonly Row[] = [
  {
    provider: "stripe",
    from: "npm",
    package: "stripe",
    program: `
import Stripe from "stripe";
console.log((await new Stripe(process.env.STRIPE_SECRET_KEY).balance.retrieve()).available[0].currency);`,
    request: "GET https://api.stripe.com/v1/balance",
    arrives: BEARER,
    answer: BALANCE,
    prints: "eur",
  },
  {
    provider: "stripe",
    from: "pypi",
    package: "stripe",
    what: "with stripe.ca_bundle_path",
    // By default it trusts the list of authorities that it brings along, and no other.
    program: `
import os
import stripe
from stripe import StripeClient
stripe.ca_bundle_path = os.environ["SSL_CERT_FILE"]
print(StripeClient(os.environ["STRIPE_SECRET_KEY"]).v1.balance.retrieve().available[0].currency)`,
    request: "GET https://api.stripe.com/v1/balance",
    arrives: BEARER,
    answer: BALANCE,
    prints: "eur",
  },
  {
    provider: "stripe",
    from: "npm",
    package: "@stripe/mcp",
    command: ["dist/index.js"],
    stdin: `${
      JSON.stringify({
        jsonrpc: "2.0",
        id: 1,
        method: "initialize",
        params: {
          protocolVersion: "2025-06-18",
          capabilities: {},
          clientInfo: { name: "c", version: "1" },
        },
      })
    }\n`,
    request: "POST https://mcp.stripe.com/",
    arrives: BEARER,
    answer: {
      jsonrpc: "2.0",
      id: 1,
      result: {
        protocolVersion: "2025-06-18",
        capabilities: {},
        serverInfo: { name: "hello", version: "1" },
      },
    },
    prints: "hello",
  },
  {
    provider: "square",
    from: "npm",
    package: "square",
    // It reads SQUARE_TOKEN by itself.
    program: `
import { SquareClient } from "square";
console.log((await new SquareClient().locations.list()).locations[0].name);`,
    request: "GET https://connect.squareup.com/v2/locations",
    arrives: BEARER,
    answer: { locations: [{ id: "1", name: "hello" }] },
    prints: "hello",
  },
  {
    provider: "square",
    from: "pypi",
    package: "squareup",
    program: `
from square import Square
print(Square().locations.list().locations[0].name)`,
    request: "GET https://connect.squareup.com/v2/locations",
    arrives: BEARER,
    answer: { locations: [{ id: "1", name: "hello" }] },
    prints: "hello",
  },
  {
    provider: "plaid",
    from: "npm",
    package: "plaid",
    program: `
import { Configuration, PlaidApi, PlaidEnvironments } from "plaid";
const client = new PlaidApi(new Configuration({
  basePath: PlaidEnvironments.sandbox,
  baseOptions: { headers: { "PLAID-CLIENT-ID": process.env.PLAID_CLIENT_ID, "PLAID-SECRET": process.env.PLAID_SECRET } },
}));
console.log((await client.institutionsGet({ count: 1, offset: 0, country_codes: ["US"] })).data.institutions[0].name);`,
    request: "POST https://sandbox.plaid.com/institutions/get",
    arrives: {
      headers: { "plaid-client-id": "{client_id}", "plaid-secret": "{secret}" },
    },
    answer: {
      institutions: [{ institution_id: "1", name: "hello" }],
      total: 1,
    },
    prints: "hello",
  },
  {
    provider: "lemonsqueezy",
    from: "npm",
    package: "@lemonsqueezy/lemonsqueezy.js",
    program: `
import { getAuthenticatedUser, lemonSqueezySetup } from "@lemonsqueezy/lemonsqueezy.js";
lemonSqueezySetup({ apiKey: process.env.LEMONSQUEEZY_API_KEY });
console.log((await getAuthenticatedUser()).data.data.attributes.name);`,
    request: "GET https://api.lemonsqueezy.com/v1/users/me",
    arrives: BEARER,
    answer: { data: { type: "users", id: "1", attributes: { name: "hello" } } },
    prints: "hello",
  },
  {
    provider: "hubspot-private-app",
    from: "npm",
    package: "@hubspot/api-client",
    program: `
import { Client } from "@hubspot/api-client";
const hubspot = new Client({ accessToken: process.env.HUBSPOT_PRIVATE_APP_TOKEN });
console.log((await hubspot.crm.contacts.basicApi.getPage(1)).results[0].id);`,
    request: "GET https://api.hubapi.com/crm/v3/objects/contacts",
    arrives: BEARER,
    answer: CONTACTS(),
    prints: "hello",
  },
  {
    provider: "hubspot-private-app",
    from: "pypi",
    package: "hubspot-api-client",
    program: `
import os
from hubspot import HubSpot
hubspot = HubSpot(access_token=os.environ["HUBSPOT_PRIVATE_APP_TOKEN"])
print(hubspot.crm.contacts.basic_api.get_page(limit=1).results[0].id)`,
    request: "GET https://api.hubapi.com/crm/v3/objects/contacts",
    arrives: BEARER,
    answer: CONTACTS(),
    prints: "hello",
  },
  {
    provider: "notion-token",
    from: "npm",
    package: "@notionhq/client",
    program: `
import { Client } from "@notionhq/client";
console.log((await new Client({ auth: process.env.NOTION_TOKEN }).users.me({})).name);`,
    request: "GET https://api.notion.com/v1/users/me",
    arrives: BEARER,
    answer: { object: "user", id: "1", type: "bot", name: "hello" },
    prints: "hello",
  },
  {
    provider: "notion-token",
    from: "pypi",
    package: "notion-client",
    program: `
import os
from notion_client import Client
print(Client(auth=os.environ["NOTION_TOKEN"]).users.me()["name"])`,
    request: "GET https://api.notion.com/v1/users/me",
    arrives: BEARER,
    answer: { object: "user", id: "1", type: "bot", name: "hello" },
    prints: "hello",
  },
  {
    provider: "airtable",
    from: "npm",
    package: "airtable",
    program: `
import Airtable from "airtable";
const base = new Airtable({ apiKey: process.env.AIRTABLE_ACCESS_TOKEN }).base("app1");
console.log((await base("t").select().firstPage())[0].get("name"));`,
    request: "GET https://api.airtable.com/v0/app1/t",
    arrives: TOKEN,
    answer: { records: [{ id: "rec1", fields: { name: "hello" } }] },
    prints: "hello",
  },
  {
    provider: "airtable",
    from: "pypi",
    package: "pyairtable",
    program: `
import os
from pyairtable import Api
print(Api(os.environ["AIRTABLE_ACCESS_TOKEN"]).whoami()["id"])`,
    request: "GET https://api.airtable.com/v0/meta/whoami",
    arrives: TOKEN,
    answer: { id: "hello" },
    prints: "hello",
  },
  {
    provider: "trello",
    from: "npm",
    package: "trello.js",
    program: `
import { TrelloClient } from "trello.js";
const client = new TrelloClient({ key: process.env.TRELLO_API_KEY, token: process.env.TRELLO_TOKEN });
console.log((await client.members.getMember({ id: "me" })).username);`,
    request: "GET https://api.trello.com/1/members/me",
    arrives: { query: { key: "{key}", token: "{token}" } },
    answer: { id: "1", username: "hello" },
    prints: "hello",
  },
  {
    provider: "atlassian-api-token",
    from: "npm",
    package: "jira.js",
    program: `
import { Version3Client } from "jira.js";
const client = new Version3Client({
  host: "https://acme.atlassian.net",
  authentication: { basic: { email: process.env.ATLASSIAN_EMAIL, apiToken: process.env.JIRA_API_TOKEN } },
});
console.log((await client.myself.getCurrentUser()).displayName);`,
    request: "GET https://acme.atlassian.net/rest/api/3/myself",
    arrives: ATLASSIAN,
    answer: { displayName: "hello" },
    prints: "hello",
  },
  {
    provider: "atlassian-api-token",
    from: "pypi",
    package: "jira",
    program: `
import os
from jira import JIRA
jira = JIRA("https://acme.atlassian.net", basic_auth=(os.environ["ATLASSIAN_EMAIL"], os.environ["JIRA_API_TOKEN"]), get_server_info=False)
print(jira.myself()["displayName"])`,
    request: "GET https://acme.atlassian.net/rest/api/2/myself",
    arrives: ATLASSIAN,
    answer: { displayName: "hello" },
    prints: "hello",
  },
  {
    provider: "atlassian-api-token",
    from: "pypi",
    package: "atlassian-python-api",
    program: `
import os
from atlassian import Jira
jira = Jira("https://acme.atlassian.net", username=os.environ["ATLASSIAN_EMAIL"], password=os.environ["ATLASSIAN_API_TOKEN"], cloud=True)
print(jira.myself()["displayName"])`,
    request: "GET https://acme.atlassian.net/rest/api/2/myself",
    arrives: ATLASSIAN,
    answer: { displayName: "hello" },
    prints: "hello",
  },
  {
    provider: "zendesk-token",
    from: "pypi",
    package: "zenpy",
    program: `
import os
from zenpy import Zenpy
zenpy = Zenpy(subdomain="acme", email=os.environ["ZENDESK_EMAIL"], token=os.environ["ZENDESK_API_TOKEN"])
print(zenpy.users.me().name)`,
    request: "GET https://acme.zendesk.com/api/v2/users/me.json",
    arrives: { headers: { authorization: "Basic {email}/token:{api_token}" } },
    answer: { user: { id: 1, name: "hello" } },
    prints: "hello",
  },
  {
    provider: "typeform",
    from: "npm",
    package: "@typeform/api-client",
    what: "without HTTPS_PROXY",
    // Its axios is too old to ask a proxy for a tunnel; a sandbox needs no proxy.
    program: `
delete process.env.HTTPS_PROXY;
delete process.env.https_proxy;
const { createClient } = await import("@typeform/api-client");
console.log((await createClient({ token: process.env.TYPEFORM_API_KEY }).forms.list()).items[0].title);`,
    request: "GET https://api.typeform.com/forms",
    arrives: BEARER,
    answer: {
      items: [{ id: "1", title: "hello" }],
      total_items: 1,
      page_count: 1,
    },
    prints: "hello",
  },
  {
    provider: "asana",
    from: "npm",
    package: "asana",
    program: `
import Asana from "asana";
const client = Asana.ApiClient.instance;
client.authentications.token.accessToken = process.env.ASANA_ACCESS_TOKEN;
console.log((await new Asana.UsersApi().getUser("me")).data.name);`,
    request: "GET https://app.asana.com/api/1.0/users/me",
    arrives: TOKEN,
    answer: { data: { gid: "1", name: "hello" } },
    prints: "hello",
  },
  {
    provider: "todoist",
    from: "npm",
    package: "@doist/todoist-api-typescript",
    program: `
import { TodoistApi } from "@doist/todoist-api-typescript";
console.log((await new TodoistApi(process.env.TODOIST_ACCESS_TOKEN).getLabels()).results[0].name);`,
    request: "GET https://api.todoist.com/api/v1/labels",
    arrives: TOKEN,
    answer: {
      results: [{
        id: "1",
        name: "hello",
        order: 1,
        color: "red",
        isFavorite: false,
        is_favorite: false,
      }],
      next_cursor: null,
    },
    prints: "hello",
  },
  {
    provider: "dub",
    from: "npm",
    package: "dub",
    program: `
import { Dub } from "dub";
console.log((await new Dub().tags.list())[0].name);`,
    request: "GET https://api.dub.co/tags",
    arrives: { headers: { authorization: "Bearer {api_key}" } },
    answer: [{ id: "1", name: "hello", color: "red" }],
    prints: "hello",
  },
  {
    provider: "webflow",
    from: "npm",
    package: "webflow-api",
    program: `
import { WebflowClient } from "webflow-api";
const webflow = new WebflowClient({ accessToken: process.env.WEBFLOW_ACCESS_TOKEN });
console.log((await webflow.sites.list()).sites[0].displayName);`,
    request: "GET https://api.webflow.com/v2/sites",
    arrives: TOKEN,
    answer: { sites: [{ id: "1", workspaceId: "w", displayName: "hello" }] },
    prints: "hello",
  },
];

function CONTACTS() {
  return {
    results: [{
      id: "hello",
      properties: {},
      createdAt: "2026-01-01T00:00:00Z",
      updatedAt: "2026-01-01T00:00:00Z",
      archived: false,
    }],
  };
}
