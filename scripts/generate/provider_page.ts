/** The page of one provider, from its definition and the code that uses it. @module */
import { possibleFlows } from "../../lib/login/choose.ts";
import { FLOWS } from "../../lib/provider/flow_facts.ts";
import { sourceFields, sourceInput } from "./mint_page.ts";
import {
  fieldLabel,
  isOptional,
  onlyField,
} from "../../lib/provider/secret_input.ts";
import {
  credentialFields,
  publicFields,
  publicVariables,
  secretFields,
} from "../../lib/provider/credential_fields.ts";
import {
  DEFAULT_PORT,
  loginOrigin,
  redirectUri,
} from "../../lib/form/login_address.ts";
import type {
  Injection,
  ProviderDefinition,
} from "../../lib/provider/definition.ts";
import type { MintingPlace } from "../../lib/provider/operations/minting_place.ts";
import {
  baseUrlValues,
  defaultBaseUrl,
  needsBaseUrl,
} from "../../lib/provider/tenant.ts";
import { placeText } from "../../lib/provider/place_text.ts";
import { PLACEHOLDER } from "../../lib/placeholder.ts";
import { fieldOfVariable, formOf } from "../../lib/provider/placeholder_of.ts";
import {
  placeholderVariables,
  withheldVariables,
} from "../../lib/run/child_env.ts";
import { injectionsOf } from "../../lib/request/routes.ts";
import { origin } from "./origin.ts";
import {
  block,
  code,
  codes,
  enumerate,
  plain,
  prose,
  table,
} from "./markdown.ts";

const REDIRECT_RULES = {
  any_loopback:
    "accepts this redirect URI for apps on the user's own machine, with any port",
  localhost:
    "is known to accept only redirect URIs with the host name `localhost`, so it may refuse this one",
  https_only:
    "is known to accept only https redirect URIs, so it may refuse this one",
} as const;

/** The hosts that get the credential of `definition`, as written in it. */
export function hostsOf(definition: ProviderDefinition): string[] {
  const hosts = [
    definition.api_url,
    ...(definition.extra_routes ?? []).map(({ api_url }) => api_url),
  ].flat();
  return [...new Set(hosts)];
}

/**
 * The page as Markdown.
 *
 * @param rivals providers that serve the same requests.
 */
export function providerPage(
  definition: ProviderDefinition,
  rivals: readonly string[],
): string {
  const parts = [
    `# ${plain(definition.display_name)}`,
    `> ${summary(definition)}`,
    "## At a glance",
    table([["Fact", "Value"], ...facts(definition)]),
    ...placesNamed(definition),
    ...prerequisites(definition),
    ...logIn(definition),
    ...customScopes(definition),
    ...accounts(definition),
    ...useToken(definition),
    ...minting(definition),
    ...sharing(definition, rivals),
    ...override(definition),
    "## Where these facts come from",
    ...origin(definition),
    "[All providers](README.md)",
  ];
  return parts.join("\n\n") + "\n";
}

/** The request that tells whose credential it is. */
function asked({ whoami }: ProviderDefinition): string | undefined {
  if (!whoami) return undefined;
  const { method = "GET", url, account, docs_url } = whoami;
  const request = codes([url].flat().map((each) => `${method} ${each}`));
  const what = account === undefined
    ? "whether the key works"
    : "whose account it is";
  return `${request}, ${docs_url ? `[${what}](${docs_url})` : what}`;
}

function summary(
  { display_name, auth_type, mint }: ProviderDefinition,
): string {
  const name = plain(display_name);
  if (mint) {
    return `${name}: give authsome once what lasts. It is stored encrypted on this machine, and programs get credentials that are minted from it and expire soon.`;
  }
  return auth_type === "oauth2"
    ? `Log in to ${name} with OAuth 2.0. Tokens are stored encrypted on this machine and refreshed automatically.`
    : `Give authsome your ${name} key once. It is stored encrypted on this machine.`;
}

