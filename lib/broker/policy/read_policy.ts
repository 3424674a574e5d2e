/** Reads the rules of a person. @module */
import { sha256 } from "../../bytes.ts";
import { AuthsomeError } from "../../errors.ts";
import {
  type EffectivePolicy,
  effectivePolicy,
  joined,
} from "../../policy/file/effective.ts";
import type { PolicyFiles } from "../../ports/home_files.ts";
import type { PolicyFile } from "../../policy/rule.ts";
import type { Broker } from "../broker.ts";

/** Which rules. */
export interface PolicyRequest {
  /** A file that the person names; its rules hold beside those of the home. */
  file?: string;
  /** The working folder. Default: that of this process. */
  folder?: string;
}

/** A file of rules, as it is now. */
export interface ReadPolicyFile {
  path: string;
  /** SHA-256 of its text, hex. */
  digest: string;
  policy: PolicyFile;
}

/** The rules that hold for a profile in a folder. */
export interface ReadPolicy {
  effective: EffectivePolicy;
  /** Those that there are: of the home, and the one that was named. */
  files: readonly ReadPolicyFile[];
}

/**
 * The rules that hold for the broker's profile in the folder.
 *
 * @throws {AuthsomeError} `InvalidPolicy` or `StoreUnavailable` if a file cannot be read: then nothing may be allowed.
 * `Usage` if there is none where the person named one.
 */
export async function readPolicy(
  broker: Broker,
  request: PolicyRequest = {},
): Promise<ReadPolicy> {
  const { runtime } = broker;
  if (request.file === undefined && !(runtime.hasPolicy?.() ?? false)) {
    return { effective: joined([]), files: [] };
  }
  const host = await runtime.policyFiles?.();
  if (!host) return { effective: joined([]), files: [] };
  const files: ReadPolicyFile[] = [];
  const own = await readPolicyFile(host, host.path);
  if (own) files.push(own);
  if (request.file !== undefined) {
    const named = await readPolicyFile(host, request.file);
    if (!named) throw missing(request.file);
    files.push(named);
  }
  return { effective: effectiveOf(broker, host, files, request), files };
}

/** The file of rules at `path`; `undefined` if there is none. Throws as {@linkcode readPolicy} does. */
export async function readPolicyFile(
  host: PolicyFiles,
  path: string,
): Promise<ReadPolicyFile | undefined> {
  const text = await host.read(path);
  return text === undefined ? undefined : await policyOf(text, path);
}

/** What `text` says. Throws as {@linkcode readPolicy} does. */
export async function policyOf(
  text: string,
  path: string,
): Promise<ReadPolicyFile> {
  const { parsePolicy } = await import("../../policy/file/parse_policy.ts");
  return {
    path,
    digest: await sha256(text),
    policy: await parsePolicy(text, path),
  };
}

/** The rules of several files that hold for the broker's profile in the folder. */
export function effectiveOf(
  { runtime, profile }: Broker,
  host: PolicyFiles,
  files: readonly ReadPolicyFile[],
  { folder = runtime.workingFolder?.() ?? "/" }: PolicyRequest = {},
): EffectivePolicy {
  return joined(files.map(({ policy, path }) =>
    effectivePolicy(policy, path, {
      profile,
      folder: host.realFolder(folder),
      realFolder: (named) => host.realFolder(named),
    })
  ));
}

function missing(file: string): AuthsomeError {
  return new AuthsomeError(
    "Usage",
    `Cannot use --policy-file "${file}": there is no such file`,
    "Name a file of rules; see docs/guides/control.md",
    { subject: { file } },
  );
}
