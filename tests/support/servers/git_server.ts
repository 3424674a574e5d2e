/** Smart HTTP for git, served by the real `git http-backend` over CGI (RFC 3875). @module */
import { missing } from "../missing.ts";

/** Why there can be none here, or `false`. */
export const noGitServer: string | false = await missing("git") ||
  await missing("sh", "-c", 'test -x "$(git --exec-path)/git-http-backend"');

/** Answers requests for the bare repositories in `folder`. */
export async function gitHttpBackend(
  folder: string,
  request: Request,
): Promise<Response> {
  const url = new URL(request.url);
  const header = (name: string) => request.headers.get(name) ?? "";
  const body = new Uint8Array(await request.arrayBuffer());
  const child = new Deno.Command("git", {
    args: ["http-backend"],
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH")!,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_PROTOCOL: header("git-protocol"),
      REQUEST_METHOD: request.method,
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: header("content-type"),
      CONTENT_LENGTH: String(body.length),
      HTTP_CONTENT_ENCODING: header("content-encoding"),
      REMOTE_USER: "tester",
      REMOTE_ADDR: "127.0.0.1",
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = child.output();
  const writer = child.stdin.getWriter();
  // Where there is no body it may have answered and ended already.
  await writer.write(body).catch(() => {});
  await writer.close().catch(() => {});
  const { stdout } = await output;
  const end = new TextDecoder("latin1").decode(stdout).indexOf("\r\n\r\n");
  const head = new TextDecoder().decode(stdout.subarray(0, end)).split("\r\n");
  const headers = new Headers();
  let status = 200;
  for (const line of head) {
    const at = line.indexOf(":");
    const value = line.slice(at + 1).trim();
    if (line.slice(0, at).toLowerCase() === "status") status = parseInt(value);
    else headers.set(line.slice(0, at), value);
  }
  return new Response(stdout.slice(end + 4), { status, headers });
}
