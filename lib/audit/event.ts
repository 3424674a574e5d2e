/** What the audit log records. No field ever holds a secret or a query value. @module */

/** One audited act. */
export interface AuditEvent {
  event:
    | "login"
    | "logout"
    | "export"
    | "get"
    | "inject"
    | "deny"
    /** A host that no connection serves was reached, unread: once for each in a run. */
    | "tunnel"
    | "refresh"
    | "revoke"
    | "register"
    | "remove"
    | "import"
    /** A command under `run` that ended without ever coming to the proxy. */
    | "run"
    /** A signature by an SSH key; `connection` is its name, `provider` is `ssh`. */
    | "sign"
    /** What happened to a destination that the log is sent to: it failed, or takes entries again. */
    | "log_export"
    /** The oldest full files of the log are removed: which entries were in them. */
    | "prune"
    /** A person took the log as it is, though it had been changed. */
    | "accept"
    /** The rules of a run changed, or were to: accepted, ignored or broken. */
    | "policy"
    /** A person answered for a request that a rule asks about. */
    | "approval"
    /** How many events are not in the log: they came faster than the disk took them, or flooded the proxy. */
    | "dropped";
  profile: string;
  provider?: string;
  connection?: string;
  /** Whether the act was done; `deny` is always false. */
  ok: boolean;
  /** A stable code: of the error, or of the proxy's reason. */
  reason?: string;
  /** For `inject` and `deny`: method, host and path, without the query; for `tunnel` no path. */
  method?: string;
  host?: string;
  /** Left out where it is 443; 80 means plain http. */
  port?: number;
  path?: string;
  status?: number;
  /** The run that it happened in: 64 random bits, hex. */
  run?: string;
  /** The rule of the person's that let the request through, or refused it; of `policy`: that was changed. */
  rule?: string;
  /** What the request asks the API to do. */
  operation?: string;
  /**
   * For `export` and `get`: what was shown; for `import`: where it came from; for `inject` and `deny`: which new
   * credential the request asked for, or which scopes it lacked; for `sign`: what was signed, and which program asked.
   */
  detail?: string;
}

/** Why a request was refused and what to do: for the person who waits, and not in the log. */
export interface Because {
  message: string;
  hint: string;
}

/** Takes audit events. */
export interface AuditSink {
  record(event: AuditEvent, because?: Because): void;
  /** Resolves when everything recorded so far is on disk. */
  flush(): Promise<void>;
}

/** One that can say whether what it takes is written. */
export interface ProvenAudit extends AuditSink {
  /** Whether what is recorded now would not, or may not, be written: the last write failed, or takes too long. */
  readonly isFailing: boolean;
  /**
   * Resolves if the log can be written, and has everything that was recorded.
   *
   * @throws {AuthsomeError} `StoreUnavailable` if it cannot.
   */
  probe(): Promise<void>;
}
