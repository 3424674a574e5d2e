/** What a program may say of a run. @module */

/** What a command that is run has access to. */
export interface RunOptions {
  /** Providers that take part. Default: every connected one. */
  only?: readonly string[];
  /** Connection by provider, where it is not the default one. */
  connections?: Readonly<Record<string, string>>;
  /** Whether the command also gets `<VAR>__<NAME>` for connections that are not the default one. Default: false. */
  allConnections?: boolean;
  /** Whether hosts that no connection serves are let through (`open`, the default) or refused. */
  policy?: "open" | "deny";
  /** Whether requests with a credential are refused that are not known to only read. Default: false. */
  readOnly?: boolean;
  /** A file of rules that hold beside those of the home. */
  policyFile?: string;
  /** Most US dollars that models may cost in the run. Default: no limit. */
  maxUsd?: number;
  /** Providers whose requests for new keys and tokens are let through. Default: none. */
  allowMinting?: readonly string[];
  /**
   * Hosts of this machine and private networks that a credential may go to: names, `*.` and domains, addresses, networks.
   * Default: none.
   */
  allowPrivate?: readonly string[];
  /** Whether clients that would pass the proxy load a helper that leads them there. Default: true. */
  shims?: boolean;
}
