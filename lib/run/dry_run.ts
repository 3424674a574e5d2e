/** What would take part in a run, without one. @module */
import { childEnvironment } from "./child_env.ts";
import type { PersonSettings } from "./overrides/person_files.ts";
import type { HomeFile } from "../ports/run_host.ts";
import { allRoutes, type RouteInput } from "../request/routes.ts";
import {
  filesOf,
  planRun,
  type RunContext,
  type RunRequest,
} from "./proxied_run.ts";

/** What would take part. No secret is in it. */
export interface DryRun {
  /** `named`: only requests whose placeholder carries its name use it. */
  connections: { provider: string; connection: string; named: boolean }[];
  /** Variables that hold a placeholder or what is no secret, and which. */
  variables: { name: string; value: string }[];
  /** Variables that hold a secret of a connection now, and would hold its placeholder. */
  replaced: string[];
  /** Variables that hold a secret now, and would be removed. */
  removed: string[];
  /** The person's settings that lead elsewhere, which the command's programs would not follow. */
  overridden: PersonSettings[];
  /** Configuration files that a sandboxed command would be shown. */
  files: HomeFile[];
  /** Where credentials would go. `host` is a name, or a regular expression after `regex:`. */
  hosts: {
    host: string;
    port: number;
    pathPrefix: string;
    provider: string;
    connection: string;
  }[];
}

/**
 * Decides as {@linkcode run} of `proxied_run.ts` does, and starts nothing.
 *
 * @param showsFiles whether the command would be sandboxed.
 * @throws {AuthsomeError} as a run does before its command starts.
 */
export async function dryRun(
  request: RunRequest,
  context: Omit<RunContext, "runHost" | "credentials" | "audit">,
  showsFiles = false,
): Promise<DryRun> {
  const { inputs, others, routes, environment, settings } = await planRun(
    request,
    { ...context, showsFiles },
    true,
  );
  const { env, removed, replaced } = childEnvironment(context.env.toObject(), {
    ...{ proxyUrl: "", caBundlePath: "", wgetrcPath: "", folder: "" },
    ...environment,
  });
  return {
    connections: [
      ...[...inputs.values()].map((input) => ({ ...input, named: false })),
      ...others.map((input) => ({ ...input, named: true })),
    ].map(({ definition, connection, named }) => ({
      ...{ provider: definition.name, connection, named },
    })),
    variables: [
      ...new Set([
        ...environment.placeholders.keys(),
        ...environment.publics.keys(),
      ]),
    ].sort()
      .flatMap((name) => name in env ? [{ name, value: env[name]! }] : []),
    ...{ replaced, removed, overridden: settings },
    files: showsFiles
      ? [
        ...await filesOf(inputs, context.warn),
        ...await loginFiles([...inputs.values()]),
      ]
      : [],
    hosts: allRoutes(routes.first)
      .filter(({ injections }) => injections.length > 0)
      .map((
        { host, port, pathPrefix, provider, connection },
      ) => ({
        host: host.kind === "exact"
          ? host.host
          : `regex:${host.pattern.source}`,
        ...{ port, pathPrefix, provider, connection },
      })),
  };
}

async function loginFiles(inputs: readonly RouteInput[]): Promise<HomeFile[]> {
  if (!inputs.some(({ login }) => login)) return [];
  const { loginFilesOf } = await import("./own_logins.ts");
  return loginFilesOf(inputs);
}
