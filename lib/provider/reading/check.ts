/**
 * The rules of a definition that go beyond its shape. Each names the field that breaks it.
 *
 * @module
 */
import { configFields, pathProblem } from "./config_rules.ts";
import type {
  ConfigFile,
  Injection,
  ProviderDefinition,
} from "../definition.ts";
import { FLOWS } from "../flow_facts.ts";
import { fieldNames, fillTemplate } from "../../template.ts";
import { baseUrlValues, unusedBaseUrl } from "../tenant.ts";
import {
  clientVariables,
  credentialFields,
  publicNames,
  publicVariables,
} from "../credential_fields.ts";
import { templatesOf } from "../injection.ts";
import { checkOperations } from "./check_operations.ts";
import { checkWhoami } from "./check_whoami.ts";
import { FRAMING, rule, RuleError } from "./rule_error.ts";
import { checkPublic, checkPublicVariables } from "./check_public.ts";
import { checkApiUrl, checkEndpoint } from "../hosts.ts";
import { brokenClient } from "./client_rules.ts";
import { brokenMint } from "./mint_rules.ts";
import { patternProblem } from "../key_pattern.ts";
import { checkAccepted, placeholderRules } from "./check_places.ts";
import {
  isCredentialVariable,
  isSystemVariable,
  variableOf,
} from "../variable_name.ts";

const ENDPOINTS = [
  "base_url",
  "authorization_url",
  "token_url",
  "refresh_url",
  "revocation_url",
  "device_authorization_url",
  "registration_endpoint",
  "issuer",
  "resource",
] as const;

/** Variables that a run sets itself. */
const SET_BY_RUN = /^(?:.*_PROXY|SSL_CERT_.*)$/i;

/** What the rules let pass. */
interface Allowed {
  /** Hosts that are not public, and http on loopback. */
  private: boolean;
  /** Variables whose name is not a credential's, by name. */
  variable(name: string): boolean;
  /** Configuration files, which a stranger could make programs obey. */
  configFile(file: ConfigFile): boolean;
}

/**
 * Checks `definition`, whose shape is known to be right.
 *
 * @returns warnings.
 * @throws {RuleError}
 */
export function checkRules(
  definition: ProviderDefinition,
  allowed: Allowed,
): string[] {
  const allowPrivate = allowed.private;
  const warnings: string[] = [];
  if (definition.allow_private && !allowPrivate) {
    throw new RuleError(
      "allow_private",
      "sends the credential to private networks; allow it with --allow-private",
    );
  }
  checkFlow(definition);
  checkPublic(definition, refuse);
  checkEndpoints(definition, allowPrivate);
  checkCapture(definition);
  const broken = brokenMint(definition, allowPrivate) ??
    brokenClient(definition);
  if (broken) throw new RuleError(...broken);
  const unused = unusedBaseUrl(definition);
  if (unused) {
    warnings.push(
      `"${unused}" changes nothing: no URL here begins with {base_url}, as "{base_url}/token" would`,
    );
  }
  const values = hostValues(definition);
  const place = (field: string, entry: string) =>
    rule(field, () => {
      const warning = checkApiUrl(entry, values, allowPrivate);
      if (warning) warnings.push(`"${field}" ${warning}`);
    });
  [definition.api_url].flat().forEach((entry) => place("api_url", entry));
  definition.extra_routes?.forEach((route, at) => {
    [route.api_url].flat().forEach((entry) =>
      place(`extra_routes[${at}].api_url`, entry)
    );
    checkInjection(definition, `extra_routes[${at}].inject`, route.inject);
  });
  definition.exclude_hosts?.forEach((host, at) => {
    if (!/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(host)) {
      throw new RuleError(`exclude_hosts[${at}]`, "is not a host");
    }
  });
  definition.minting?.forEach(({ host = [] }, at) =>
    [host].flat().forEach((entry) => place(`minting[${at}].host`, entry))
  );
  checkOperations(definition);
  definition.oauth?.inject?.forEach((injection, at) =>
    checkInjection(definition, `oauth.inject[${at}]`, injection)
  );
  definition.api_key?.inject?.forEach((injection, at) =>
    checkInjection(definition, `api_key.inject[${at}]`, injection)
  );
  checkHeaders(definition);
  placeholderRules(definition).forEach(([field, check]) => rule(field, check));
  checkAccepts(definition);
  checkWhoami(definition);
  checkVariables(definition, allowed);
  checkConfigFiles(definition, allowed);
  const { key_pattern, key_pattern_field, optional_fields = [] } =
    definition.api_key ?? {};
  if (key_pattern !== undefined) checkKeyPattern(key_pattern);
  const named = {
    "api_key.key_pattern_field": [key_pattern_field ?? []].flat(),
    "api_key.optional_fields": optional_fields,
  };
  for (const [field, names] of Object.entries(named)) {
    const unknown = names.find((name) =>
      !credentialFields(definition).includes(name)
    );
    if (unknown !== undefined) {
      throw new RuleError(
        field,
        `names "${unknown}", which is not one of secret_fields or public_fields`,
      );
    }
  }
  return warnings;
}

