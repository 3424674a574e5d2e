// Documented calls of many services: ordinary ones are given the credential, those that make a new one are refused. The
// proxy, the library's fetch and `explain` say the same.
import { expect } from "expect";
import { test } from "node:test";
import type { AuditEvent } from "../../../lib/audit/event.ts";
import type { Connection } from "../../../lib/connection/connection.ts";
import { explain, readRequest } from "../../../lib/explanation.ts";
import { routedFetch } from "../../../lib/fetch/routed_fetch.ts";
import type {
  Injection,
  ProviderDefinition,
} from "../../../lib/provider/definition.ts";
import { templatesOf } from "../../../lib/provider/injection.ts";
import type { RequestHead } from "../../../lib/wire/http1.ts";
import { tunnelPlanner } from "../../../lib/proxy/plan.ts";
import { buildRoutes } from "../../../lib/request/routes.ts";
import { Secret } from "../../../lib/secret.ts";
import { fieldNames } from "../../../lib/template.ts";
import { bundledProviders } from "../../../providers/mod.ts";

const TENANT = "tenant.acme-notes.com";
const JSON_TYPE = "application/json";
const FORM_TYPE = "application/x-www-form-urlencoded; charset=utf-8";

/**
 * Of each provider: where its API is, and calls: method, path, and a body if it matters (JSON if it begins with `{` or
 * `[`, else a form). A host before the path stands for another one.
 */
interface Calls {
  host: string;
  harmless: readonly string[];
  minting?: readonly string[];
}

