/** `config.json`: what a home says about itself. Unknown fields are kept. @module */
import { checkName, DEFAULT_PROFILE } from "./names.ts";
import {
  type Encryption,
  ENCRYPTION_SETTINGS,
  readEncryption,
} from "./encryption.ts";
import { AuthsomeError } from "./errors.ts";
import type { AllowedVariables, ConfigFile } from "./ports/home_files.ts";
import { defined, isObject } from "./object.ts";

/** The layout of the home that this authsome reads and writes. */
const SPEC_VERSION = 1;

/** The settings of the audit log. */
export interface AuditSettings {
  /** Size in bytes from which on a file of the log is set aside; 0: never. */
  maxBytes: number;
  /** How many full files are kept; older ones are removed. */
  keep: number;
  /** Whether credentials are refused while the log cannot be written. */
  required: boolean;
}

/** Those of a home that sets none: a log of some 300,000 entries. */
export const AUDIT_SETTINGS: AuditSettings = {
  maxBytes: 10_485_760,
  keep: 10,
  required: false,
};

/** The settings of approvals. */
export interface ApprovalSettings {
  /** Seconds that a person is waited for: 5 to 3600. */
  timeout: number;
}

/** Those of a home that sets none. */
export const APPROVAL_SETTINGS: ApprovalSettings = { timeout: 120 };

/** The configuration of a home. */
export interface Config {
  defaultProfile: string;
  encryption: Encryption;
  /** URL of the document that describes authsome as a client, in place of the project's; empty: none. */
  clientMetadataUrl?: string;
  /** Folder → profile that is used in it and below it. */
  folders?: Readonly<Record<string, string>>;
  /** Of the audit log, if the file has any. */
  audit?: AuditSettings;
  /** Of approvals, if the file has any. */
  approval?: ApprovalSettings;
  /** Provider → variables of its definition that are no credential's by their name and were allowed all the same. */
  allowedVariables?: Readonly<Record<string, readonly string[]>>;
  /** `audit.export`, as it is in the file: who exports checks it. */
  auditExport?: unknown;
}

/**
 * Reads the configuration; a home without one has the defaults.
 *
 * @throws {AuthsomeError} `StoreUnavailable` if the file is damaged or of a newer `spec_version`. It is never mended
 * by rewriting it.
 */
export async function readConfig(file: ConfigFile): Promise<Config> {
  return (await load(file)).config;
}

/**
 * Writes the configuration of a new home, whose key `encryption` describes; leaves an existing one alone. Says whether it
 * wrote.
 */
export async function ensureConfig(
  file: ConfigFile,
  encryption: Encryption = { mode: "local_key" },
): Promise<boolean> {
  if (await file.read() !== undefined) return false;
  return await exclusively(file, async () => {
    if (await file.read() !== undefined) return false;
    await write(file, { encryption });
    return true;
  });
}

/**
 * Changes some settings and keeps everything else in the file, against every other process that does. Throws as
 * {@linkcode readConfig} does.
 *
 * @param change the new values, or what makes them of those in the file.
 */
export async function updateConfig(
  file: ConfigFile,
  change: Partial<Config> | ((config: Config) => Partial<Config>),
): Promise<Config> {
  return await exclusively(file, () => write(file, change));
}

async function exclusively<T>(
  file: ConfigFile,
  work: () => Promise<T>,
): Promise<T> {
  return file.exclusively ? await file.exclusively(work) : await work();
}

async function write(
  file: ConfigFile,
  change: Partial<Config> | ((config: Config) => Partial<Config>),
): Promise<Config> {
  const { config, fields } = await load(file);
  const next = {
    ...config,
    ...typeof change === "function" ? change(config) : change,
  };
  const encryption = isObject(fields.encryption) ? fields.encryption : {};
  await file.write(
    JSON.stringify(
      {
        ...fields,
        spec_version: SPEC_VERSION,
        default_profile: next.defaultProfile,
        encryption: {
          ...encryption,
          ...ENCRYPTION_SETTINGS,
          ...next.encryption,
        },
        ...defined({
          client_metadata_url: next.clientMetadataUrl,
          folders: next.folders,
          allowed_variables: next.allowedVariables,
        }),
      },
      null,
      2,
    ) + "\n",
  );
  return next;
}

/** What `register --force` allowed, kept in `file`. */
export function allowedVariables(file: ConfigFile): AllowedVariables {
  const all = async () => (await readConfig(file)).allowedVariables ?? {};
  return {
    async read(provider) {
      const known = await all();
      return Object.hasOwn(known, provider) ? known[provider]! : [];
    },
    async write(provider, names) {
      const { [provider]: before, ...others } = await all();
      if (names.length === 0 && before === undefined) return;
      await updateConfig(file, {
        allowedVariables: names.length === 0
          ? others
          : { ...others, [provider]: names },
      });
    },
  };
}

type Fields = Record<string, unknown>;