function checkFlow(definition: ProviderDefinition): void {
  const { flow, auth_type, oauth } = definition;
  if (FLOWS[flow].auth_type !== auth_type) {
    throw new RuleError(
      "flow",
      `"${flow}" does not fit auth_type "${auth_type}"`,
    );
  }
  if (auth_type === "api_key") return;
  if (!oauth) throw new RuleError("oauth", "is missing");
  // A server that describes itself (RFC 9728, RFC 8414) need not be described here.
  if (oauth.issuer ?? oauth.resource) return;
  for (
    const field of [
      ...FLOWS[flow].endpoints,
      ...oauth.supports_device_code ? FLOWS.device_code.endpoints : [],
    ]
  ) {
    if (oauth[field] === undefined) {
      throw new RuleError(
        `oauth.${field}`,
        `is missing; flow "${flow}" needs it`,
      );
    }
  }
}

function checkEndpoints(
  definition: ProviderDefinition,
  allowPrivate: boolean,
): void {
  const { oauth, api_key } = definition;
  const check = (field: string, url: string | undefined) => {
    if (url !== undefined) rule(field, () => checkEndpoint(url, allowPrivate));
  };
  for (const field of ENDPOINTS) check(`oauth.${field}`, oauth?.[field]);
  check("oauth.device_token_request.url", oauth?.device_token_request?.url);
  check("oauth.capture.request.url", oauth?.capture?.request?.url);
  check("api_key.base_url", api_key?.base_url);
}

/**
 * Values that may name a host. What came with the redirect may not: who sends the browser there chooses it.
 */
function hostValues(definition: ProviderDefinition): string[] {
  const { oauth } = definition;
  const fromRedirect = oauth?.capture?.callback ?? [];
  return [
    "base_url_host",
    ...baseUrlValues(definition),
    ...Object.keys(oauth?.capture?.token_response ?? {}),
    ...Object.keys(oauth?.capture?.request?.values ?? {}),
  ].filter((name) => !fromRedirect.includes(name));
}

/** Captured values are kept and shown as no secret is, so none may be one. */
function checkCapture({ oauth }: ProviderDefinition): void {
  const secret = /^(?:(?:access|refresh|id)_token|client_(?:id|secret)|code)$/;
  const { token_response = {}, callback = [], request } = oauth?.capture ?? {};
  const kept = {
    "oauth.capture.token_response": Object.entries(token_response),
    "oauth.capture.callback": callback.map((name) => [name, name] as const),
    "oauth.capture.request.values": Object.entries(request?.values ?? {}),
  };
  for (const [field, entries] of Object.entries(kept)) {
    for (const [name, path] of entries) {
      if (secret.test(name) || secret.test(path.split(".").at(-1)!)) {
        throw new RuleError(field, `may not keep "${path}" as "${name}"`);
      }
    }
  }
}

function checkInjection(
  definition: ProviderDefinition,
  field: string,
  injection: Injection,
): void {
  const known = templateNames(definition);
  let uses = 0;
  for (const template of templatesOf(injection)) {
    for (const name of fieldNames(template)) {
      if (!known.has(name)) {
        throw new RuleError(
          field,
          `uses {${name}}, which is not a field of this credential (${
            [...known].join(", ")
          })`,
        );
      }
      uses++;
    }
    if (/[{}]/.test(fillTemplate(template, () => ""))) {
      throw new RuleError(field, "has an unmatched brace");
    }
  }
  if (/^(?:path|sigv4)$/.test(injection.kind) && uses === 0) {
    throw new RuleError(field, "has no {field}");
  }
  if (injection.kind === "header" && FRAMING.test(injection.name)) {
    throw new RuleError(field, `may not set the header "${injection.name}"`);
  }
}

/** What a template may use: never the refresh token. */
function templateNames(definition: ProviderDefinition): Set<string> {
  const names = new Set([
    ...credentialFields(definition),
    ...publicNames(definition),
  ]);
  names.delete("refresh_token");
  return names;
}

