/** Serves the local page as the login form is served, and opens it in the person's browser. @module */
import { AuthsomeError } from "../../errors.ts";
import type { PageHost } from "../../ports/hosts/page_host.ts";
import type { Env } from "../../ports/system.ts";
import { browserReaches, systemBrowser } from "../login/browser.ts";
import { serveLoopback } from "../login/loopback_server.ts";
import { peerOf } from "../login/peer_user.ts";

/**
 * The page of the person whose environment `env` is.
 *
 * @param prepare makes the home, where the file lies that leads the browser to the page.
 */
export function loopbackPage(env: Env, prepare: () => void): PageHost {
  return {
    reachesBrowser: browserReaches(env),

    async serve({ port, handler, say, signal }) {
      try {
        return await serveLoopback({
          port,
          handler: (request, { from, to }) =>
            handler(request, peerOf(from, to, env)),
          say,
          signal,
        });
      } catch (error) {
        if (
          !(error instanceof AuthsomeError) || error.code !== "PortUnavailable"
        ) throw error;
        throw new AuthsomeError(
          error.code,
          error.message,
          "Leave --port out to take any free port: authsome ui",
          { cause: error },
        );
      }
    },

    async openBrowser(url, until) {
      prepare();
      return await systemBrowser(env).openPrivately(url, until);
    },
  };
}