const CALLS: Record<string, Calls> = {
  "github": {
    host: "api.github.com",
    harmless: [
      "GET /user",
      "GET /user/keys",
      "GET /user/repos?per_page=100&type=owner",
      "GET /repos/acme/keys/issues",
      "POST /repos/acme/app/issues",
      "PATCH /repos/acme/app/issues/7",
      "POST /repos/acme/app/pulls",
      "PUT /repos/acme/app/contents/keys/token.txt",
      "POST /repos/acme/app/git/refs",
      "POST /repos/acme/app/issues/7/comments",
      "GET /repos/acme/app/keys",
      "DELETE /user/keys/7",
      "POST /repos/acme/app/actions/workflows/ci.yml/dispatches",
      "PUT /repos/acme/app/actions/secrets/TOKEN",
      "POST /markdown",
      "GET /search/code?q=token+repo%3Aacme%2Fapp",
      'POST /graphql {"query":"{ viewer { login } }"}',
      "POST uploads.github.com/repos/acme/app/releases/1/assets?name=keys.zip",
    ],
    minting: [
      "POST /user/keys",
      "POST /repos/acme/app/keys",
      "POST /app/installations/7/access_tokens",
      "POST /orgs/acme/actions/runners/registration-token",
      "PATCH /applications/x/token",
    ],
  },
  "gitlab": {
    host: "gitlab.com",
    harmless: [
      "GET /api/v4/user",
      "GET /api/v4/projects/acme%2Fapp",
      "GET /api/v4/projects/acme%2Fapp/access_tokens",
      "POST /api/v4/projects/acme%2Fapp/issues",
      "POST /api/v4/projects/7/merge_requests",
      "POST /api/v4/projects/7/repository/commits",
      "POST /api/v4/projects/7/repository/files/src%2Ftokens%2Fkeys.ts",
      "POST /api/v4/projects/7/pipeline",
      "DELETE /api/v4/projects/7/deploy_keys/3",
      'POST /api/graphql {"query":"{ currentUser { username } }"}',
    ],
    minting: [
      "POST /api/v4/personal_access_tokens/self/rotate",
      "POST /api/v4/projects/acme%2Fapp/access_tokens",
      "POST /api/v4/projects/7/deploy_tokens",
      "POST /api/v4/user/keys",
      'POST /api/graphql {"query":"mutation { personalAccessTokenCreate(input:{}) { token } }"}',
    ],
  },
  "openai": {
    host: "api.openai.com",
    harmless: [
      "GET /v1/models",
      "POST /v1/chat/completions",
      "POST /v1/responses",
      "POST /v1/embeddings",
      "POST /v1/files",
      "POST /v1/audio/transcriptions",
      "POST /v1/images/generations",
      "GET /v1/organization/admin_api_keys",
      "POST /v1/realtime/calls",
      "POST /v1/vector_stores/x/search",
    ],
    minting: [
      "POST /v1/organization/admin_api_keys",
      "POST /v1/organization/projects/p/service_accounts",
      "POST /v1/realtime/client_secrets",
    ],
  },
  "anthropic": {
    host: "api.anthropic.com",
    harmless: [
      "POST /v1/messages",
      "POST /v1/messages/count_tokens",
      "POST /v1/messages/batches",
      "GET /v1/models",
      "POST /v1/files",
      "GET /v1/organizations/api_keys",
    ],
    minting: ["POST /v1/oauth/token"],
  },
  "google": {
    host: "www.googleapis.com",
    harmless: [
      "GET gmail.googleapis.com/gmail/v1/users/me/messages?q=token",
      "POST gmail.googleapis.com/gmail/v1/users/me/messages/send",
      "GET /drive/v3/files?pageSize=10",
      "POST /upload/drive/v3/files?uploadType=multipart",
      "GET /calendar/v3/calendars/primary/events",
      "POST /calendar/v3/calendars/primary/events",
      "PUT sheets.googleapis.com/v4/spreadsheets/x/values/A1:B2",
      "POST sheets.googleapis.com/v4/spreadsheets/x:batchUpdate",
      "POST storage.googleapis.com/upload/storage/v1/b/keys/o?name=token",
      "GET storage.googleapis.com/storage/v1/b/x/o",
      "GET iam.googleapis.com/v1/projects/p/serviceAccounts/a@p.iam.gserviceaccount.com/keys",
      "GET iam.googleapis.com/v1/projects/p/serviceAccounts",
      "POST cloudkms.googleapis.com/v1/projects/p/locations/l/keyRings/r/cryptoKeys",
      "POST secretmanager.googleapis.com/v1/projects/p/secrets",
      "POST bigquery.googleapis.com/bigquery/v2/projects/p/queries",
      "POST pubsub.googleapis.com/v1/projects/p/topics/t:publish",
      "POST aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/google/models/m:generateContent",
      "GET people.googleapis.com/v1/people/me?personFields=names",
      "POST /batch/drive/v3",
      "POST /batch/calendar/v3",
    ],
    minting: [
      "POST iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a@p.iam.gserviceaccount.com:generateAccessToken",
      "POST iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a%40p%3AgenerateAccessToken",
      "POST content-iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a:generateAccessToken",
      "POST iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a:signJwt",
      "POST iam.googleapis.com/v1/projects/p/serviceAccounts/a/keys",
      "POST content-iam.googleapis.com/v1/projects/p/serviceAccounts/a/keys",
      "POST storage.googleapis.com/storage/v1/projects/p/hmacKeys?serviceAccountEmail=a",
      "POST /storage/v1/projects/p/hmacKeys?serviceAccountEmail=a",
      "POST content-storage.googleapis.com/storage/v1/projects/p/hmacKeys",
      "POST apikeys.googleapis.com/v2/projects/p/locations/global/keys",
      "GET content-apikeys.googleapis.com/v2/projects/p/locations/global/keys/k/keyString",
      "POST content-sts.googleapis.com/v1/token",
      "POST /admin/directory/v1/users/u/verificationCodes/generate",
      "POST /batch/iamcredentials/v1",
      "POST content-iamcredentials.googleapis.com/batch",
      "POST /batch/admin/directory_v1 --b verificationCodes/generate",
      "POST oslogin.googleapis.com/batch --b importSshPublicKey",
      "POST content-storage.googleapis.com/?Action=CreateAccessKey&UserEmail=a",
      "POST /sql/v1beta4/projects/p/instances/i/createEphemeral",
    ],
  },
  "microsoft": {
    host: "graph.microsoft.com",
    harmless: [
      "GET /v1.0/me",
      "GET /v1.0/me/messages?$top=10&$select=subject",
      "POST /v1.0/me/sendMail",
      "POST /v1.0/me/events",
      "PUT /v1.0/me/drive/root:/keys/token.txt:/content",
      "GET /v1.0/applications",
      'PATCH /v1.0/applications/a {"displayName":"x"}',
      'POST /v1.0/$batch {"requests":[{"id":"1","method":"GET","url":"/me"}]}',
      "POST /v1.0/teams/t/channels/c/messages",
    ],
    minting: [
      "POST /v1.0/applications/a/addPassword",
      "POST /beta/applications(appId='a')/addPassword",
      "POST /beta/applications(appId='a')/microsoft.graph.addKey",
      "POST /v1.0/servicePrincipals/a/microsoft.graph.addTokenSigningCertificate",
      "POST /v1.0/me/ownedObjects/a/microsoft.graph.application/addPassword",
      "POST /v1.0/directoryObjects/a/microsoft.graph.application/addPassword",
      "POST /v1.0/myorganization/applications/a/addPassword",
      'PATCH /v1.0/applications/a {"passwordCredentials":[]}',
      'POST /v1.0/$batch {"requests":[{"url":"/applications/a/%61ddPassword"}]}',
      'POST /v1.0/$batch {"requests":[{"url":"/applications/a/\\u002561ddPassword"}]}',
      "POST /v1.0/users/u/authentication/temporaryAccessPassMethods",
    ],
  },
  "aws": {
    host: "sts.amazonaws.com",
    harmless: [
      "POST / Action=GetCallerIdentity&Version=2011-06-15",
      "POST iam.amazonaws.com/ Action=ListUsers&Version=2010-05-08",
      "POST iam.amazonaws.com/ Action=GetAccessKeyLastUsed&AccessKeyId=A",
      "POST ec2.eu-west-1.amazonaws.com/ Action=DescribeInstances",
      "POST ec2.eu-west-1.amazonaws.com/ Action=DescribeKeyPairs",
      // Keys for five minutes.
      "GET b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com/?session",
      "GET s3.amazonaws.com/bucket/keys?list-type=2",
      "PUT bucket.s3.eu-west-1.amazonaws.com/CreateAccessKey",
      "POST sqs.eu-west-1.amazonaws.com/ Action=SendMessage&MessageBody=AssumeRole",
      "POST lambda.eu-west-1.amazonaws.com/2015-03-31/functions/f/invocations",
      "POST bedrock-runtime.us-east-1.amazonaws.com/model/m/invoke",
      "POST redshift.eu-west-1.amazonaws.com/ Action=DescribeClusters",
    ],
    minting: [
      "POST / Action=GetSessionToken",
      "POST / Action=AssumeRole",
      "POST iam.amazonaws.com/ Action=CreateAccessKey&UserName=x",
    ],
  },
  "slack": {
    host: "slack.com",
    harmless: [
      "POST /api/chat.postMessage",
      "GET /api/conversations.list?limit=100",
      "GET /api/users.list",
      "POST /api/files.getUploadURLExternal",
      "POST /api/auth.test",
      "POST /api/apps.connections.open",
    ],
    minting: ["POST /api/oauth.v2.access", "GET /api/tooling.tokens.rotate"],
  },
  "stripe": {
    host: "api.stripe.com",
    harmless: [
      "GET /v1/customers?limit=3",
      "POST /v1/customers",
      "POST /v1/payment_intents",
      "POST /v1/checkout/sessions",
      "POST /v1/tokens",
      "POST /v1/refunds",
      "POST files.stripe.com/v1/files",
      "POST /v1/accounts",
    ],
    minting: ["POST /v1/ephemeral_keys", "POST /v2/iam/api_keys"],
  },
  "npm": {
    host: "registry.npmjs.org",
    harmless: [
      "GET /react",
      "GET /@types%2fnode",
      "GET /react/-/react-18.0.0.tgz",
      "PUT /@acme%2fapp",
      "GET /-/whoami",
      "GET /-/npm/v1/tokens",
      "DELETE /-/npm/v1/tokens/token/x",
      "POST /-/npm/v1/security/audits/quick",
      "POST /-/npm/v1/security/advisories/bulk",
      "GET /-/v1/search?text=token",
      "PUT /-/package/app/dist-tags/beta",
    ],
    minting: [
      "POST /-/npm/v1/tokens",
      "POST //-//npm/v1/tokens/",
      "PUT /-/user/org.couchdb.user:ada",
      "PUT /-/user/org.couchdb.user%3Aada/-rev/1",
    ],
  },
  "vercel": {
    host: "api.vercel.com",
    harmless: [
      "GET /v2/user",
      "POST /v13/deployments",
      "POST /v2/files",
      "GET /v5/user/tokens",
      "POST /v10/projects/p/env",
      "GET /v9/projects",
      "PATCH /v9/projects/p",
    ],
    minting: ["POST /v3/user/tokens", "PATCH /v1/projects/p/protection-bypass"],
  },
  "cloudflare": {
    host: "api.cloudflare.com",
    harmless: [
      "GET /client/v4/zones",
      "GET /client/v4/user/tokens/verify",
      "POST /client/v4/zones/z/dns_records",
      "POST /client/v4/zones/z/purge_cache",
      "PUT /client/v4/accounts/a/workers/scripts/tokens",
      "PUT /client/v4/accounts/a/storage/kv/namespaces/n/values/token",
      'POST /client/v4/graphql {"query":"{ viewer { zones { a } } }"}',
      "POST /client/v4/accounts/a/ai/run/@cf/meta/llama",
    ],
    minting: [
      "POST /client/v4/user/tokens",
      "PUT /client/v4/user/tokens/t/value",
      "POST /client/v4/accounts/a/access/service_tokens",
    ],
  },
  "heroku": {
    host: "api.heroku.com",
    harmless: [
      "GET /apps",
      "POST /apps",
      "POST /apps/a/builds",
      "PATCH /apps/a/config-vars",
      "POST /sources",
      "GET /account/keys",
    ],
    minting: ["POST /oauth/authorizations"],
  },
  "digitalocean": {
    host: "api.digitalocean.com",
    harmless: [
      "GET /v2/account",
      "POST /v2/droplets",
      "GET /v2/account/keys",
      "POST /v2/domains/example.com/records",
      "POST /v2/apps",
      "GET /v2/databases",
    ],
    minting: ["POST /v2/spaces/keys", "POST /v2/databases/d/users"],
  },
  "netlify": {
    host: "api.netlify.com",
    harmless: [
      "GET /api/v1/sites",
      "POST /api/v1/sites",
      "POST /api/v1/sites/s/deploys",
      "PUT /api/v1/deploys/d/files/token.js",
      "POST /api/v1/oauth/tickets",
    ],
    minting: ["POST /api/v1/deploy_keys"],
  },
  "sentry": {
    host: "sentry.io",
    harmless: [
      "GET /api/0/organizations/acme/issues/?query=token",
      "PUT /api/0/issues/7/",
      "POST /api/0/organizations/acme/releases/",
      "POST /api/0/organizations/acme/chunk-upload/",
      "GET /api/0/projects/acme/app/keys/",
    ],
    minting: ["POST /api/0/api-tokens/", "POST /api/0/projects/acme/app/keys/"],
  },
  "datadog": {
    host: "api.datadoghq.com",
    harmless: [
      "POST /api/v2/series",
      "GET /api/v1/query?query=token",
      "POST /api/v1/monitor",
      "POST /api/v1/events",
      "GET /api/v2/api_keys",
      "POST /api/v2/logs/events/search",
    ],
    minting: ["POST /api/v2/api_keys", "POST /api/v1/application_key"],
  },
  "twilio": {
    host: "api.twilio.com",
    harmless: [
      "POST /2010-04-01/Accounts/AC1/Messages.json To=1&Body=AuthToken",
      "POST /2010-04-01/Accounts/AC1/Calls.json",
      "GET /2010-04-01/Accounts/AC1/Keys.json",
      "GET /2010-04-01/Accounts.json",
      "POST verify.twilio.com/v2/Services/VA1/Verifications",
    ],
    minting: [
      "POST /2010-04-01/Accounts/AC1/Keys.json",
      "POST /2010-04-01/Accounts/AC1/Keys",
      "POST iam.twilio.com/v1/Keys",
    ],
  },
  "sendgrid": {
    host: "api.sendgrid.com",
    harmless: ["POST /v3/mail/send", "GET /v3/api_keys", "GET /v3/templates"],
    minting: ["POST /v3/api_keys"],
  },
  "resend": {
    host: "api.resend.com",
    harmless: ["POST /emails", "POST /emails/batch", "GET /api-keys"],
    minting: ["POST /api-keys"],
  },
  "shopify": {
    host: TENANT,
    harmless: [
      "GET /admin/api/2024-10/products.json",
      "POST /admin/api/2024-10/products.json",
      "POST /admin/api/2024-10/orders/7/fulfillments.json",
      'POST /admin/api/2024-10/graphql.json {"query":"{ shop { name } }"}',
    ],
    minting: [
      "POST /admin/api/2024-10/storefront_access_tokens.json",
      'POST /admin/api/2024-10/graphql.json {"query":"mutation { delegateAccessTokenCreate(input:{}) { x } }"}',
    ],
  },
  "salesforce": {
    host: TENANT,
    harmless: [
      "GET /services/data/v60.0/query?q=SELECT+Id+FROM+User",
      "POST /services/data/v60.0/sobjects/Account",
      "PATCH /services/data/v60.0/sobjects/Account/1",
      'POST /services/data/v60.0/composite {"compositeRequest":[{"method":"GET","url":"/services/data/v60.0/sobjects/Account/1"}]}',
      "POST /services/data/v60.0/jobs/ingest",
    ],
    minting: [
      "POST /services/data/v60.0/sobjects/User/u/password",
      "DELETE /services/data/v60.0/sobjects/User/u/password",
      'POST /services/data/v60.0/composite {"compositeRequest":[{"method":"DELETE","url":"/services/data/v60.0/sobjects/User/u/password"}]}',
      'POST /services/data/v60.0/composite/batch {"batchRequests":[{"method":"DELETE","url":"v60.0/sobjects/User/u/p%61ssword"}]}',
    ],
  },
  "hubspot": {
    host: "api.hubapi.com",
    harmless: [
      "GET /crm/v3/objects/contacts?limit=10",
      "POST /crm/v3/objects/contacts",
      "POST /crm/v3/objects/contacts/search",
      "POST /crm/v3/objects/contacts/batch/read",
    ],
    minting: ["POST /conversations/v3/visitor-identification/tokens/create"],
  },
  "zendesk": {
    host: TENANT,
    harmless: [
      "GET /api/v2/tickets.json",
      "POST /api/v2/tickets.json",
      "PUT /api/v2/tickets/7.json",
      "GET /api/v2/search.json?query=oauth",
      "POST /api/v2/uploads.json?filename=tokens.txt",
    ],
    minting: ["POST /api/v2/oauth/tokens.json", "POST /api/v2/api_tokens.json"],
  },
  "okta": {
    host: TENANT,
    harmless: [
      "GET /api/v1/users?limit=10",
      "POST /api/v1/users?activate=true",
      "POST /api/v1/groups",
      "PUT /api/v1/groups/g/users/u",
      "POST /api/v1/users/u/lifecycle/suspend",
      "GET /api/v1/apps",
    ],
    minting: ["POST /api/v1/sessions", "POST /api/v1/apps"],
  },
  "supabase": {
    host: "api.supabase.com",
    harmless: [
      "GET /v1/projects",
      "POST /v1/projects",
      "POST /v1/projects/r/database/query",
      "POST /v1/projects/r/secrets",
      "POST /v1/projects/r/functions/deploy",
    ],
    minting: ["POST /v1/projects/r/api-keys"],
  },
  "discord-bot": {
    host: "discord.com",
    harmless: [
      "POST /api/v10/channels/c/messages",
      "GET /api/v10/users/@me",
      "PUT /api/v10/channels/c/messages/m/reactions/x/@me",
      "POST /api/v10/applications/a/commands",
    ],
    minting: ["POST /api/v10/channels/c/webhooks"],
  },
  "bitbucket": {
    host: "api.bitbucket.org",
    harmless: [
      "GET /2.0/repositories/acme/app",
      "POST /2.0/repositories/acme/app/pullrequests",
      "POST /2.0/repositories/acme/app/src",
      "POST /2.0/repositories/acme/app/pipelines/",
      "GET /2.0/users/ada/ssh-keys",
    ],
    minting: ["POST /2.0/repositories/acme/app/deploy-keys"],
  },
  "azure-devops": {
    host: "dev.azure.com",
    harmless: [
      "GET /acme/_apis/projects?api-version=7.1",
      "POST /acme/app/_apis/wit/workitems/$Task?api-version=7.1",
      "POST /acme/app/_apis/git/repositories/r/pushes?api-version=7.1",
      "POST /acme/app/_apis/pipelines/1/runs?api-version=7.1",
    ],
    minting: [
      "POST vssps.dev.azure.com/acme/_apis/tokens/pats?api-version=7.1-preview.1",
    ],
  },
  "terraform": {
    host: "app.terraform.io",
    harmless: [
      "GET /api/v2/organizations/acme/workspaces",
      "POST /api/v2/runs",
      "POST /api/v2/workspaces/w/configuration-versions",
      "POST /api/v2/workspaces/w/vars",
    ],
    minting: ["POST /api/v2/organizations/acme/authentication-token"],
  },
  "grafana": {
    host: TENANT,
    harmless: [
      "GET /api/search?query=tokens",
      "POST /api/dashboards/db",
      "POST /api/ds/query",
      "POST /api/annotations",
    ],
    minting: ["POST /api/serviceaccounts/7/tokens"],
  },
  "facebook": {
    host: "graph.facebook.com",
    harmless: [
      "GET /v20.0/me?fields=id,name",
      "POST /v20.0/7/feed message=hello",
      "GET /v20.0/7/insights?metric=page_impressions",
    ],
    minting: [
      "GET /v20.0/me/accounts",
      "GET /v20.0/7?fields=access_token",
      "GET /v20.0/me?fields=name%2Caccounts%7Bname%7D",
    ],
  },
  "todoist": {
    host: "api.todoist.com",
    harmless: [
      "POST /api/v1/tasks",
      "GET /api/v1/projects",
      "POST /api/v1/sync",
    ],
    minting: ["POST /api/v1/access_tokens/migrate_personal_token"],
  },
  "openrouter": {
    host: "openrouter.ai",
    harmless: ["POST /api/v1/chat/completions", "GET /api/v1/keys"],
    minting: ["POST /api/v1/keys"],
  },
  "railway": {
    host: "backboard.railway.com",
    harmless: ['POST /graphql/v2 {"query":"{ me { id } }"}'],
    minting: [
      'POST /graphql/v2 {"query":"mutation { apiTokenCreate(input:{}) }"}',
    ],
  },
  "pinecone": {
    host: "api.pinecone.io",
    harmless: ["GET /indexes", "POST x-1.svc.us-east-1.pinecone.io/query"],
    minting: ["POST /admin/projects/p/api-keys"],
  },
  "linear": {
    host: "api.linear.app",
    harmless: [
      'POST /graphql {"query":"mutation { issueCreate(input:{title:\\"rotate the apiKey\\"}) { success } }"}',
      'POST /graphql {"query":"{ issues { nodes { id } } }"}',
    ],
  },
  "notion": {
    host: "api.notion.com",
    harmless: [
      "POST /v1/search",
      "POST /v1/pages",
      "PATCH /v1/blocks/b/children",
      "POST /v1/databases/d/query",
      "GET /v1/users/me",
    ],
  },
  "airtable": {
    host: "api.airtable.com",
    harmless: ["GET /v0/app1/Tokens?maxRecords=3", "POST /v0/app1/API%20Keys"],
  },
  "asana": {
    host: "app.asana.com",
    harmless: ["POST /api/1.0/tasks", "GET /api/1.0/users/me"],
  },
  "atlassian": {
    host: "api.atlassian.com",
    harmless: [
      "GET /ex/jira/c/rest/api/3/search?jql=text~token",
      "POST /ex/jira/c/rest/api/3/issue",
    ],
  },
  "dropbox": {
    host: "api.dropboxapi.com",
    harmless: [
      "POST /2/files/list_folder",
      "POST content.dropboxapi.com/2/files/upload",
    ],
    minting: ["POST /2/auth/token/from_oauth1"],
  },
  "figma": { host: "api.figma.com", harmless: ["GET /v1/files/k/comments"] },
  "huggingface": {
    host: "huggingface.co",
    harmless: [
      "GET /api/whoami-v2",
      "GET /api/models?search=tokenizer",
      "POST router.huggingface.co/v1/chat/completions",
    ],
  },
  "replicate": {
    host: "api.replicate.com",
    harmless: ["POST /v1/predictions", "GET /v1/models/a/keys"],
  },
  "groq": {
    host: "api.groq.com",
    harmless: ["POST /openai/v1/chat/completions", "GET /openai/v1/models"],
  },
  "mistral": { host: "api.mistral.ai", harmless: ["POST /v1/fim/completions"] },
  "intercom": {
    host: "api.intercom.io",
    harmless: ["POST /contacts/search", "POST /conversations/7/reply"],
  },
  "pagerduty": {
    host: "api.pagerduty.com",
    harmless: ["POST /incidents", "GET /oncalls"],
  },
  "spotify": {
    host: "api.spotify.com",
    harmless: ["GET /v1/me/playlists", "PUT /v1/me/player/play"],
  },
};

