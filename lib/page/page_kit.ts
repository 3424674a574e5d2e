/** What the handlers of the page share. @module */
import type { Context } from "hono";
import type { Broadcast } from "./page_events.ts";
import type { Notice, PageSession, Visit } from "./page_session.ts";
import type { PageSource, PageSources } from "./page_source.ts";

/** The variables of a request, and what the server knows of it besides. */
export type PageEnv = {
  Variables: { nonce: string; visit: Visit; source: PageSource };
  Bindings: {
    /** Who sends it; see `form/peer.ts`. */
    peer?: { who: "own" | "other" | "unknown" };
  };
};

/** The page while it is served. */
export interface PageApp {
  readonly sources: PageSources;
  readonly session: PageSession;
  readonly broadcast: Broadcast;
  readonly acts: Acts;
  readonly now: () => number;
  /** Aborts when the page ends. */
  readonly signal: AbortSignal;
}

/** What can be done, and what is under way. */
export interface Acts {
  does(
    app: PageApp,
    context: Context<PageEnv>,
    form: URLSearchParams,
  ): Promise<Response>;
  /** Leads to the page of a login that was begun. */
  followLogin(context: Context<PageEnv>): Promise<Response>;
  /** What logins of this visit have ended with since the last question. */
  noticesOf(visit: Visit): Notice[];
}
