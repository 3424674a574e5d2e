/** What became of one connection from the command to the proxy: for `doctor --client`, which judges clients by it. @module */

/** Changes until the connection ends. Nothing of it is a secret. */
export interface ClientReport {
  /** Whether it has shown the password of the run. */
  admitted: boolean;
  /** Of its first request; `CONNECT` asks for a tunnel. */
  method?: string;
  /** Where that leads. */
  host?: string;
  port?: number;
  /** Whether the tunnel was opened for a route. A blind one shows nothing more. */
  opened: boolean;
  /** What came through the opened tunnel in place of TLS for its host. */
  strange?: "no TLS" | "another host";
  /** Its ClientHello: numbers of the cipher suites and extensions, in its order (RFC 8446 §4.1.2). */
  hello?: { ciphers: number[]; extensions: number[] };
  tls: "none" | "begun" | "failed" | "done";
  /** Why TLS failed, in the words of the runtime. */
  failure?: string;
  /** Requests that were read. */
  requests: number;
}