interface Call {
  head: RequestHead;
  host: string;
  body: Uint8Array;
}

function callOf(base: string, text: string): Call {
  const [, method, named, target, body = ""] =
    /^([A-Z]+) ([^/\s]*)(\/\S*)(?: (.*))?$/s.exec(text)!;
  const host = named || base;
  const type = /^[{[]/.test(body) || body === ""
    ? JSON_TYPE
    : body.startsWith("--")
    ? "multipart/mixed; boundary=b"
    : FORM_TYPE;
  const bytes = new TextEncoder().encode(
    body || (method === "GET" ? "" : "{}"),
  );
  return {
    host,
    body: bytes,
    head: {
      method: method!,
      target: target!,
      minor: 1,
      fields: [
        { name: "Host", value: host },
        // Every request of AWS is signed, with the placeholder at first.
        {
          name: "Authorization",
          value:
            "AWS4-HMAC-SHA256 Credential=x/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0",
        },
        ...bytes.length > 0
          ? [
            { name: "Content-Type", value: type },
            { name: "Content-Length", value: String(bytes.length) },
          ]
          : [],
      ],
      framing: bytes.length > 0
        ? { kind: "length", length: bytes.length }
        : { kind: "none" },
    },
  };
}

/** Names of the fields that requests cannot do without. */
function neededFields(injection: Injection): string[] {
  const templates = injection.kind === "sigv4"
    ? [injection.access_key_id, injection.secret_access_key]
    : templatesOf(injection);
  return templates.flatMap(fieldNames);
}

function connected(definition: ProviderDefinition, own: boolean): Connection {
  const base = `https://${TENANT}`;
  const fields = Object.fromEntries(
    (definition.api_key?.inject ?? []).flatMap(neededFields)
      .concat(definition.api_key?.secret_fields ?? "api_key")
      .map((name) => [name, new Secret("canary-of-the-table-1")]),
  );
  return {
    provider: definition.name,
    name: "default",
    revision: 1,
    state: "connected",
    createdAt: 0,
    updatedAt: 0,
    ...own ? { baseUrl: base } : {},
    credential: definition.auth_type === "api_key"
      ? { type: "api_key", fields }
      : {
        type: "oauth2",
        accessToken: new Secret("canary-of-the-table-2"),
        scopes: [],
        requestedScopes: [],
        captured: { instance_url: base },
      },
  };
}

/** What becomes of `call`, by the proxy, the library's fetch, and `explain` (which knows no body). */
async function outcomes(provider: string, { head, host, body }: Call) {
  const definition: ProviderDefinition = JSON.parse(
    bundledProviders.text(provider)!,
  );
  const own = host === TENANT && provider !== "salesforce";
  const connection = connected(definition, own);
  const { credential } = connection;
  const captured = credential.type === "oauth2" ? credential.captured : {};
  const table = buildRoutes([{
    definition,
    connection: "default",
    captured,
    ...own ? { baseUrl: connection.baseUrl! } : {},
  }]);
  let audited: string | undefined;
  const context = {
    routes: () => table,
    credentials: {
      fresh: () =>
        Promise.resolve({ ok: true as const, credential, values: captured }),
    },
    audit: {
      record: ({ reason }: AuditEvent) => audited = reason,
      flush: () => Promise.resolve(),
    },
    profile: "default",
  };
  const planner = tunnelPlanner({
    ...context,
    policy: "open",
    dial: () => Promise.reject(new Error("nothing is sent")),
  }, { host, port: 443 });
  let plan = await planner(head);
  let held = false;
  while (plan.kind === "hold") {
    held = true;
    plan = await plan.decide(body.length > plan.limit ? undefined : body);
  }
  const proxy = plan.kind === "refuse"
    ? plan.refusal.reason
    : plan.head.fields.concat({ name: "", value: plan.head.target })
        .some(({ value }) =>
          /canary/.test(value) ||
          /Basic /.test(value)
        )
    ? "injected"
    : "forwarded";

  audited = undefined;
  let library = "not sent";
  await routedFetch(
    {
      ...context,
      fetch(input, init) {
        const sent = new Request(input, init);
        library = /canary|Basic |AWS4-HMAC/.test(
            JSON.stringify([sent.url, ...sent.headers]),
          )
          ? "injected"
          : "forwarded";
        return Promise.resolve(new Response());
      },
    },
    `https://${host}${head.target}`,
    {
      method: head.method,
      headers: head.fields.filter(({ name }) =>
        /^(?:x-amz-target|content-type)$/i.test(name)
      ).map(({ name, value }): [string, string] => [name, value]),
      ...body.length > 0 ? { body: body as Uint8Array<ArrayBuffer> } : {},
    },
  ).catch(() => library = audited ?? "failed");

  const told = explain(
    readRequest(`https://${host}${head.target}`, head.method),
    {
      participants: [{ definition, connection }],
      named: [],
      others: [],
      leftOut: [],
      policy: "open",
      now: 1,
    },
  );
  return {
    proxy,
    library,
    explained: told.action === "inject" ? "injected" : told.reason,
    byBody: held,
  };
}

for (
  const [provider, { host, harmless, minting = [] }] of Object.entries(CALLS)
) {
  test(`${provider}: ordinary calls get the credential, and those that make one do not`, async () => {
    for (
      const [calls, outcome] of [
        [harmless, "injected"],
        [minting, "minting_refused"],
      ] as const
    ) {
      for (const text of calls) {
        const { proxy, library, explained, byBody } = await outcomes(
          provider,
          callOf(host, text),
        );
        expect([text, proxy, library, explained]).toEqual([
          text,
          ...proxy === "oauth_endpoint" && outcome === "minting_refused"
            // A place of its OAuth server, refused in any case.
            ? [proxy, proxy, proxy]
            : [outcome, outcome, byBody ? "injected" : outcome],
        ]);
      }
    }
  });
}

test("the table is as large as it says", () => {
  const rows = Object.values(CALLS);
  expect(rows.length).toBeGreaterThanOrEqual(40);
  expect(rows.flatMap(({ harmless }) => harmless).length)
    .toBeGreaterThanOrEqual(150);
});
