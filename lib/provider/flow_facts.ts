/** The flows by which a connection is made, and what is known of each. @module */
import type { FlowName, OAuthDefinition } from "./definition.ts";

/** What is known of a flow without its code, which `lib/login/flows/flows.ts` loads. */
export interface FlowFacts {
  /** What it is for the person. */
  title: string;
  /** The kind of credential that it makes. */
  auth_type: "oauth2" | "api_key";
  /** What a definition whose own flow this is must have, unless its server describes itself. */
  endpoints: readonly (keyof OAuthDefinition)[];
  /**
   * A definition of another flow offers this one too if it has one field of each group. Absent: only a definition whose
   * own flow this is does.
   */
  offeredBy?: readonly (readonly (keyof OAuthDefinition)[])[];
  /** The OAuth client: the person's own, or one that the flow registers. */
  client?: "own" | "registered";
  /** Whether the browser is sent back to this machine. */
  redirects?: boolean;
  /** A definition whose own flow is this one offers it too. */
  variantOf?: FlowName;
  /** Whether the credential is minted from a source that is kept, so a definition has `mint`. */
  mints?: boolean;
}

const AUTHORIZES: readonly (keyof OAuthDefinition)[] = [
  "authorization_url",
  "issuer",
  "resource",
];

/** The flows, in the order in which they are listed. */
export const FLOWS: Readonly<Record<FlowName, FlowFacts>> = {
  pkce: {
    title: "browser login",
    auth_type: "oauth2",
    endpoints: ["authorization_url", "token_url"],
    offeredBy: [AUTHORIZES],
    client: "own",
    redirects: true,
  },
  device_code: {
    title: "a code to type in any browser",
    auth_type: "oauth2",
    endpoints: ["token_url", "device_authorization_url"],
    offeredBy: [["supports_device_code", "device_authorization_url"]],
  },
  dcr_pkce: {
    title: "browser login, the app is registered automatically",
    auth_type: "oauth2",
    endpoints: ["registration_endpoint", "authorization_url", "token_url"],
    offeredBy: [AUTHORIZES, ["supports_dcr", "registration_endpoint"]],
    client: "registered",
    redirects: true,
  },
  client_credentials: {
    title: "the app's own token, no browser",
    auth_type: "oauth2",
    endpoints: ["token_url"],
    client: "own",
  },
  key_exchange: {
    title: "a key that is exchanged for a token that soon expires",
    auth_type: "oauth2",
    endpoints: ["token_url"],
    mints: true,
  },
  jwt_bearer: {
    title: "tokens of a service account, signed for with its key",
    auth_type: "oauth2",
    endpoints: ["token_url"],
    mints: true,
  },
  github_app: {
    title: "tokens of an installation of your GitHub App",
    auth_type: "oauth2",
    endpoints: ["base_url"],
    mints: true,
  },
  github_app_manifest: {
    title: "a GitHub App that is made for you, and its tokens",
    auth_type: "oauth2",
    endpoints: ["base_url"],
    variantOf: "github_app",
    redirects: true,
    mints: true,
  },
  aws_role: {
    title: "keys of an AWS role that another connection assumes",
    auth_type: "api_key",
    endpoints: [],
    mints: true,
  },
  aws_sso: {
    title: "keys of an AWS role by IAM Identity Center",
    auth_type: "api_key",
    endpoints: [],
    mints: true,
  },
  agent_login: {
    title: "the login of an agent, imported from it",
    auth_type: "oauth2",
    endpoints: ["token_url"],
  },
  api_key: {
    title: "a key that is pasted once",
    auth_type: "api_key",
    endpoints: [],
  },
};

/** Every flow, in that order. */
export const FLOW_NAMES = Object.keys(FLOWS) as FlowName[];
