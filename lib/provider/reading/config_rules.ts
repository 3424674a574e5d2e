/** The configuration files of a definition: what stands in them, and where none may be. @module */
import { fieldNames } from "../../template.ts";

/** The names in braces of `text` that mean a value; the braces of JSON and the like mean none. */
export function configFields(text: string): string[] {
  return [
    ...new Set(
      fieldNames(text).filter((name) => /^[a-z][a-z0-9_]*$/.test(name)),
    ),
  ];
}

/**
 * Files and folders below a home that are run, loaded or obeyed by every shell, login, editor or repository, and keys: what
 * stands there is no configuration of a provider's client.
 */
const OBEYED = [
  String.raw`\.(?:ba|z|k|c|tc|fi)?sh(?:rc|env)?`,
  String.raw`\.(?:bash|zsh|z)_?(?:profile|login|logout|aliases)`,
  String
    .raw`\.(?:profile|login|logout|xprofile|xsession|xinitrc|inputrc|envrc|pam_environment|screenrc|tmux\.conf)`,
  String
    .raw`\.(?:ssh|gnupg|pki|password-store|git|gitconfig|hgrc|direnvrc|mise\.toml|tool-versions)`,
  String
    .raw`\.(?:g?vim(?:rc)?|viminfo|nano(?:rc)?|emacs(?:\.d)?|vscode|curlrc|wgetrc|gdbinit|lldbinit|pythonrc|pdbrc|irbrc)`,
  String
    .raw`\.config/(?:git|autostart|systemd|environment\.d|fish|zsh|nvim|emacs|direnv|mise|code|cursor|pip|uv)`,
  String.raw`\.local/(?:bin|lib|share/(?:applications|systemd|dbus-1|fish))`,
  String.raw`\.?(?:bin|node_modules|authsome)`,
];
const OBEYED_PLACE = new RegExp(`^(?:${OBEYED.join("|")})(?:/|$)`, "i");

/** What is wrong with a configuration file at `path` below the home, or `undefined`. */
export function pathProblem(path: string): string | undefined {
  if (path.split("/").some((part) => part === "." || part === "..")) {
    return "leads out of its folder";
  }
  if (!path.startsWith(".")) {
    return "is not a hidden file or in a hidden folder";
  }
  if (OBEYED_PLACE.test(path)) {
    return "is a place that shells, logins, editors or git run or obey";
  }
}
