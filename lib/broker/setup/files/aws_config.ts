/** The profiles in `~/.aws/config` whose keys authsome gives. Pure. @module */
import { AuthsomeError } from "../../../errors.ts";
import { type IniSection, iniSections } from "./ini_sections.ts";
import {
  linesOf,
  type Marked,
  withMarked,
  withoutMarked,
} from "./marked_lines.ts";

/** A profile of the AWS CLI, and the command that prints its keys. */
export interface AwsProfile {
  name: string;
  command: readonly string[];
}

/** Keys of a profile that say where its credentials come from: another one may come first. */
const SOURCES = [
  ...["aws_access_key_id", "aws_secret_access_key", "credential_process"],
  ...["credential_source", "login_session", "role_arn", "source_profile"],
  ...["sso_account_id", "sso_session", "sso_start_url"],
  "web_identity_token_file",
];

/**
 * The text with these profiles. A profile that is there and has no credentials gets them.
 *
 * @throws {AuthsomeError} `OperationNotAllowed` if a profile has others.
 */
export function withAwsProfiles(
  text: string,
  profiles: readonly AwsProfile[],
  path: string,
): string {
  const wanted = profiles.map(({ name, command }) => ({
    name,
    process: command.map(awsWord).join(" "),
  }));
  const now = iniSections(text);
  const missing = wanted.filter(({ name, process }) =>
    sectionOf(now, name)?.keys.get("credential_process")?.value !== process
  );
  if (missing.length === 0) return text;
  const without = withoutMarked(text, "aws", path);
  // A profile of ours may have lines of the person's by now: it is written anew only if its command has changed.
  const isStale = missing.some(({ name }) =>
    sectionOf(now, name)?.keys.has("credential_process")
  );
  return withProfiles(
    isStale ? without : text,
    isStale ? wanted : missing,
    path,
  );
}

function withProfiles(
  text: string,
  profiles: readonly { name: string; process: string }[],
  path: string,
): string {
  const sections = iniSections(text);
  const marked: Marked[] = [];
  const added: string[] = [];
  for (const { name, process } of profiles) {
    const line = `credential_process = ${process}`;
    const section = sectionOf(sections, name);
    if (!section) {
      added.push(headerOf(name), line);
      continue;
    }
    const other = SOURCES.find((key) => section.keys.has(key));
    if (other !== undefined) {
      throw new AuthsomeError(
        "OperationNotAllowed",
        `Cannot set up the profile ${name}: "${path}" has ${other} for it`,
        "Rename that profile, and set it up again",
        { subject: { file: path, field: other } },
      );
    }
    marked.push({ at: section.at + 1, lines: [line] });
  }
  if (added.length > 0) {
    marked.push({ at: linesOf(text).length, lines: added });
  }
  return withMarked(text, "aws", marked);
}

function sectionOf(
  sections: readonly IniSection[],
  profile: string,
): IniSection | undefined {
  const wanted = profile === "default" ? profile : `profile ${profile}`;
  return sections.find(({ name }) => unquoted(name) === wanted);
}

function headerOf(profile: string): string {
  if (profile === "default") return "[default]";
  return /^[\w.@:/+-]+$/.test(profile)
    ? `[profile ${profile}]`
    : `[profile "${profile}"]`;
}

/** The names of profiles in `~/.aws/credentials`, whose keys come before any other of that name. */
export function awsKeyProfiles(text: string): string[] {
  return iniSections(text).filter(({ keys }) => keys.has("aws_access_key_id"))
    .map(({ name }) => unquoted(name));
}

/** As the AWS CLI splits it: like a shell. */
function awsWord(word: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(word)
    ? word
    : `"${word.replace(/["\\]/g, "\\$&")}"`;
}

function unquoted(header: string): string {
  return header.replace(/\s+/g, " ").replace(/(["'])(.*)\1$/, "$2");
}
