/** The flags of `login`. @module */

/** The flags of `login`. */
export interface LoginFlags {
  connection?: string;
  flow?: "pkce" | "device_code" | "dcr_pkce" | "client_credentials" | "api_key";
  scopes?: string;
  baseUrl?: string;
  clientId?: string;
  resetClient?: boolean;
  force?: boolean;
  noBrowser?: boolean;
  detach?: boolean;
  resume?: string;
  timeout?: number;
  stdin?: boolean;
}
