/** The ways to log in: what each is called, what a definition must have for it, and its code. @module */
import type { FlowName, OAuthDefinition } from "../provider/definition.ts";
import type { Flow } from "./flow.ts";

/** A way to log in. */
interface FlowEntry {
  /** What it is for the person. */
  title: string;
  /** Whether these fields of a definition are enough for it, whatever flow is the definition's own. */
  supportedBy(oauth: OAuthDefinition): boolean;
  /** The code, loaded when it is run. */
  load(): Promise<{ flow: Flow }>;
}

/** The flows, in the order in which they are listed. */
export const FLOWS: Readonly<Record<FlowName, FlowEntry>> = {
  pkce: {
    title: "browser login",
    supportedBy: authorizes,
    load: () => import("./authorization_code.ts"),
  },
  dcr_pkce: {
    title: "browser login, the app is registered by itself",
    supportedBy: (oauth) =>
      authorizes(oauth) &&
      (oauth.supports_dcr === true ||
        oauth.registration_endpoint !== undefined),
    load: () => import("./dynamic_client.ts"),
  },
  device_code: {
    title: "a code to type in any browser",
    supportedBy: (oauth) =>
      oauth.supports_device_code === true ||
      oauth.device_authorization_url !== undefined,
    load: () => import("./device_code.ts"),
  },
  client_credentials: {
    title: "the app's own token, no browser",
    supportedBy: () => false,
    load: () => import("./client_credentials.ts"),
  },
  api_key: {
    title: "a key that is pasted once",
    supportedBy: () => false,
    load: () => import("./api_key.ts"),
  },
};

function authorizes(oauth: OAuthDefinition): boolean {
  return oauth.authorization_url !== undefined || oauth.issuer !== undefined ||
    oauth.resource !== undefined;
}
