/** What a person allows a sandboxed command: options of `authsome run` and the file `sandbox.json`. @module */
import * as v from "valibot";
import { AuthsomeError } from "../errors.ts";

/** What is allowed and denied besides the defaults. Paths are absolute, or start with `~/`, or lie in the working folder. */
export interface SandboxProfile {
  /** Folders and files that the command may write. The working folder is one, unless it is the person's home or above it. */
  allowWrite: string[];
  /** Hidden places that the command may read after all. */
  allowRead: string[];
  /** More places to hide. */
  denyRead: string[];
  /** Environment variables that the command gets besides the well-known harmless ones. */
  allowEnv: string[];
  /** Whether the proxy can be reached. Without it there is no network at all. */
  network: boolean;
}

/** Nothing besides the defaults. */
export const DEFAULT_PROFILE: SandboxProfile = {
  allowWrite: [],
  allowRead: [],
  denyRead: [],
  allowEnv: [],
  network: true,
};

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
  network: v.optional(v.boolean()),
});

/**
 * Reads the text of `sandbox.json`. A field that nobody knows is refused: a denial with a typing error must not pass
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
  const { allow_write, allow_read, deny_read, allow_env, network } =
    result.output;
  return {
    allowWrite: allow_write ?? [],
    allowRead: allow_read ?? [],
    denyRead: deny_read ?? [],
    allowEnv: allow_env ?? [],
    network: network ?? true,
  };
}

/** Both together: what either allows is allowed, what either denies is denied. */
export function mergeProfiles(
  a: SandboxProfile,
  b: SandboxProfile,
): SandboxProfile {
  return {
    allowWrite: [...a.allowWrite, ...b.allowWrite],
    allowRead: [...a.allowRead, ...b.allowRead],
    denyRead: [...a.denyRead, ...b.denyRead],
    allowEnv: [...a.allowEnv, ...b.allowEnv],
    network: a.network && b.network,
  };
}

/** The absolute path that `path` means, without `.` and `..`; links are not followed. */
export function absolutePath(
  path: string,
  { user, working }: { user: string; working: string },
): string {
  const whole = path === "~" || path.startsWith("~/")
    ? user + path.slice(1)
    : path.startsWith("/")
    ? path
    : `${working}/${path}`;
  const parts: string[] = [];
  for (const part of whole.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** Whether `path` is `folder` or lies in it; both absolute and normal. */
export function isWithin(path: string, folder: string): boolean {
  return folder === "/" || path === folder || path.startsWith(`${folder}/`);
}

function refused(path: string, problem: string, field?: string) {
  return new AuthsomeError(
    "Usage",
    `Cannot use "${path}": ${problem}`,
    "Its fields are allow_write, allow_read, deny_read, allow_env (lists) and network (true or false)",
    { subject: { file: path, ...(field ? { field } : {}) } },
  );
}