function facts(definition: ProviderDefinition): [string, string][] {
  const { oauth, api_key, client } = definition;
  const flows = possibleFlows(definition);
  const rows: [string, string | undefined][] = [
    ["Provider name", code(definition.name)],
    ["Display name", plain(definition.display_name)],
    ["Category", plain(definition.category ?? "other")],
    ["Auth type", definition.auth_type === "oauth2" ? "OAuth2" : "API key"],
    [
      "Default flow",
      `${code(definition.flow)}, ${FLOWS[definition.flow].title}`,
    ],
  ];
  if (oauth) {
    const yes = (value: boolean) => value ? "Yes" : "No";
    rows.push(
      ["PKCE supported", yes(oauth.pkce !== false)],
      ["Device code supported", yes(flows.includes("device_code"))],
      ["DCR supported", yes(flows.includes("dcr_pkce"))],
      [
        "Default scopes",
        oauth.scopes?.length ? codes(oauth.scopes) : "none",
      ],
      [
        "Scopes for a refresh token",
        oauth.refresh_scopes?.length ? codes(oauth.refresh_scopes) : undefined,
      ],
    );
  }
  const base = defaultBaseUrl(definition);
  rows.push(
    ["Base URL", needsBaseUrl(definition) ? "your own" : base && code(base)],
    ["Proxy hosts", codes(hostsOf(definition))],
    [
      "Never sent to",
      definition.exclude_hosts && codes(definition.exclude_hosts),
    ],
    [
      "Injected as",
      injectionsOf(definition).map((each) => code(injected(each))).join(", "),
    ],
  );
  const places = acceptedPlaces(definition);
  rows.push(
    [
      "Placeholder also taken in",
      places.length > 0 ? places.map(prose).join(", ") : undefined,
    ],
    ["Asked at a login", asked(definition)],
  );
  if (definition.mint) rows.push(["Minted from", sourceFields(definition)]);
  if (api_key && !definition.mint) {
    const listed = (fields: readonly string[]) =>
      fields.map((field) =>
        label(field) + (isOptional(definition, field) ? " (optional)" : "")
      ).join(", ");
    const read = [api_key.env_var ?? []].flat();
    rows.push(
      ["Secrets", listed(secretFields(definition))],
      ["Not secret", listed(publicFields(definition)) || undefined],
      [
        "Key looks like",
        api_key.key_pattern_hint && prose(api_key.key_pattern_hint),
      ],
      ["Read at login", read.length > 0 ? codes(read) : undefined],
    );
  }
  for (
    const [variable, field] of Object.entries(definition.export?.env ?? {})
  ) {
    rows.push([`Env var (${code(field)})`, code(variable)]);
  }
  for (const { path, source } of definition.config_files ?? []) {
    rows.push(["Shown in a sandbox", `[${code(`~/${path}`)}](${source})`]);
  }
  rows.push(
    [
      "Env var (client ID)",
      client?.client_id_env && code(client.client_id_env),
    ],
    [
      "Env var (client secret)",
      client?.client_secret_env && code(client.client_secret_env),
    ],
    [
      "Added headers",
      definition.default_headers &&
      codes(
        Object.entries(definition.default_headers)
          .map(([name, value]) => `${name}: ${value}`),
      ),
    ],
    [
      "Facts checked",
      definition.checked &&
      code(definition.checked) +
        (definition.unverified ? ", unverified (one source)" : ""),
    ],
  );
  return rows.filter((row): row is [string, string] => row[1] !== undefined);
}

/** Where a client may put the placeholder besides. */
function acceptedPlaces(
  { accepts = [], extra_routes = [] }: ProviderDefinition,
): string[] {
  const all = [
    ...accepts,
    ...extra_routes.flatMap((route) => route.accepts ?? []),
  ];
  return [...new Set(all.map(placeText))];
}

