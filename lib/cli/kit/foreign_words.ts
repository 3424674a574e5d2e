/** What users of other programs (gh, aws-vault, op, gcloud, git) type, and what it is called here. @module */

/** Command lines without `authsome`, by what was typed. Two words come before one. */
const COMMAND_LINES: Readonly<Record<string, readonly string[]>> = {
  "version": ["--version"],
  "ver": ["--version"],
  "auth": ["login", "list", "logout"],
  "auth login": ["login"],
  "auth add": ["login"],
  "auth logout": ["logout"],
  "auth revoke": ["revoke"],
  "auth list": ["list"],
  "auth status": ["list", "whoami"],
  "auth switch": ["set-default"],
  "auth token": ["token", "export"],
  "auth print-access-token": ["token", "export"],
  "auth refresh": ["login --force"],
  "auth setup-git": ["setup", "run"],
  "status": ["list", "whoami", "doctor"],
  "ls": ["list"],
  "ps": ["list"],
  "providers": ["list"],
  "accounts": ["list"],
  "account": ["list"],
  "connections": ["list"],
  "search": ["list"],
  "find": ["list"],
  "exec": ["run"],
  "execute": ["run"],
  "shell": ["run"],
  "sh": ["run"],
  "proxy": ["run"],
  "inject": ["run"],
  "with": ["run"],
  "api": ["run -- curl"],
  "curl": ["run -- curl"],
  "add": ["login"],
  "connect": ["login"],
  "signin": ["login"],
  "sign-in": ["login"],
  "signup": ["login"],
  "authorize": ["login"],
  "authenticate": ["login"],
  "rotate": ["login --force", "key rotate"],
  "refresh": ["login --force"],
  "reauth": ["login --force"],
  "signout": ["logout"],
  "sign-out": ["logout"],
  "forget": ["logout"],
  "disconnect": ["logout"],
  "clear": ["logout"],
  "rm": ["logout", "remove"],
  "delete": ["logout", "remove"],
  "del": ["logout", "remove"],
  "uninstall": ["remove"],
  "install": ["register"],
  "extension": ["register"],
  "plugin": ["register"],
  "show": ["get", "inspect"],
  "view": ["get", "inspect"],
  "info": ["get", "inspect"],
  "describe": ["inspect", "get"],
  "cat": ["inspect"],
  "read": ["get", "export"],
  "item": ["get", "list"],
  "item get": ["get"],
  "item list": ["list"],
  "item create": ["login"],
  "item delete": ["logout"],
  "vault list": ["list"],
  "vault ls": ["list"],
  "vault get": ["get"],
  "secret": ["get", "login"],
  "secrets": ["list", "scan"],
  "credentials": ["list", "export"],
  "token": ["export"],
  "print": ["export"],
  "env": ["export"],
  "printenv": ["export"],
  "dotenv": ["scan", "export"],
  "switch": ["set-default", "profile use"],
  "use": ["set-default", "profile use"],
  "default": ["set-default"],
  "config": ["whoami", "profile"],
  "configure": ["init", "login"],
  "setup": ["init", "onboard"],
  "start": ["init", "onboard"],
  "check": ["doctor"],
  "diagnose": ["doctor"],
  "health": ["doctor"],
  "logs": ["log"],
  "audit": ["log"],
  "history": ["log"],
  "why": ["explain"],
  "update": ["upgrade"],
  "self-update": ["upgrade"],
  "completion": ["completions"],
  "user": ["whoami"],
  "id": ["whoami"],
};

/** Names of subcommands, by what was typed in a group such as `profile`. */
const SUBCOMMANDS: Readonly<Record<string, readonly string[]>> = {
  "ls": ["list"],
  "show": ["list", "status"],
  "rm": ["delete", "remove"],
  "del": ["delete"],
  "remove": ["delete"],
  "add": ["create", "new"],
  "new": ["create"],
  "create": ["new"],
  "switch": ["use"],
  "select": ["use"],
  "mv": ["rename"],
  "info": ["status"],
};

function of(
  table: Readonly<Record<string, readonly string[]>>,
  typed: string,
): readonly string[] {
  const key = typed.toLowerCase();
  return Object.hasOwn(table, key) ? table[key]! : [];
}

/** Command lines for what was typed in place of a command; each begins with one of `known`, or is a flag. */
export function commandsFor(
  words: readonly string[],
  known: readonly string[],
): string[] {
  const [first = "", second = ""] = words;
  const two = of(COMMAND_LINES, `${first} ${second}`);
  const found = two.length > 0 ? two : of(COMMAND_LINES, first);
  return found.filter((line) =>
    line.startsWith("-") ||
    known.some((name) => line === name || line.startsWith(`${name} `))
  );
}

/** The same for two words of which the first is the name of a group here. */
export function commandsForBoth(words: readonly string[]): readonly string[] {
  return of(COMMAND_LINES, words.slice(0, 2).join(" "));
}

/** Those of `known` that stand for the subcommand `typed`. */
export function subcommandsFor(
  typed: string,
  known: readonly string[],
): string[] {
  return of(SUBCOMMANDS, typed).filter((name) => known.includes(name));
}
