/** Where a sandboxed command looks for configuration files, and what is there. @module */
import type { HomeFile } from "../../../ports/run_host.ts";
import {
  type HomePlace,
  showFiles,
  type ShownFiles,
} from "../../../sandbox/shown/shown_files.ts";
import { XDG_FOLDERS } from "../../../sandbox/places.ts";
import type { View } from "../../../sandbox/view.ts";
import { entries } from "./folder_entries.ts";
import { realPath, type SandboxFacts } from "./sandbox_facts.ts";
import type { UserFolders } from "./user_folders.ts";

/** What every pipe takes at once. */
const MOST_BYTES = 4096;

/**
 * Lays `files` over `view`; says which are not shown, and why.
 *
 * @param env the environment of the command.
 */
export function viewWithFiles(
  view: View,
  files: readonly HomeFile[],
  facts: SandboxFacts,
  { env, users, warn }: {
    env: Readonly<Record<string, string>>;
    users: UserFolders;
    warn(message: string): void;
  },
): ShownFiles {
  const folders = xdgFolders(env);
  const places = files.flatMap((file) => placesOf(file, users.tilde, folders));
  const found = showFiles(
    view,
    // An agent's login may be from where the agent looks anyway.
    places.filter(({ real, provider }, at) =>
      places.findIndex((other) =>
        other.real === real && other.provider === provider
      ) === at
    ),
    {
      home: facts.home,
      own: [users.tilde, ...folders.map(({ folder }) => folder)]
        .flatMap((folder) => realPath(folder) ?? [])
        .filter((folder) => folder !== "/"),
      asked: [...facts.allowRead, ...facts.allowWrite],
      entries,
    },
  );
  for (const { path, provider, reason } of found.skipped) {
    warn(`"${path}" of ${provider} is not shown: ${reason}`);
  }
  return found;
}

/** The folders that `XDG_*` variables name, with what each stands for. */
function xdgFolders(
  env: Readonly<Record<string, string>>,
): { folder: string; usual: string }[] {
  return XDG_FOLDERS.flatMap(([variable, usual]) => {
    const folder = env[variable];
    return folder?.startsWith("/")
      ? { folder: folder.replace(/\/+$/, "") || "/", usual }
      : [];
  });
}

/** In the person's own folder, and where XDG says: some clients obey it and others do not. */
function placesOf(
  { path, text, provider }: HomeFile,
  tilde: string,
  xdg: readonly { folder: string; usual: string }[],
): HomePlace[] {
  if (new TextEncoder().encode(text).length > MOST_BYTES) return [];
  if (path.startsWith("/")) {
    return [{ ...whatIsAt(path), ...{ path, text, provider } }];
  }
  const [, usual = ""] = /^(\.config\/|\.cache\/|\.local\/\w+\/)/.exec(path) ??
    [];
  const rest = path.slice(usual.length);
  const client = rest.includes("/") ? rest.slice(0, rest.indexOf("/")) : "";
  const folders = [
    usual ? `${tilde}/${usual.slice(0, -1)}` : tilde,
    ...xdg.filter((each) => each.usual === usual).map(({ folder }) => folder),
  ];
  const places = folders.map((folder) => ({
    ...whatIsAt(`${folder}/${rest}`),
    ...client ? { client: whatIsAt(`${folder}/${client}`).real } : {},
    ...{ path: `${folder}/${rest}`, text, provider },
  }));
  return places.filter(({ real }, at) =>
    places.findIndex((each) => each.real === real) === at
  );
}

function whatIsAt(
  path: string,
): Pick<HomePlace, "real" | "there" | "folder"> {
  const real = realPath(path);
  if (real !== undefined) {
    const there = Deno.statSync(real).isDirectory ? "folder" : "file";
    return { real, there, folder: parent(real) };
  }
  let above = parent(path);
  while (above !== "/" && realPath(above) === undefined) above = parent(above);
  const folder = realPath(above) ?? "/";
  const rest = path.slice(above === "/" ? 0 : above.length);
  return {
    real: (folder === "/" ? "" : folder) + rest,
    there: undefined,
    folder,
  };
}

function parent(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