/** What a request carries; `{field}` stands for the secret. */
function injected(injection: Injection): string {
  switch (injection.kind) {
    case "header":
      return `${injection.name}: ${injection.value}`;
    case "basic":
      return `Authorization: Basic base64(${injection.username}:${injection.password})`;
    case "query":
      return `?${injection.name}=${injection.value}`;
    case "path":
      return `path ${injection.template}`;
    case "sigv4":
      return `Authorization: AWS4-HMAC-SHA256 Credential=${injection.access_key_id}/…`;
    case "body":
      return `body (${injection.format}): ${injection.name} = ${injection.value}`;
    case "websocket":
      return `WebSocket message: ${injection.name} = ${injection.value}`;
  }
}

/** A field's name inside a sentence: `api_key` → `API key`, `auth_token` → `auth token`. */
function label(field: string): string {
  const text = fieldLabel(field);
  return plain(
    /^[A-Z][a-z]/.test(text) ? text[0]!.toLowerCase() + text.slice(1) : text,
  );
}

/** What the names in braces of hosts stand for. */
function placesNamed(definition: ProviderDefinition): string[] {
  const names = new Set(hostsOf(definition).join(" ").match(/\{\w+\}/g));
  return [...names].map((name) =>
    name === "{base_url_host}"
      ? "`{base_url_host}` stands for the host of the base URL."
      : baseUrlValues(definition).includes(name.slice(1, -1))
      ? `${code(name)} stands for the ${
        plain(name.slice(1, -1))
      } that the base URL names.`
      : `${code(name)} stands for the host that ${
        plain(definition.display_name)
      } names at login.`
  );
}

function prerequisites(definition: ProviderDefinition): string[] {
  const { display_name, flow, dashboard_url, oauth } = definition;
  const notes = [...definition.setup_notes ?? [], ...definition.notes ?? []];
  const name = plain(display_name);
  const { auth_type, client, redirects } = FLOWS[flow];
  const parts = ["## Prerequisites"];
  const dashboard = dashboard_url && `Dashboard: <${dashboard_url}>`;
  const asked = oauth?.token_auth_method === "none"
    ? "client ID (there is no client secret)"
    : "client ID and client secret";
  if (client === "own" && redirects) {
    parts.push(
      `Register an OAuth app with ${name} once, set its redirect URI, and copy its ${asked}. The redirect URI (also called callback URL) must be exactly:`,
      block("text", redirectUri(DEFAULT_PORT)),
    );
    if (oauth?.redirect_rules) {
      const instead = oauth.redirect_rules === "any_loopback" ? "" : ` ${
        prose(
          oauth.redirect_instead ??
            "Look for another app type (desktop, native) in its dashboard.",
        )
      }`;
      parts.push(`${name} ${REDIRECT_RULES[oauth.redirect_rules]}.${instead}`);
    }
  } else if (client === "registered") {
    parts.push(
      `None: authsome registers itself with ${name} at the first login (RFC 7591), with the redirect URI:`,
      block("text", redirectUri(DEFAULT_PORT)),
    );
  } else if (client === "own") {
    parts.push(
      `Create an app with ${name} once and copy its ${asked}. No redirect URI is needed: the app gets its own token.`,
    );
  } else if (definition.mint) {
    parts.push(`From your ${name} account: ${sourceFields(definition)}.`);
  } else if (auth_type === "oauth2") {
    parts.push("None: you do not need to register an app.");
  } else {
    const optional = credentialFields(definition).filter((field) =>
      isOptional(definition, field)
    ).map(label);
    const fields = credentialFields(definition).map(label)
      .filter((field) => !optional.includes(field));
    parts.push(
      fields.length > 1
        ? `These values from your ${name} account: ${enumerate(fields, "and")}${
          optional.length > 0
            ? ` (and ${enumerate(optional, "and")}, if it has one)`
            : ""
        }.`
        : `A key from your ${name} account.`,
    );
  }
  if (dashboard) parts.push(dashboard);
  if (needsBaseUrl(definition)) {
    parts.push(
      `Each customer of ${name} has their own address. Pass yours with \`--base-url\`.`,
    );
  }
  if (notes.length > 0) {
    parts.push(notes.map((note) => `- ${prose(note)}`).join("\n"));
  }
  return parts;
}

