/** Managers that a person unlocks: 1Password, Bitwarden, the keychain of the system, pass. @module */
import { isObject } from "../../object.ts";
import { quoteWord } from "../hint.ts";
import {
  json,
  type Manager,
  member,
  type Reference,
  withoutLineEnd,
  withPart,
} from "./manager.ts";

/** A key of JSON, or the name of a field. */
const KEY = /^.{1,200}$/;

/** https://developer.1password.com/docs/cli/secret-reference-syntax/ */
export const onePassword: Manager = {
  title: "1Password",
  form: "op://vault/item/field",
  place: /^\/\/[^/#]+(?:\/[^/#]+){2,3}$/,
  programs: () => ["op"],
  variables: ["OP_*"],
  withheld: () => [
    ...["OP_SERVICE_ACCOUNT_TOKEN", "OP_CONNECT_TOKEN", "OP_SESSION_*"],
  ],
  args: ({ text }) => ["read", "--no-newline", text],
  value: (stdout) => stdout,
  locked:
    /not (?:currently )?signed in|sign in|signin|no accounts? configured|session expired|authorization (?:prompt )?(?:dismissed|timeout|denied)|connecting to desktop app|locked/i,
  missing:
    /isn't an? (?:item|vault|field)|isn't a vault|no item matching|does not have a field|could not find|not found/i,
  unlock: () => "op signin",
  write: {
    // A template on stdin: an assignment would stand in an argument.
    allows: ({ text }) => !text.includes("?"),
    whole: (reference) => {
      const { vault, item } = partsOfItem(reference);
      return ["item", "get", item, "--vault", vault, "--format", "json"];
    },
    args: (reference) => {
      const { vault, item } = partsOfItem(reference);
      return ["item", "edit", item, "--vault", vault, "--format", "json"];
    },
    input(reference, value, whole) {
      const { section, field } = partsOfItem(reference);
      const item = json(whole);
      const fields = member(item, "fields");
      if (!isObject(item) || !Array.isArray(fields)) return undefined;
      const is = (names: unknown, name: string) =>
        [member(names, "id"), member(names, "label")].includes(name);
      const wanted = fields.filter((each) =>
        is(each, field) &&
        (section === undefined || is(member(each, "section"), section))
      );
      if (wanted.length !== 1) return undefined;
      return JSON.stringify({
        ...item,
        fields: fields.map((each) =>
          each === wanted[0] ? { ...wanted[0], value } : each
        ),
      });
    },
  },
};

function partsOfItem({ place }: Reference) {
  const parts = place.slice(2).split("/");
  return {
    vault: parts[0]!,
    item: parts[1]!,
    section: parts.length > 3 ? parts[2] : undefined,
    field: parts.at(-1)!,
  };
}

/** https://bitwarden.com/help/cli/ */
export const bitwarden: Manager = {
  title: "Bitwarden",
  form: "bw:item or bw:item#field",
  place: /^[^#]+$/,
  key: KEY,
  programs: () => ["bw"],
  variables: ["BW_*", "BITWARDENCLI_APPDATA_DIR"],
  withheld: () => ["BW_SESSION", "BW_PASSWORD", "BW_CLIENTSECRET"],
  args: ({ place }) => ["--nointeraction", "get", "item", place],
  value: (stdout, { key = "password" }) => fieldOfItem(json(stdout), key),
  locked: /vault is locked|not logged in|session key|master password/i,
  missing: /not found|more than one result/i,
  unlock: () => `export BW_SESSION="$(bw unlock --raw)"`,
  write: {
    whole: ({ place }) => ["--nointeraction", "get", "item", place],
    args: (_reference, _world, whole) => [
      ...["--nointeraction", "edit", "item"],
      String(member(json(whole), "id")),
    ],
    input(reference, value, whole) {
      const item = json(whole);
      if (!isObject(item) || !/^[0-9a-f-]{36}$/.test(String(item.id))) {
        return undefined;
      }
      const changed = withField(item, reference.key ?? "password", value);
      // What `bw encode` makes.
      return changed && base64(JSON.stringify(changed));
    },
  },
};

const OF_LOGIN = ["username", "password", "totp"];

function fieldOfItem(item: unknown, key: string): string | undefined {
  const value = OF_LOGIN.includes(key)
    ? member(member(item, "login"), key)
    : key === "notes"
    ? member(item, "notes")
    : fieldsOf(item).find((field) => member(field, "name") === key)?.value;
  return typeof value === "string" ? value : undefined;
}

function withField(
  item: Record<string, unknown>,
  key: string,
  value: string,
): Record<string, unknown> | undefined {
  if (OF_LOGIN.includes(key)) {
    return isObject(item.login)
      ? { ...item, login: { ...item.login, [key]: value } }
      : undefined;
  }
  if (key === "notes") return { ...item, notes: value };
  const fields = fieldsOf(item);
  const wanted = fields.find((field) => field.name === key);
  return wanted && {
    ...item,
    fields: fields.map((field) =>
      field === wanted ? { ...wanted, value } : field
    ),
  };
}

function fieldsOf(item: unknown): Record<string, unknown>[] {
  const fields = member(item, "fields");
  return Array.isArray(fields) ? fields.filter(isObject) : [];
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** The keychain of macOS by `security`, the Secret Service of Linux by `secret-tool`; other attributes are not asked for. */
export const keychain: Manager = {
  title: "The keychain of this system",
  form: "keychain:service/account",
  place: /^[^/#"\\]+\/[^/#"\\]+$/,
  key: KEY,
  programs: (_reference, { system }) =>
    system === "darwin"
      ? ["/usr/bin/security"]
      : system === "linux"
      ? ["secret-tool"]
      : [],
  variables: [],
  withheld: () => [],
  args(reference, { system }) {
    const { service, account } = partsOfKeychain(reference);
    return system === "darwin"
      ? ["find-generic-password", "-s", service, "-a", account, "-w"]
      : ["lookup", "service", service, "account", account];
  },
  locked:
    /locked|not allowed|cancell?ed|dismissed|denied|cannot autolaunch|interaction/i,
  lockedCodes: [36, 51, 128],
  missing: /^\s*$|could not be found/i,
  missingCodes: [44],
  unlock: (reference, { system }) => {
    if (system === "darwin") return "security unlock-keychain";
    const { service, account } = partsOfKeychain(reference);
    return `secret-tool lookup service ${quoteWord(service)} account ${
      quoteWord(account)
    } > /dev/null`;
  },
  lockedArgs(reference, { system }) {
    if (system === "darwin") return undefined;
    const { service, account } = partsOfKeychain(reference);
    return ["search", "service", service, "account", account];
  },
  write: {
    whole: (reference, world) =>
      reference.key === undefined ? undefined : keychain.args(reference, world),
    args(reference, { system }) {
      const { service, account } = partsOfKeychain(reference);
      return system === "darwin" ? ["-i"] : [
        ...["store", `--label=${service}`],
        ...["service", service, "account", account],
      ];
    },
    input(reference, value, whole, { system }) {
      const text = withPart(withoutLineEnd(whole), reference.key, value);
      if (text === undefined || system !== "darwin") return text;
      const { service, account } = partsOfKeychain(reference);
      // It splits the line into words; the secret itself as hexadecimal numbers.
      return `add-generic-password -U -s "${service}" -a "${account}" -X ${
        hexadecimal(text)
      }\n`;
    },
  },
};

function partsOfKeychain({ place }: Reference) {
  const [service = "", account = ""] = place.split("/");
  return { service, account };
}

function hexadecimal(text: string): string {
  return [...new TextEncoder().encode(text)]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** https://www.passwordstore.org: the first line is the password, the others are `name: value`. */
export const pass: Manager = {
  title: "pass",
  form: "pass:name or pass:name#field",
  place: /^(?!\/)(?!(?:.*\/)?\.\.?(?:\/|$))[^#]+$/,
  key: KEY,
  programs: () => ["pass"],
  variables: ["PASSWORD_STORE_*", "GPG_AGENT_INFO"],
  withheld: () => [],
  args: ({ place }) => ["show", place],
  value: (stdout, { key }) => {
    const [first, ...rest] = stdout.split(/\r?\n/);
    return key === undefined
      ? first
      : rest.flatMap((line) => lineOf(line, key)?.value ?? [])[0];
  },
  locked:
    /decryption failed|no secret key|no pinentry|inappropriate ioctl|cancelled|bad passphrase|timeout/i,
  missing: /is not in the password store|password store is empty/i,
  unlock: ({ place }) => `pass show ${quoteWord(place)} > /dev/null`,
  write: {
    whole: ({ place }) => ["show", place],
    args: ({ place }) => ["insert", "--multiline", "--force", place],
    input(reference, value, whole) {
      const [first, ...rest] = whole.split("\n");
      const { key } = reference;
      if (key === undefined) return [value, ...rest].join("\n");
      const at = rest.findIndex((line) => lineOf(line, key));
      if (at < 0) return undefined;
      const { name } = lineOf(rest[at]!, key)!;
      return [first, ...rest.with(at, `${name}${value}`)].join("\n");
    },
  },
};

function lineOf(
  line: string,
  key: string,
): { name: string; value: string } | undefined {
  const [, name, value] = /^([^:]+:[ \t]*)(.*)$/.exec(line) ?? [];
  if (name === undefined || value === undefined) return undefined;
  return name.slice(0, name.indexOf(":")).trim() === key
    ? { name, value }
    : undefined;
}
