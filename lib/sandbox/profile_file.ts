/** Reads `sandbox.json`. @module */
import * as v from "valibot";
import { AuthsomeError } from "../errors.ts";
import { defined } from "../object.ts";
import { readPrivateHosts } from "../request/destination/private_hosts.ts";
import type { SandboxProfile } from "./sandbox_profile.ts";

const paths = v.optional(
  v.array(v.pipe(v.string(), v.nonEmpty(), v.regex(/^[^\0]+$/))),
);
const shape = v.strictObject({
  allow_write: paths,
  allow_read: paths,
  deny_read: paths,
  allow_env: v.optional(
    v.array(v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/))),
  ),
  allow_private: v.optional(v.array(v.string())),
  unix_sockets: v.optional(v.boolean()),
  network: v.optional(v.boolean()),
});

/**
 * Reads the text of `sandbox.json`. An unknown field is refused: a denial with a typing error must not pass
 * for one that is in force.
 *
 * @throws {AuthsomeError} `Usage`, naming the file and the field.
 */
export function parseSandboxProfile(
  text: string,
  path: string,
): SandboxProfile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw refused(path, "it is not JSON");
  }
  if (Array.isArray(json)) throw refused(path, "it is not an object");
  const result = v.safeParse(shape, json);
  if (!result.success) {
    const [issue] = result.issues;
    const field = v.getDotPath(issue);
    throw refused(
      path,
      `${field ? `"${field}": ` : ""}${issue.message}`,
      field ?? undefined,
    );
  }
  const {
    allow_write,
    allow_read,
    deny_read,
    allow_env,
    allow_private,
    unix_sockets,
    network,
  } = result.output;
  try {
    readPrivateHosts(allow_private ?? []);
  } catch (error) {
    if (!(error instanceof AuthsomeError)) throw error;
    throw refused(path, `"allow_private": ${error.message}`, "allow_private");
  }
  return {
    allowWrite: allow_write ?? [],
    allowRead: allow_read ?? [],
    denyRead: deny_read ?? [],
    allowEnv: allow_env ?? [],
    allowPrivate: allow_private ?? [],
    unixSockets: unix_sockets ?? false,
    network: network ?? true,
  };
}

function refused(path: string, problem: string, field?: string) {
  return new AuthsomeError(
    "Usage",
    `Cannot use "${path}": ${problem}`,
    "Its fields are allow_write, allow_read, deny_read, allow_env, allow_private (lists), unix_sockets and network (true or false)",
    { subject: { file: path, ...defined({ field }) } },
  );
}
