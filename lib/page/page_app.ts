/**
 * The page of `authsome ui` as a function from request to response. Before any handler sees a request it is judged by what
 * another web page cannot forge (`form/protection.ts`) and by whose process sends it, and then by its cookie.
 *
 * @module
 */
import { type Context, Hono } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { randomText, sameText } from "../bytes.ts";
import { AuthsomeError } from "../errors.ts";
import { protect, readBody, refuse } from "../form/protection.ts";
import { PAGE_SCRIPT } from "./page_script.ts";
import { Broadcast } from "./page_events.ts";
import type { PageApp, PageEnv } from "./page_kit.ts";
import type { PageSession } from "./page_session.ts";
import type { PageSources } from "./page_source.ts";
import { actsOf } from "./page_acts.ts";
import { showPage, streamOf } from "./page_places.ts";
import { type Html, PLACES, plainPage } from "./views/page_layout.ts";

/** Where an address leads that was handed out. */
export const OPEN_PATH = "/open/";
const EVENTS_PATH = "/events";
const SCRIPT_PATH = "/page.js";
const ALIVE_PATH = "/alive";

/** What a page script may ask for. */
const isData = (path: string) => path === EVENTS_PATH || path === ALIVE_PATH;

/** The page at `origin` (`http://127.0.0.1:<port>`). */
export function pageApp(
  { sources, session, origin, signal, now }: {
    sources: PageSources;
    session: PageSession;
    origin: string;
    signal: AbortSignal;
    now(): number;
  },
): Hono<PageEnv> {
  const app = new Hono<PageEnv>();
  const ends = AbortSignal.any([signal, session.closed]);
  const broadcast = new Broadcast();
  broadcast.run(sources.follow(ends)).catch(() => {});
  const shared: PageApp = {
    ...{ sources, session, broadcast, now, signal: ends },
    acts: actsOf(sources),
  };
  // Cookies know no ports, and several pages may be open in one browser.
  const { port } = new URL(origin);
  const COOKIE = `authsome_page_${port}`;
  const MARK = `authsome_opened_${port}`;

  app.use("*", async (context, next) => {
    const nonce = randomText();
    context.set("nonce", nonce);
    const refusal = refuse(context.req.raw, origin, isData);
    if (refusal) context.res = context.text(refusal.reason, refusal.status);
    else if (context.env?.peer?.who === "other") {
      context.res = await strange(
        context,
        403,
        "This page belongs to another user",
        "Only the user who started authsome ui can open it.",
      );
    } else await next();
    protect(context.res.headers, nonce);
  });

  app.get(`${OPEN_PATH}:ticket`, (context) => {
    const ticket = context.req.param("ticket");
    const admission = session.admit(ticket, getCookie(context, MARK));
    if (admission.kind === "unknown") return unknown(context);
    if (admission.kind === "taken") {
      return strange(
        context,
        403,
        "This page was closed",
        "A second browser opened its address too (or your browser blocks cookies), so neither may go on. Run authsome ui again.",
      );
    }
    const cookie = { httpOnly: true, sameSite: "Strict", path: "/" } as const;
    setCookie(context, COOKIE, admission.cookie, cookie);
    if (admission.kind === "opened") {
      // Not Strict: it only lets the same browser load its address again, from wherever it was opened.
      setCookie(context, MARK, admission.mark, {
        ...cookie,
        sameSite: "Lax",
        path: `${OPEN_PATH}${ticket}`,
      });
    }
    // A redirect would be the other site's, from which no Strict cookie comes along; a page of ours leads on.
    return context.html(
      plainPage(context.var.nonce, "authsome", "Opening…", "/"),
    );
  });

  app.use("*", async (context, next) => {
    const visit = session.visit(getCookie(context, COOKIE));
    if (!visit) {
      return session.closed.aborted
        ? strange(
          context,
          403,
          "This page was closed",
          "Run authsome ui again.",
        )
        : unknown(context);
    }
    context.set("visit", visit);
    context.set("source", await sources.open(visit.profile));
    await next();
  });

  app.get(SCRIPT_PATH, (context) =>
    context.body(PAGE_SCRIPT, 200, {
      "Content-Type": "text/javascript; charset=utf-8",
    }));
  app.get(ALIVE_PATH, (context) => context.json({ v: 1 }));
  app.get(
    EVENTS_PATH,
    (context) =>
      context.body(streamOf(shared, context), 200, {
        "Content-Type": "text/event-stream; charset=utf-8",
      }),
  );

  for (const place of Object.keys(PLACES) as (keyof typeof PLACES)[]) {
    app.get(place, (context) => showPage(shared, context, place));
  }
  app.get("/login/:id", (context) => shared.acts.followLogin(context));

  app.post("/act/:act", async (context) => {
    const body = await readBody(context.req.raw);
    if (body === undefined) {
      return strange(context, 413, "That is too long", "Nothing was done.");
    }
    const form = new URLSearchParams(body);
    if (!sameText(form.get("token") ?? "", context.var.visit.token)) {
      return strange(
        context,
        403,
        "This form is not of this page",
        "Nothing was done. Go back, load the page again and repeat it.",
      );
    }
    return await shared.acts.does(shared, context, form);
  });

  app.notFound((context) =>
    strange(
      context as Context<PageEnv>,
      404,
      "Nothing here",
      "There is no such page.",
    )
  );
  app.onError((error, context) => {
    // Of other errors nothing is repeated: they may hold anything.
    const known = error instanceof AuthsomeError;
    return strange(
      context as Context<PageEnv>,
      500,
      "That did not work",
      known ? `${error.message}. ${error.hint}` : "Load the page again.",
    );
  });
  return app;
}

function unknown(context: Context<PageEnv>) {
  return strange(
    context,
    403,
    "Nothing here",
    "Open the address that authsome ui printed; it works in one browser, once.",
  );
}

/** A page for a browser that is not shown what it asked for. */
function strange(
  context: Context<PageEnv>,
  status: 400 | 403 | 404 | 413 | 500,
  title: string,
  message: string | Html,
) {
  return context.html(plainPage(context.var.nonce, title, message), status);
}