function logIn(definition: ProviderDefinition): string[] {
  const { name, flow, oauth, api_key, client } = definition;
  const base = needsBaseUrl(definition)
    ? ` --base-url ${definition.base_url_example}`
    : "";
  const parts = ["## Log in", block("sh", `authsome login ${name}${base}`)];
  const origin = code(loginOrigin(DEFAULT_PORT));
  const page = oauth?.authorization_url
    ? code(
      oauth.authorization_url.replace(
        "{base_url}",
        oauth.base_url ?? "https://your-address",
      ),
    )
    : "the provider's page";
  if (FLOWS[flow].client === "own") {
    const variables = client?.client_id_env
      ? ` They may also come from the variables ${
        codes([client.client_id_env, client.client_secret_env ?? []].flat())
      }.`
      : "";
    parts.push(
      `The first time, authsome opens a local form at ${origin} that asks for the client ID and client secret. They are encrypted in your vault and reused by every later login.${variables}`,
    );
  }
  if (FLOWS[flow].redirects) {
    parts.push(`The browser then goes to ${page} for you to allow access.`);
  } else if (flow === "device_code") {
    parts.push(
      "authsome shows a code and an address. Open the address in any browser and type the code.",
    );
  }
  if (
    flow !== "device_code" && possibleFlows(definition).includes("device_code")
  ) {
    parts.push(
      "If no browser can be opened, authsome uses the device flow. To choose it yourself:",
      block("sh", `authsome login ${name}${base} --flow device_code`),
    );
  }
  if (definition.mint) {
    const { file, says } = sourceInput(definition);
    parts.push(
      `authsome opens a local form at ${origin} that asks for what is minted from. Without a browser it asks in the terminal. From a script:`,
      block("sh", `authsome login ${name}${base} --stdin < ${file}`),
      says,
    );
  }
  if (api_key && !definition.mint) {
    const fields = credentialFields(definition);
    const only = onlyField(definition, fields);
    const read = [api_key.env_var ?? []].flat();
    parts.push(
      `authsome opens a local form at ${origin} that asks for the ${
        enumerate(fields.map(label), "and")
      }. Without a browser it asks in the terminal.${
        only && read.length > 0
          ? ` If ${
            enumerate(read.map(code), "or")
          } is set, the key is taken from there.`
          : ""
      } From a script:`,
      block(
        "sh",
        only
          ? `authsome login ${name}${base} --stdin < key.txt`
          : `authsome login ${name}${base} --stdin < keys.json`,
      ),
    );
    if (fields.length > 1) {
      parts.push(
        `where the file is ${
          only ? `the ${label(only)} alone, or ` : ""
        }one line: \`{${fields.map((field) => `"${field}":"…"`).join(",")}}\`.`,
      );
    }
  }
  parts.push(
    "Verify:",
    block("sh", `authsome get ${name} --field status`, "# → connected"),
  );
  return parts;
}

function customScopes(
  { name, auth_type, flow, oauth, mint }: ProviderDefinition,
) {
  if (auth_type !== "oauth2" || mint && flow !== "jwt_bearer") return [];
  return [
    "## Custom scopes",
    oauth?.scopes?.length
      ? `The bundled definition requests ${
        codes(oauth.scopes)
      }. To request others:`
      : "The bundled definition requests no scopes. To request some:",
    block("sh", `authsome login ${name} --scopes "<comma-separated>"`),
    `The granted scopes are stored with the connection; see \`authsome get ${name}\`.`,
  ];
}

function accounts({ name }: ProviderDefinition): string[] {
  return [
    "## Several accounts",
    "Each account is a connection with a name; without `--connection` it is `default`.",
    block(
      "sh",
      `authsome login ${name} --connection personal`,
      `authsome login ${name} --connection work`,
      `authsome set-default ${name} work`,
      `authsome run --connection ${name}=personal -- python3 my_agent.py`,
    ),
  ];
}

