/**
 * The protocol between git and its credential helpers: `key=value` lines up to an empty one (git-credential(1), "INPUT/OUTPUT
 * FORMAT"). Pure.
 *
 * @module
 */
import { AuthsomeError } from "../../errors.ts";

/** What git asks about. Keys that are not here are of no interest. */
export interface GitRequest {
  protocol: string | undefined;
  /** Lower case, as it is looked up; `undefined` if there is none or it is no host. */
  host: string | undefined;
  port: number;
  /** Begins with `/`; without `credential.useHttpPath` git gives none. */
  path: string | undefined;
  username: string | undefined;
  password: string | undefined;
}

/** What is answered to `get`. */
export interface GitAnswer {
  username: string;
  password: string;
  /** Epoch seconds. */
  expiresAt?: number;
}

/**
 * Reads a request. Of a key that is there twice the last counts, and `url=` stands for the parts that it has, as in git.
 *
 * @throws {AuthsomeError} `Usage` if a line has no `=`, or a value a NUL.
 */
export function readGitRequest(text: string): GitRequest {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    // Git ends a line with a newline alone; some shells on Windows do not.
    const plain = line.replace(/\r$/, "");
    if (plain === "") {
      if (values.size > 0) break;
      continue;
    }
    const at = plain.indexOf("=");
    if (at < 0 || plain.includes("\0")) throw malformed();
    const [key, value] = [plain.slice(0, at), plain.slice(at + 1)];
    if (key === "url") addUrl(values, value);
    // Lists, such as `wwwauth[]`: nothing depends on them.
    else if (!key.endsWith("[]")) values.set(key, value);
  }
  const place = placeOf(values.get("host") ?? "");
  const path = values.get("path");
  return {
    protocol: values.get("protocol")?.toLowerCase(),
    host: place?.host,
    port: place?.port ?? 443,
    path: path === undefined ? undefined : `/${path.replace(/^\/+/, "")}`,
    username: values.get("username") || undefined,
    password: values.get("password"),
  };
}

/**
 * The lines of an answer.
 *
 * @throws {AuthsomeError} `CredentialMissing` if a value cannot stand in one.
 */
export function gitAnswerLines(
  { username, password, expiresAt }: GitAnswer,
): string {
  const lines = [`username=${username}`, `password=${password}`];
  if (expiresAt !== undefined) lines.push(`password_expiry_utc=${expiresAt}`);
  if (lines.some((line) => /[\0\r\n]/.test(line))) {
    throw new AuthsomeError(
      "CredentialMissing",
      "Cannot give the credential to git: it contains a line break",
      "Log in again with --force",
    );
  }
  return `${lines.join("\n")}\n`;
}

function addUrl(values: Map<string, string>, text: string): void {
  if (!URL.canParse(text)) throw malformed();
  const { protocol, host, pathname, username, password } = new URL(text);
  for (const key of ["protocol", "host", "path", "username", "password"]) {
    values.delete(key);
  }
  values.set("protocol", protocol.slice(0, -1));
  values.set("host", host);
  if (pathname.length > 1) values.set("path", pathname.slice(1));
  if (username) values.set("username", decodeURIComponent(username));
  if (password) values.set("password", decodeURIComponent(password));
}

/** A host with its port, as it is looked up. */
function placeOf(text: string): { host: string; port: number } | undefined {
  if (!/^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/.test(text)) {
    return undefined;
  }
  if (!URL.canParse(`https://${text}`)) return undefined;
  const { hostname, port } = new URL(`https://${text}`);
  return { host: hostname, port: port ? Number(port) : 443 };
}

function malformed(): AuthsomeError {
  return new AuthsomeError(
    "Usage",
    "Cannot read the request of git: it is not one of the git-credential protocol",
    "It is for git: authsome setup git",
  );
}
