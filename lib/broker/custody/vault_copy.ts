/** What moves to another home: the text inside of an export. Format: docs/reference/vault-export.md. @module */
import { decodeConnection, decodePart } from "../../connection/record.ts";
import { AuthsomeError } from "../../errors.ts";
import { checkName } from "../../names.ts";
import { isObject, parseObject } from "../../object.ts";
import { isProviderName } from "../../provider/name.ts";

const VERSION = 1;
const KIND = "authsome vault";
/** Characters of a definition, as a file of the home may have. */
const MAX_DEFINITION = 1_048_576;

/** Kinds of records that belong to this machine or to a moment: locks, logins that go on, what a server answered. */
const NOT_COPIED: readonly string[] = ["lease", "login", "mcp"];

/** What is in an export. */
export interface VaultCopy {
  /** Settings of `config.json` that are not about this machine, as they stand there. */
  config: Readonly<Record<string, unknown>>;
  /** The person's own definitions, as they are written, by name. */
  definitions: Readonly<Record<string, string>>;
  /** The text of each record by its key. */
  records: Readonly<Record<string, string>>;
}

/** A record of the vault, for people. */
export interface RecordName {
  profile: string;
  /** Such as `connection github/work`. */
  what: string;
}

/** Whether the record is part of a copy. */
export function isCopied(key: string): boolean {
  const [root, , kind] = key.split("/");
  return root === "profiles" ||
    root === "profile" && !NOT_COPIED.includes(kind!);
}

/**
 * What the record is.
 *
 * @throws {AuthsomeError} `StoreUnavailable` or `Usage` if it is no key of a record that may be copied.
 */
export function nameRecord(key: string): RecordName {
  const [root, profile = "", kind = "", ...names] = key.split("/")
    .map(decodePart);
  checkName("profile", profile);
  if (root === "profiles" && key.split("/").length === 2) {
    return { profile, what: "profile" };
  }
  if (root !== "profile" || !isCopied(key) || !/^[a-z-]{1,40}$/.test(kind)) {
    throw damaged("a record in it has no name that is known");
  }
  // The id of an earlier client tells nothing.
  const shown = kind.endsWith("-client") ? names.slice(0, -1) : names;
  return {
    profile,
    what: [kind.replaceAll("-", " "), shown.join("/")].join(" ").trim(),
  };
}

/** The text of a copy. */
export function encodeCopy(copy: VaultCopy, createdAt: string): string {
  return JSON.stringify({
    v: VERSION,
    kind: KIND,
    created_at: createdAt,
    ...copy,
  });
}

/**
 * The copy in `text`, each part of it checked.
 *
 * @throws {AuthsomeError} `StoreUnavailable` if it is none, of a newer version, or anything in it is damaged.
 */
export function decodeCopy(text: string): VaultCopy {
  const fields = parseObject(text);
  if (fields?.kind !== KIND) throw damaged("it is no export of a vault");
  if (fields.v !== VERSION) {
    throw new AuthsomeError(
      "StoreUnavailable",
      `Cannot import: the export has version ${
        Number(fields.v)
      }, this authsome knows ${VERSION}`,
      "authsome upgrade",
    );
  }
  const { config, definitions, records } = fields;
  if (!isObject(config) || !isTexts(definitions) || !isTexts(records)) {
    throw damaged("a part of it is missing");
  }
  for (const [name, definition] of Object.entries(definitions)) {
    if (!isProviderName(name) || definition.length > MAX_DEFINITION) {
      throw damaged("a definition in it cannot be one");
    }
  }
  for (const [key, record] of Object.entries(records)) {
    checkRecord(key, record);
  }
  return { config, definitions, records };
}

function checkRecord(key: string, text: string): void {
  try {
    const { what } = nameRecord(key);
    if (!parseObject(text)) throw damaged(`${what} is not an object`);
    if (key.split("/")[2] !== "connection") return;
    const { provider, name } = decodeConnection(text, 1);
    if (what !== `connection ${provider}/${name}`) {
      throw damaged(`${what} is another connection's`);
    }
  } catch (error) {
    if (error instanceof AuthsomeError && error.code === "StoreUnavailable") {
      throw error;
    }
    throw damaged("a record in it does not read", error);
  }
}

function isTexts(value: unknown): value is Record<string, string> {
  return isObject(value) &&
    Object.values(value).every((text) => typeof text === "string");
}

function damaged(state: string, cause?: unknown): AuthsomeError {
  return new AuthsomeError(
    "StoreUnavailable",
    `Cannot import: ${state}`,
    "Make the export once more: authsome vault export",
    { cause },
  );
}