function useToken(definition: ProviderDefinition): string[] {
  const variables = placeholderVariables(definition);
  const shown = [...publicVariables(definition).keys()];
  const withheld = [...withheldVariables(definition)];
  const oauth2 = definition.auth_type === "oauth2";
  const what = oauth2 ? "token" : "key";
  return [
    `## Use the ${what}`,
    "Run the agent behind the proxy (recommended):",
    block("sh", "authsome run -- python3 my_agent.py"),
    `The command sees ${
      codes(
        variables.map((name) => `${name}=${shownIn(definition, name)}`),
      )
    }${
      shown.length > 0 ? ` and, as they are, ${codes(shown)}` : ""
    }, and the real ${what} goes only into https requests to ${
      codes(hostsOf(definition))
    }.${oauth2 ? " A refresh token is never exported." : ""}${
      withheld.length > 0
        ? ` It does not get ${codes(withheld)}, not even a placeholder.`
        : ""
    }`,
    "Or put it into this shell, where every program can read it:",
    block("sh", `eval "$(authsome export ${definition.name} --format env)"`),
  ];
}

/** The placeholder in `variable`. */
function shownIn(definition: ProviderDefinition, variable: string): string {
  return formOf(definition, fieldOfVariable(definition, variable)) ??
    PLACEHOLDER;
}

/** What a command may not ask for. */
function minting({ name, minting }: ProviderDefinition): string[] {
  if (!minting?.length) return [];
  return [
    "## New credentials",
    `Requests that the provider answers with a new credential are refused, since the credential would outlive the run. \`--allow-minting ${name}\` lets them through:`,
    minting.map((place) =>
      `- [${prose(place.reason)}](${place.source}): ${requestOf(place)}`
    ).join("\n"),
  ];
}

/** Method, hosts, path and what else must hold. */
function requestOf(
  { method, host, path, query, header, form, mentions }: MintingPlace,
): string {
  const words = { query, header, form };
  const more = Object.entries(words).flatMap(([kind, given]) =>
    Object.entries(given ?? {}).map(([name, values]) =>
      `${kind} ${code(name)}: ${codes([values].flat())}`
    )
  );
  const verb = [method ?? "*"].flat().join("/");
  const paths = [path].flat().map((each) => `${verb} ${each}`);
  return [
    codes(paths),
    ...host ? [`at ${codes([host].flat().map(readableHost))}`] : [],
    ...more,
    ...mentions ? [`mentions ${codes(mentions)}`] : [],
  ].join("; ");
}

/** A pattern of hosts as people write it: `*.example.com`. */
function readableHost(host: string): string {
  return host.replace(/^regex:\^?(.*?)\$?$/, "$1")
    .replace(/\((?:\?:)?\[a-z0-9-\]\+\\\.\)[*+]/g, "*.")
    .replace(/\[a-z0-9-\]\+/g, "*")
    .replaceAll("\\.", ".");
}

function sharing(
  { name }: ProviderDefinition,
  rivals: readonly string[],
): string[] {
  if (rivals.length === 0) return [];
  const links = rivals.map((rival) => `[\`${rival}\`](${rival}.md)`).join(", ");
  return [
    "## Other providers for the same hosts",
    `${links} can serve requests to the same hosts. authsome uses whichever is connected. If several are connected, requests are refused until you choose:`,
    block("sh", `authsome prefer ${name}`),
  ];
}

function override({ name }: ProviderDefinition): string[] {
  return [
    "## Override the bundled definition",
    block(
      "sh",
      `authsome inspect ${name} > ~/.authsome/providers/${name}.json`,
      "# edit scopes, hosts, or anything else",
      `authsome list --search ${name}   # its source is now "custom"`,
    ),
    `Your file takes precedence over the bundled definition. To go back: \`authsome remove ${name}\`.`,
  ];
}
