/** What the reference pages and the man page say of variables and files. @module */

/** Variables that authsome reads, and what each is for. */
export const ENVIRONMENT:
  readonly (readonly [name: string, purpose: string])[] = [
    ["AUTHSOME_HOME", "The home folder; default ~/.authsome."],
    ["AUTHSOME_PROFILE", "The profile; --profile takes precedence."],
    ["AUTHSOME_PORT", "The port that a login listens on; default 7998."],
    [
      "AUTHSOME_CA_BUNDLE",
      "Additional root certificates to verify servers with.",
    ],
    ["AUTHSOME_NO_BROWSER", "Print addresses instead of opening them."],
    ["AUTHSOME_NO_VERIFY", "Do not ask providers whether a new key works."],
    [
      "AUTHSOME_MASTER_KEY",
      "The master key, 32 bytes in base64 or hexadecimal; no other is used.",
    ],
    ["AUTHSOME_MASTER_KEY_FILE", "A file of mode 0600 that holds that key."],
    ["AUTHSOME_PASSPHRASE", "The passphrase of a vault that has one."],
    ["AUTHSOME_PASSPHRASE_FILE", "A file of mode 0600 that holds it."],
    ["AUTHSOME_NEW_PASSPHRASE", "The passphrase that key passphrase sets."],
    ["AUTHSOME_NEW_PASSPHRASE_FILE", "A file of mode 0600 that holds it."],
    ["AUTHSOME_PYTHON_MASTER_KEY", "The key of a Python home, for import."],
    ["AUTHSOME_PYTHON_MASTER_KEY_FILE", "A file that holds that key."],
    [
      "AUTHSOME_IMPORT_PASSWORD",
      "The password of an export that import reads.",
    ],
    ["AUTHSOME_IMPORT_PASSWORD_FILE", "A file that holds that password."],
    [
      "AUTHSOME_RELEASE_INDEX",
      "The index that upgrade --check queries; without it, none.",
    ],
    ["BROWSER", "The browser that login opens."],
    ["VISUAL, EDITOR", "The editor that override opens."],
    ["NO_COLOR", "Print without colour."],
    ["PAGER", "Shows list --all at a terminal; default less."],
    ["SHELL", "The shell that run opens without a command."],
    ["XDG_STATE_HOME", "Where what the vault had is remembered."],
    ["HTTPS_PROXY, NO_PROXY", "The proxy of a corporate network."],
  ];

/** The files of a home, and what each is. */
export const FILES: readonly (readonly [name: string, purpose: string])[] = [
  ["config.json", "Settings."],
  ["master.key", "The key of the vault, unless a keychain holds it."],
  ["vault.db", "The vault; every record is sealed with AES-256-GCM."],
  ["providers/*.json", "Your own definitions."],
  ["policy.json", "Your rules of what commands may do, see guides/control.md."],
  ["drafts/*.json", "What you wrote in override or policy edit, not in force."],
  ["sandbox.json", "What sandboxed commands may do beyond the defaults."],
  ["sandbox-written.jsonl", "Folders that sandboxed commands could write to."],
  ["bin/", "Wrappers of agents, written by setup."],
  ["kept/", "Versions of files that a sandboxed run and others both wrote."],
  ["runs/<id>.json", "Which runs are live, one file each."],
  ["shims/", "Helpers that a run has clients load, see guides/clients.md."],
  ["audit.log", "Which credential was used for what; never a secret."],
  ["audit.log.<n>", "Its full files, each beginning with entry n."],
  ["audit.log.last", "A copy of the last line of audit.log."],
  ["audit-export.*.json", "How far a destination has got the audit log."],
  ["backups/", "Files before scan --rewrite or mcp install, secrets too."],
];

/** What a caller should know of each error code. */
export const ERRORS: Readonly<Record<string, string>> = {
  Unexpected: "a bug in authsome, or an unforeseen state",
  RecordConflict: "another process changed the record at the same time",
  Usage: "the command line is not valid, or asks for something impossible",
  AuthenticationFailed: "the provider refused the login",
  InputCancelled: "the user declined, pressed Ctrl-D or did not answer in time",
  LoginTakenOver: "someone else opened the login page",
  ConnectionNotFound: "there is no connection with this name",
  ProfileNotFound: "there is no profile with this name",
  ApprovalNotFound: "no such request waits for an answer",
  ProviderNotFound: "there is no provider with this name",
  InvalidDefinition:
    "the definition of a provider is not valid; the message names the field",
  InvalidPolicy: "a file of rules is not valid; the message names the member",
  OperationNotAllowed: "not possible with this provider, build or state",
  ApprovalSettled: "the request was answered already, or its time is up",
  AnswerRefused: "who answers may not, or was shown another request",
  CredentialMissing: "the credential or a part of it is missing",
  CredentialExpired: "the credential has expired and cannot be refreshed",
  RefreshFailed: "the token could not be refreshed",
  ConnectionExists: "a working connection exists; `--force` replaces it",
  ProviderExists: "a definition with this name exists; `--force` replaces it",
  EndpointUnreachable: "a server does not answer, or cannot be trusted",
  StoreUnavailable: "a file in the home cannot be read or written",
  MasterKeyUnavailable:
    "the master key is missing, locked or not the right one",
  RecordCorrupt: "a record in the vault cannot be decrypted",
  PortUnavailable: "the login port is in use",
  SandboxUnavailable: "the requested sandbox is not available here",
  NotExecutable: "the command of `run` cannot be executed",
  CommandNotFound: "the command of `run` was not found",
  Interrupted: "Ctrl-C, SIGTERM; at a question also SIGHUP and SIGQUIT",
};