function checkAccepts(definition: ProviderDefinition): void {
  const known = templateNames(definition);
  const lists = {
    accepts: definition.accepts,
    ...Object.fromEntries(
      (definition.extra_routes ?? []).map((route, at) => [
        `extra_routes[${at}].accepts`,
        route.accepts,
      ]),
    ),
  };
  for (const [field, places = []] of Object.entries(lists)) {
    places.forEach((place, at) =>
      rule(
        `${field}[${at}]`,
        () => checkAccepted(place, (name) => FRAMING.test(name), known),
      )
    );
  }
}

function checkHeaders({ api_key, default_headers }: ProviderDefinition): void {
  if (api_key?.header_name !== undefined && FRAMING.test(api_key.header_name)) {
    throw new RuleError(
      "api_key.header_name",
      `may not be "${api_key.header_name}"`,
    );
  }
  if (/[{}]/.test(api_key?.header_prefix ?? "")) {
    throw new RuleError(
      "api_key.header_prefix",
      'has a brace; use "inject" for a template',
    );
  }
  for (const name of Object.keys(default_headers ?? {})) {
    if (FRAMING.test(name) || /^(?:authorization|cookie)$/i.test(name)) {
      throw new RuleError(`default_headers.${name}`, "may not be set");
    }
  }
}

function checkVariables(
  definition: ProviderDefinition,
  allowed: Allowed,
): void {
  const fields = [
    ...new Set([...credentialFields(definition), ...publicNames(definition)]),
  ];
  const shown = publicVariables(definition);
  for (const [place, name] of variablesOf(definition)) {
    if (isSystemVariable(name) || SET_BY_RUN.test(name)) {
      throw new RuleError(place, "is a system variable");
    }
    if (
      !shown.has(name) && !isCredentialVariable(name, definition.name) &&
      !allowed.variable(name)
    ) {
      throw new RuleError(
        place,
        `is "${name}", which is not named like a credential, so a program may run or obey its value`,
        `Name it ${
          variableOf(definition.name, "API_KEY")
        } or the like. If you trust its author: authsome register --force <file>`,
      );
    }
  }
  checkPublicVariables(definition, (name) => allowed.variable(name), refuse);
  for (
    const [name, field] of Object.entries(definition.export?.env ?? {})
  ) {
    if (!fields.includes(field)) {
      throw new RuleError(
        `export.env.${name}`,
        `names "${field}", which is not a field of this credential (${
          fields.join(", ")
        })`,
      );
    }
  }
}

function checkConfigFiles(
  definition: ProviderDefinition,
  allowed: Allowed,
): void {
  const fields = [
    ...new Set([...credentialFields(definition), ...publicNames(definition)]),
  ];
  const paths = new Set<string>();
  definition.config_files?.forEach((file, at) => {
    const field = `config_files[${at}]`;
    const problem = paths.has(file.path)
      ? "is there twice"
      : pathProblem(file.path);
    paths.add(file.path);
    if (problem) throw new RuleError(`${field}.path`, problem);
    const unknown = configFields(file.text)
      .find((name) => !fields.includes(name));
    if (unknown !== undefined) {
      throw new RuleError(
        `${field}.text`,
        `uses {${unknown}}, which is not a field of this credential (${
          fields.join(", ")
        })`,
      );
    }
    if (!allowed.configFile(file)) {
      throw new RuleError(
        field,
        `is the file ~/${file.path}, which programs may obey`,
        "If you trust its author: authsome register --force <file>",
      );
    }
  });
}

/** Every variable that `definition` reads or sets, with the field that names it. */
export function variablesOf(
  definition: ProviderDefinition,
): [field: string, name: string][] {
  const { api_key, export: exported } = definition;
  return [
    ...Object.keys(exported?.env ?? {}).map((name): [string, string] => [
      `export.env.${name}`,
      name,
    ]),
    ...[api_key?.env_var ?? []].flat().map((name): [string, string] => [
      "api_key.env_var",
      name,
    ]),
    ...clientVariables(definition).map(({ place, name }): [string, string] => [
      `client.${place}`,
      name,
    ]),
  ];
}

function checkKeyPattern(pattern: string): void {
  const problem = patternProblem(pattern);
  if (problem) throw new RuleError("api_key.key_pattern", problem);
}

function refuse(field: string, reason: string, hint?: string): never {
  throw new RuleError(field, reason, hint);
}