async function load(
  file: ConfigFile,
): Promise<{ config: Config; fields: Fields }> {
  const text = await file.read();
  const fields = text === undefined ? { spec_version: SPEC_VERSION } : parse(
    file.path,
    text,
  );
  const version = fields.spec_version;
  if (typeof version !== "number" || !Number.isInteger(version)) {
    throw damaged(file.path, "spec_version", "it is not a whole number");
  }
  if (version > SPEC_VERSION) {
    throw new AuthsomeError(
      "StoreUnavailable",
      `Cannot use "${file.path}": its spec_version is ${version}, this authsome knows ${SPEC_VERSION}`,
      "Update authsome, or use another home with AUTHSOME_HOME",
      { subject: { file: file.path, field: "spec_version" } },
    );
  }
  const defaultProfile = fields.default_profile ?? DEFAULT_PROFILE;
  if (typeof defaultProfile !== "string") {
    throw damaged(file.path, "default_profile", "it is not a string");
  }
  try {
    checkName("profile", defaultProfile);
  } catch {
    throw damaged(file.path, "default_profile", "it is not a profile name");
  }
  const encryption = readEncryption(fields.encryption ?? { mode: "local_key" });
  if ("problem" in encryption) {
    const { field, problem } = encryption;
    throw damaged(file.path, `encryption.${field}`, problem);
  }
  const audit = fields.audit === undefined
    ? undefined
    : readAuditSettings(fields.audit);
  if (audit && "problem" in audit) {
    throw damaged(file.path, audit.field, audit.problem);
  }
  const approval = fields.approval === undefined
    ? undefined
    : readApprovalSettings(fields.approval);
  if (approval && "problem" in approval) {
    throw damaged(file.path, approval.field, approval.problem);
  }
  const { client_metadata_url: metadataUrl } = fields;
  const problem = metadataUrl === undefined || metadataUrl === ""
    ? undefined
    : typeof metadataUrl !== "string"
    ? "it is not a string"
    : metadataUrlProblem(metadataUrl);
  if (problem) throw damaged(file.path, "client_metadata_url", problem);
  const { folders } = fields;
  if (folders !== undefined && !isFolders(folders)) {
    throw damaged(file.path, "folders", "it is not profiles by folder");
  }
  const { allowed_variables: variables } = fields;
  if (variables !== undefined && !isVariables(variables)) {
    throw damaged(
      file.path,
      "allowed_variables",
      "it is not lists of names by provider",
    );
  }
  return {
    config: {
      defaultProfile,
      encryption,
      ...defined({
        audit,
        approval,
        clientMetadataUrl: metadataUrl as string | undefined,
        folders,
        allowedVariables: variables,
        auditExport: isObject(fields.audit) ? fields.audit.export : undefined,
      }),
    },
    fields,
  };
}

function parse(path: string, text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged(path, undefined, "it is not JSON", cause);
  }
  if (!isObject(value)) throw damaged(path, undefined, "it is not an object");
  return value;
}

/**
 * What is wrong with `text` as the URL of the document that describes a client, or `undefined`: https with a path,
 * without a fragment, a password or another spelling (draft-ietf-oauth-client-id-metadata-document §3).
 */
export function metadataUrlProblem(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "https:") return "it is not an https URL";
  if (url.username || url.password) return "it contains a password";
  if (text.includes("#")) return "it has a fragment";
  if (url.pathname === "/") return "it has no path";
  // Servers compare it as text.
  return url.href === text ? undefined : `its normal form is ${url.href}`;
}

/** Reads `audit` of the configuration, or says what is wrong with it. */
function readAuditSettings(
  value: unknown,
): AuditSettings | { field: string; problem: string } {
  if (!isObject(value)) {
    return { field: "audit", problem: "it is not an object" };
  }
  const {
    max_bytes = AUDIT_SETTINGS.maxBytes,
    keep = AUDIT_SETTINGS.keep,
    required = AUDIT_SETTINGS.required,
  } = value;
  if (!isCount(max_bytes)) return notCount("max_bytes");
  if (!isCount(keep)) return notCount("keep");
  return typeof required === "boolean"
    ? { maxBytes: max_bytes, keep, required }
    : { field: "audit.required", problem: "it is not true or false" };
}

/** Reads `approval` of the configuration, or says what is wrong with it. */
function readApprovalSettings(
  value: unknown,
): ApprovalSettings | { field: string; problem: string } {
  if (!isObject(value)) {
    return { field: "approval", problem: "it is not an object" };
  }
  const { timeout = APPROVAL_SETTINGS.timeout } = value;
  return typeof timeout === "number" && timeout >= 5 && timeout <= 3600
    ? { timeout }
    : {
      field: "approval.timeout",
      problem: "it is not a number of seconds from 5 to 3600",
    };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function notCount(name: string): { field: string; problem: string } {
  return { field: `audit.${name}`, problem: "it is not a whole number from 0" };
}

function isFolders(value: unknown): value is Record<string, string> {
  return isObject(value) &&
    Object.values(value).every((profile) => typeof profile === "string");
}

function isVariables(value: unknown): value is Record<string, string[]> {
  return isObject(value) &&
    Object.values(value).every((names) =>
      Array.isArray(names) && names.every((name) => typeof name === "string")
    );
}

/** The error of a `config.json` that cannot be used. */
export function damaged(
  path: string,
  field: string | undefined,
  state: string,
  cause?: unknown,
): AuthsomeError {
  const where = field === undefined ? "" : ` field "${field}"`;
  return new AuthsomeError(
    "StoreUnavailable",
    `Cannot use "${path}"${where}: ${state}`,
    `Fix the file, or restore it from a backup: ${path}. Keep it: it says where the key of the vault is, and may hold that key, sealed by your passphrase`,
    { cause, subject: { file: path, ...defined({ field }) } },
  );
}
