/** The flags of `login`. @module */
import type { FlowName } from "../../../provider/definition.ts";

/** The flags of `login`. */
export interface LoginFlags {
  connection?: string;
  flow?: FlowName;
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
