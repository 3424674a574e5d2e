/** Unix sockets that only this user may connect to. @module */
import type { Server } from "node:net";
import { AuthsomeError } from "../errors.ts";
import { SOCKET_PATH_BYTES } from "../wire/socket_path.ts";

/**
 * Listens on a socket that only this user may connect to. One that a process left behind is replaced.
 *
 * @throws {AuthsomeError} `PortUnavailable` if something else is at `path`, or another process listens there.
 */
export async function listenPrivately(
  server: Server,
  path: string,
  anyLength: boolean,
): Promise<void> {
  await removeLeftover(path);
  const address = anyLength ? shortAddress(server, path) : path;
  // The mode is set from the beginning, so there is no race.
  const umask = Deno.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(address, resolve);
    });
  } catch (cause) {
    throw new AuthsomeError(
      "PortUnavailable",
      `Cannot listen on "${path}": ${
        cause instanceof Error ? cause.message : "unknown failure"
      }`,
      `Choose a path of at most ${SOCKET_PATH_BYTES} bytes in a folder that you can write to`,
      { cause },
    );
  } finally {
    Deno.umask(umask);
  }
}

/**
 * A short way to `path` for `server` as long as it listens: by its folder, which this process holds open. It is for
 * clients that cannot choose the path; others reach the socket from its folder too.
 */
function shortAddress(server: Server, path: string): string {
  if (new TextEncoder().encode(path).length <= SOCKET_PATH_BYTES) return path;
  const at = path.lastIndexOf("/");
  const folder = Deno.openSync(path.slice(0, at));
  const held = [...Deno.readDirSync("/proc/self/fd")]
    .map(({ name }) => `/proc/self/fd/${name}`)
    .find((each) => targetOf(each) === path.slice(0, at));
  if (held === undefined) {
    folder.close();
    return path;
  }
  server.once("close", () => folder.close());
  return held + path.slice(at);
}

function targetOf(link: string): string | undefined {
  try {
    return Deno.readLinkSync(link);
  } catch {
    return undefined;
  }
}

async function removeLeftover(path: string): Promise<void> {
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(path);
  } catch {
    return;
  }
  let reason = "it already exists and is not a socket";
  if (info.isSocket) {
    try {
      (await Deno.connect({ transport: "unix", path })).close();
      reason = "another program is listening there";
    } catch {
      Deno.removeSync(path);
      return;
    }
  }
  throw new AuthsomeError(
    "PortUnavailable",
    `Cannot listen on "${path}": ${reason}`,
    "Choose another path",
  );
}
