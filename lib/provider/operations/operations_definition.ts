/** What a definition says of the operations of an API: which requests only read. @module */

/** How the body of a request names its operation. */
export type OperationProtocol = "graphql" | "json_rpc" | "aws" | "git" | "grpc";

/** The operations of an API. Without it, the method of a request says what it does. */
export interface OperationsDefinition {
  /** Whether a GET or HEAD that no entry names only reads. Default: true; false where the API also writes by GET. */
  get_reads?: boolean;
  /** Places where the request itself names the operation. */
  protocols?: OperationProtocolPlace[];
  /** Operations by method and path. Of several that match, one that does not read counts. */
  list?: OperationEntry[];
}

/** A place where requests name their operation. */
export interface OperationProtocolPlace {
  /** How they do it. `json_rpc`: MCP too. `git`: its smart HTTP protocol and LFS. */
  protocol: OperationProtocol;
  /** As in `api_url`. Default: all hosts of the definition. */
  host?: string | string[];
  /** Path on the host. `{name}` matches one segment or part of one, a trailing `/**` everything below. */
  path: string | string[];
  /** Names of operations, such as MCP tools or RPC methods, that only read. A trailing `*` stands for any end. */
  reads?: string[];
  /** Where the provider documents it. */
  source: string;
}

/** Requests that are one operation. */
export interface OperationEntry {
  /** As the provider calls it: `search`, `chat.postMessage`. */
  name: string;
  /** Default: every method. */
  methods?: string[];
  /** As in `api_url`. Default: all hosts of the definition. */
  host?: string | string[];
  /** Path on the host. `{name}` matches one segment or part of one, a trailing `/**` everything below. */
  path: string | string[];
  /** Query parameters and the values that match. `{name}` matches any text. */
  query?: Record<string, string | string[]>;
  /** Headers and the values that match. */
  header?: Record<string, string | string[]>;
  /** Parameters in the query or in a form body. */
  form?: Record<string, string | string[]>;
  /** Members of a JSON body, by dotted path, and the values that match. */
  json?: Record<string, string | string[]>;
  /** Whether the operation only reads. */
  reads: boolean;
  /** Where the provider documents it. */
  source: string;
}
