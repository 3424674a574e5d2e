/** The code of each flow. @module */
import type { FlowName } from "../../provider/definition.ts";
import type { Flow } from "../flow.ts";

/** By name, loaded when it is run. */
export const FLOW_CODE: Readonly<
  Record<FlowName, () => Promise<{ flow: Flow }>>
> = {
  pkce: () => import("./authorization_code.ts"),
  device_code: () => import("./device_code.ts"),
  dcr_pkce: () => import("./dynamic_client.ts"),
  client_credentials: () => import("./client_credentials.ts"),
  key_exchange: () => import("./given_source.ts"),
  jwt_bearer: () => import("./given_source.ts"),
  github_app: () => import("./installed_app.ts"),
  github_app_manifest: () => import("./app_manifest.ts"),
  aws_role: () => import("./given_source.ts"),
  aws_sso: () => import("./identity_center.ts"),
  agent_login: () => import("./imported_only.ts"),
  api_key: () => import("./api_key.ts"),
};
