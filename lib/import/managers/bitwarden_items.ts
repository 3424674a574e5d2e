/**
 * Items of an export of Bitwarden or Vaultwarden (JSON): as it is, or protected with a password
 * (https://bitwarden.com/help/encrypted-export). One that is bound to an account opens in that account only.
 *
 * @module
 */
import { AuthsomeError } from "../../errors.ts";
import { type Fields, isObject, parseObject } from "../../object.ts";
import type { Harvest } from "../found.ts";
import { readObject, textOf, unreadable } from "../json.ts";
import type { ImportContext, ImportSource } from "../source.ts";
import { openExport } from "./bitwarden_export.ts";
import { ItemMatcher, type ManagerItem } from "./manager_item.ts";

/** The kinds of items that may be a key. */
const LOGIN = 1;
const NOTE = 2;

/** Reads the export that was named. */
export const bitwardenItems: ImportSource = {
  async harvest(world): Promise<Harvest> {
    const { path } = world;
    const file = path === undefined ? undefined : world.read(path);
    if (!file) {
      throw new AuthsomeError(
        "CredentialMissing",
        path === undefined
          ? "Cannot import from Bitwarden: its export has no usual place"
          : `Cannot import from "${path}": it does not exist`,
        "Export it as .json, and name the file: authsome import bitwarden --path <file>",
      );
    }
    const outer = readObject(file);
    const fields = outer.encrypted === true
      ? parseObject(await opened(world, file.path, outer))
      : outer;
    if (!fields || !Array.isArray(fields.items)) {
      throw unreadable(file.path, "is no export of Bitwarden");
    }
    const items = fields.items.filter(isObject).flatMap(itemOf);
    return new ItemMatcher(world.definitions).harvest("bitwarden", items);
  },
};

async function opened(
  world: ImportContext,
  path: string,
  fields: Fields,
): Promise<string> {
  if (fields.passwordProtected !== true) {
    throw new AuthsomeError(
      "MasterKeyUnavailable",
      `Cannot open "${path}": it is bound to the account that made it`,
      "Export it anew, as .json, or as .json (Encrypted) of the type Password protected",
      { subject: { file: path } },
    );
  }
  const { env } = world;
  const named = env.get("AUTHSOME_IMPORT_PASSWORD_FILE");
  const password = env.get("AUTHSOME_IMPORT_PASSWORD") ||
    (named && world.read(named)?.text.replace(/\r?\n$/, "")) ||
    await world.passphrase?.(`Password of ${path}`);
  if (!password) {
    throw new AuthsomeError(
      "MasterKeyUnavailable",
      `Cannot open "${path}": it is protected with a password`,
      "Give it in AUTHSOME_IMPORT_PASSWORD, in a file that AUTHSOME_IMPORT_PASSWORD_FILE names, or at a terminal",
      { subject: { file: path } },
    );
  }
  return await openExport(path, fields, password);
}

function itemOf(item: Fields): ManagerItem[] {
  if (item.type !== LOGIN && item.type !== NOTE) return [];
  // What lies in the bin.
  if (textOf(item, "deletedDate") !== undefined) return [];
  const login = isObject(item.login) ? item.login : {};
  const own = (Array.isArray(item.fields) ? item.fields : []).filter(isObject)
    .flatMap((field) => {
      const [label, value] = [textOf(field, "name"), textOf(field, "value")];
      return label === undefined || value === undefined
        ? []
        : [{ label, value }];
    });
  const built = ["username", "password"].flatMap((label) => {
    const value = textOf(login, label);
    return value === undefined ? [] : [{ label, value }];
  });
  return [{
    title: textOf(item, "name") ?? "item",
    urls: (Array.isArray(login.uris) ? login.uris : []).filter(isObject)
      .flatMap((each) => textOf(each, "uri") ?? []),
    isKey: false,
    fields: [...own, ...built],
  }];
}
