/**
 * Items of 1Password, by its command line (op 2: `op item list` and `op item get`, both with `--format json`;
 * https://developer.1password.com/docs/cli/reference/management-commands/item). Of an item whose title, address and
 * category match no provider, nothing but these is read.
 *
 * @module
 */
import { AuthsomeError } from "../../errors.ts";
import { isObject, parseObject } from "../../object.ts";
import type { Harvest } from "../found.ts";
import { textOf } from "../json.ts";
import type { ImportContext, ImportSource } from "../source.ts";
import {
  type ItemHead,
  ItemMatcher,
  type ManagerItem,
} from "./manager_item.ts";

/** Most items that are read, each of which starts the program. */
const MOST = 200;

interface ListedItem extends ItemHead {
  id: string;
  vault: string | undefined;
}

/** Asks op. */
export const opItems: ImportSource = {
  async harvest(world): Promise<Harvest> {
    const listed = await list(world);
    const matcher = new ItemMatcher(world.definitions);
    const likely = listed.filter((item) =>
      item.isKey || matcher.likelyFor(item).length > 0
    );
    const items: ManagerItem[] = [];
    const unread: string[] = [];
    for (const head of likely.slice(0, MOST)) {
      const item = await get(world, head);
      if (item) items.push(item);
      else unread.push(head.title);
    }
    const result = matcher.harvest("op", items);
    for (const title of unread) {
      result.skipped.push({
        from: `op ${title}`,
        reason: "op did not give it",
        hint: "Unlock 1Password, and try again",
        isSealed: true,
      });
    }
    if (likely.length > MOST) {
      result.skipped.push({
        from: "op",
        reason: `${likely.length - MOST} more items were not read`,
        hint: "",
      });
    }
    return result;
  },
};

async function list({ output }: ImportContext): Promise<ListedItem[]> {
  const text = await output(["op", "item", "list", "--format", "json"]);
  if (text === undefined) {
    const isThere = await output(["op", "--version"]) !== undefined;
    throw new AuthsomeError(
      isThere ? "MasterKeyUnavailable" : "CredentialMissing",
      isThere
        ? "Cannot import from 1Password: op is locked or not signed in"
        : "Cannot import from 1Password: its command line, op, is not installed",
      isThere
        ? 'Unlock it, then try again: eval "$(op signin)"'
        : "https://developer.1password.com/docs/cli/get-started",
    );
  }
  let items: unknown;
  try {
    items = JSON.parse(text);
  } catch {
    items = undefined;
  }
  if (!Array.isArray(items)) {
    throw new AuthsomeError(
      "StoreUnavailable",
      "Cannot import from 1Password: what op lists is no JSON of items",
      "authsome knows op 2: op --version",
    );
  }
  return items.filter(isObject).flatMap((item) => {
    const id = textOf(item, "id");
    // It becomes an argument.
    if (id === undefined || !/^[A-Za-z0-9]+$/.test(id)) return [];
    const vault = isObject(item.vault) ? textOf(item.vault, "id") : undefined;
    return [{
      id,
      vault: vault !== undefined && /^[A-Za-z0-9]+$/.test(vault)
        ? vault
        : undefined,
      title: textOf(item, "title") ?? id,
      urls: (Array.isArray(item.urls) ? item.urls : []).filter(isObject)
        .flatMap((url) => textOf(url, "href") ?? []),
      isKey: item.category === "API_CREDENTIAL",
    }];
  });
}

async function get(
  { output }: ImportContext,
  { id, vault, ...head }: ListedItem,
): Promise<ManagerItem | undefined> {
  const command = [
    ...["op", "item", "get", id, "--format", "json"],
    ...vault === undefined ? [] : ["--vault", vault],
  ];
  // Before 2.30 it has no such flag, and shows all.
  const text = await output([...command, "--reveal"]) ?? await output(command);
  const item = parseObject(text ?? "");
  if (!item) return undefined;
  return {
    ...head,
    fields: (Array.isArray(item.fields) ? item.fields : []).filter(isObject)
      .flatMap((field) => {
        const label = textOf(field, "label") ?? textOf(field, "id");
        const value = textOf(field, "value");
        return label === undefined || value === undefined ||
            field.type === "OTP" || field.purpose === "NOTES"
          ? []
          : [{ label, value }];
      }),
  };
}
