/** What the reference pages and the man page say of variables and files. @module */

/** Variables that authsome reads, and what each is for. */
export const ENVIRONMENT:
  readonly (readonly [name: string, purpose: string])[] = [
    ["AUTHSOME_HOME", "The home; default ~/.authsome."],
    ["AUTHSOME_PROFILE", "The profile; --profile goes before it."],
    ["AUTHSOME_PORT", "The port that a login listens on; default 7998."],
    ["AUTHSOME_CA_BUNDLE", "More roots that servers are verified with."],
    ["AUTHSOME_NO_BROWSER", "Print addresses instead of opening them."],
    ["AUTHSOME_MASTER_KEY", "The key of a Python home, for import."],
    [
      "AUTHSOME_RELEASE_INDEX",
      "Where upgrade --check looks; without it, nowhere.",
    ],
    ["BROWSER", "The browser that a login opens."],
    ["NO_COLOR", "Print without colour."],
    ["HTTPS_PROXY, NO_PROXY", "The way out of a corporate network."],
  ];

/** The files of a home, and what each is. */
export const FILES: readonly (readonly [name: string, purpose: string])[] = [
  ["config.json", "Settings."],
  ["master.key", "The key of the vault, where no keychain holds it."],
  ["vault.db", "The vault; every record is sealed with AES-256-GCM."],
  ["providers/*.json", "Definitions of your own."],
  ["sandbox.json", "What sandboxed commands may do besides the defaults."],
  ["sandbox-written.jsonl", "Folders that sandboxed commands could write."],
  ["audit.log", "Who got which credential; never a secret."],
  ["audit.log.last", "The last line of audit.log once more."],
  ["backups/", "Files as they were before scan --rewrite, with their secrets."],
];

/** What a caller should know of each error code. */
export const ERRORS: Readonly<Record<string, string>> = {
  Unexpected: "a defect of authsome, or a state nobody thought of",
  RecordConflict: "another process changed the record at the same moment",
  Usage: "the command line says something that authsome cannot do",
  AuthenticationFailed: "the provider refused the login",
  InputCancelled: "the person said no, or nobody answered in time",
  LoginTakenOver: "somebody else opened the page of the login",
  ConnectionNotFound: "there is no connection of this name",
  ProfileNotFound: "there is no profile of this name",
  ProviderNotFound: "there is no provider of this name",
  InvalidDefinition:
    "the definition of a provider is wrong; the field is named",
  OperationNotAllowed: "it cannot be done with this provider, build or state",
  CredentialMissing: "the credential, or a part of it, is not there",
  CredentialExpired: "the credential is over and cannot be renewed",
  RefreshFailed: "the provider did not renew the token",
  ConnectionExists: "there is a connection that works; `--force` replaces it",
  ProviderExists: "there is a definition of this name; `--force` replaces it",
  EndpointUnreachable: "a server does not answer, or cannot be trusted",
  StoreUnavailable: "a file of the home cannot be read or written",
  MasterKeyUnavailable: "the master key is missing, locked or another one",
  RecordCorrupt: "a record of the vault does not open",
  PortUnavailable: "the port of the login is taken",
  SandboxUnavailable: "the sandbox that was asked for cannot be had here",
  NotExecutable: "the command of `run` cannot be executed",
  CommandNotFound: "the command of `run` is not there",
  Interrupted: "Ctrl-C",
};
