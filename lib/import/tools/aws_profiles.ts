/**
 * The access keys of `~/.aws/credentials` and `~/.aws/config`, profile by profile, as botocore 1.44 (AWS CLI 1.46) reads
 * them: the keys of the first file go before those of the second.
 *
 * @module
 */
import { Secret } from "../../secret.ts";
import type { Harvest } from "../found.ts";
import { connectionNameOf } from "../found.ts";
import { type ImportContext, type ImportSource, notThere } from "../source.ts";
import { parseIni } from "./ini.ts";

/** The members that make up a key. */
const KEY_MEMBERS = [
  ...["aws_access_key_id", "aws_secret_access_key"],
  ...["aws_session_token", "aws_security_token"],
];

type Profile = ReadonlyMap<string, string>;

/** How a profile without keys gets its own. */
const OTHER_WAYS: readonly {
  member: string;
  reason: string;
  hint: string;
}[] = [
  {
    member: "sso_session",
    reason: "it is a login by IAM Identity Center (SSO), which is no key",
    hint: "authsome login aws-sso",
  },
  {
    member: "sso_start_url",
    reason: "it is a login by IAM Identity Center (SSO), which is no key",
    hint: "authsome login aws-sso",
  },
  {
    member: "login_session",
    reason:
      "it is a login by the console (aws login), which stays with the AWS CLI",
    hint: "",
  },
  {
    member: "role_arn",
    reason: "it takes a role, and has no key of its own",
    hint: "authsome login aws-role",
  },
  {
    member: "credential_process",
    reason: "a program prints its keys, which are not kept",
    hint: "",
  },
];

/** The profiles of both files. */
function profilesOf(
  { path, env, userFolder, read }: ImportContext,
): Map<string, Profile> {
  const folder = `${userFolder}/.aws`;
  const credentials = path ??
    (env.get("AWS_SHARED_CREDENTIALS_FILE") || `${folder}/credentials`);
  const own = read(credentials);
  const config = path === undefined
    ? read(env.get("AWS_CONFIG_FILE") || `${folder}/config`)
    : undefined;
  if (!own && !config) throw notThere(credentials);
  const profiles = new Map<string, Map<string, string>>();
  const add = (text: string, isConfig: boolean) => {
    for (const [section, members] of parseIni(text)) {
      const name = profileName(section, isConfig);
      if (name === undefined) continue;
      const known = profiles.get(name) ?? new Map();
      // A key is taken whole from one file.
      if (members.has("aws_access_key_id")) {
        for (const member of KEY_MEMBERS) known.delete(member);
      }
      for (const [member, value] of members) known.set(member, value);
      profiles.set(name, known);
    }
  };
  if (config) add(config.text, true);
  // A file that was named may be either.
  if (own) add(own.text, /^\s*\[profile\s/m.test(own.text));
  return profiles;
}

/** Which profile a section is: in `config` all but the default one are called so. */
function profileName(section: string, isConfig: boolean): string | undefined {
  if (!isConfig || section === "default") return section;
  return /^profile\s+"?(.+?)"?$/.exec(section)?.[1];
}

/** Reads both files. */
export const awsProfiles: ImportSource = {
  harvest(world): Harvest {
    const result: Harvest = { found: [], skipped: [] };
    for (const [name, profile] of profilesOf(world)) {
      const from = `aws profile ${name}`;
      const skip = (reason: string, hint: string) =>
        result.skipped.push({ from, provider: "aws", reason, hint });
      const id = profile.get("aws_access_key_id");
      const secret = profile.get("aws_secret_access_key");
      const token = profile.get("aws_session_token") ||
        profile.get("aws_security_token");
      if (id && secret) {
        const connection = name === "default"
          ? undefined
          : connectionNameOf(name);
        result.found.push({
          provider: "aws",
          ...connection === undefined ? {} : { connection },
          credential: {
            type: "api_key",
            fields: {
              access_key_id: new Secret(id),
              secret_access_key: new Secret(secret),
              ...token ? { session_token: new Secret(token) } : {},
            },
          },
          from,
        });
      } else if (id || secret) {
        skip("it has one half of an access key", "authsome login aws");
      } else {
        const way = OTHER_WAYS.find(({ member }) => profile.has(member));
        // Without one it has settings only.
        if (way) skip(way.reason, way.hint);
      }
    }
    return result;
  },
};
