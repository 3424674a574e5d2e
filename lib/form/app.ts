/**
 * The local login server as a function from request to response: forms, the OAuth callback, and the last page.
 *
 * @module
 */
import { type Context, Hono } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { defined } from "../object.ts";
import type { LoginOutcome } from "../ports/conversation.ts";
import { randomText } from "../bytes.ts";
import { type Problems, takeClient, takeSecrets } from "./answers.ts";
import { CALLBACK_PATH, IDENTITY_PATH } from "./login_address.ts";
import { keptText } from "./custody.ts";
import * as pages from "./pages.ts";
import { SCRIPT } from "./script.ts";
import { type Peer, UNKNOWN_PEER } from "./peer.ts";
import { protect, readBody, refuse, WAIT_PATH } from "./protection.ts";
import type { FormSession, Step } from "./session.ts";

/** A page waits this long (milliseconds) for the next step before it shows that it waits. */
const STEP_TIMEOUT_MS = 8_000;
/** The question of a page whether its step is still shown is answered after this long at the latest, in milliseconds. */
const WAIT_TIMEOUT_MS = 20_000;
/** What the server knows of a request besides itself. */
interface Bindings {
  /** Who sends it. Absent: unknown. */
  peer?: Peer;
}

/** So long (milliseconds) a login may take to say how it ended. */
const END_TIMEOUT_MS = 2_000;

type Env = {
  Variables: {
    nonce: string;
    /** Origin of the provider that the page posts a form to. */
    formTarget?: string;
  };
  Bindings: Bindings;
};

/**
 * The pages of one login session at `origin` (`http://127.0.0.1:<port>`).
 *
 * `stepTimeoutMs` (default 8000) is how long a page waits for the next step before it shows that it waits.
 */
export function loginApp(
  session: FormSession,
  origin: string,
  stepTimeoutMs = STEP_TIMEOUT_MS,
): Hono<Env> {
  const app = new Hono<Env>();
  const { provider, connection } = session;
  // Cookies know no ports, and two logins may be open in one browser.
  const COOKIE = `authsome_login_${new URL(origin).port}`;

  app.use("*", async (context, next) => {
    const nonce = randomText();
    context.set("nonce", nonce);
    const refusal = refuse(context.req.raw, origin);
    if (refusal) context.res = context.text(refusal.reason, refusal.status);
    else if (
      peerOf(context).who === "other" && context.req.path !== IDENTITY_PATH
    ) context.res = await foreign(context);
    else await next();
    protect(context.res.headers, nonce, context.get("formTarget"));
  });

  app.get(
    IDENTITY_PATH,
    (context) =>
      context.json({
        v: 1,
        program: "authsome",
        provider: provider.definition.name,
      }),
  );

  app.get(
    "/login/form.js",
    (context) =>
      context.body(SCRIPT, 200, {
        "Content-Type": "text/javascript; charset=utf-8",
      }),
  );

  app.get(CALLBACK_PATH, (context) => {
    const { step } = session;
    const callback = new URL(context.req.url).searchParams;
    const page = session.pageOf(getCookie(context, COOKIE));
    if (step.kind === "authorize" && step.ours && page === undefined) {
      return neutral(
        context,
        403,
        "This login was started in another browser",
        "Allow access in the browser that started the login, with cookies enabled. Nothing was changed.",
      );
    }
    if (
      session.expired || step.kind !== "authorize" || !step.accept(callback)
    ) {
      const hasState = callback.get("state");
      if (step.kind === "authorize" && !hasState) session.sayStateless();
      return neutral(
        context,
        400,
        "Nothing to do",
        hasState
          ? "No login is waiting for this response. Nothing was changed."
          : "This response has no state, so no login can know it for its own. Nothing was changed.",
      );
    }
    step.answer(callback);
    session.pageDue = true;
    // The code leaves the address bar and the history. This browser may have opened no page of ours yet.
    return context.redirect(`/login/${page ?? session.ticket()}/next`, 303);
  });

  /** Whether the browser of this request may go on with `ticket`; if it may be another person's, none may. */
  const taken = (context: Context<Env>) => {
    if (peerOf(context).who !== "own") session.takeOver(peerOf(context));
    return stranger(context, "taken", session.takenOver.aborted);
  };

  const foreign = (context: Context<Env>) => {
    const ticket = /^\/login\/([^/]+)/.exec(context.req.path)?.[1];
    if (ticket !== undefined && session.knows(ticket) && !session.expired) {
      return taken(context);
    }
    return neutral(
      context,
      403,
      "This login belongs to another user",
      "Open this page as the user who started the login, or paste its address into the terminal where the login is waiting.",
    );
  };

  const expired = (context: Context<Env>) =>
    neutral(
      context,
      410,
      "This login has ended",
      "Nobody answered in time. Nothing that was typed on its page was stored.",
      session.knows(context.req.param("ticket") ?? "")
        ? { again: session.again }
        : {},
    );

  const enter = async (context: Context<Env>, follows: boolean) => {
    const ticket = context.req.param("ticket")!;
    if (session.expired) return expired(context);
    const admission = session.admit(ticket, getCookie(context, COOKIE));
    if (!admission.admitted) {
      return admission.why === "taken"
        ? taken(context)
        : stranger(context, "unknown");
    }
    const { cookie, page } = admission;
    const path = `/login/${page}`;
    // The address that was handed out, so that its browser may open it again; the page; and the way back from the provider.
    for (const place of new Set([`/login/${ticket}`, path, CALLBACK_PATH])) {
      setCookie(context, COOKIE, cookie, {
        httpOnly: true,
        // Not Strict: the provider sends the browser back from another site, by a link or a redirect.
        sameSite: "Lax",
        path: place,
      });
    }
    if (session.step.kind === "waiting") {
      await until(
        session,
        () => session.step.kind !== "waiting",
        stepTimeoutMs,
      );
    }
    const { step } = session;
    if (step.kind === "authorize" && !step.post && !follows) {
      return context.redirect(step.url.href, 303);
    }
    return show(context, step, path);
  };
  app.get("/login/:ticket", (context) => enter(context, false));
  app.get("/login/:ticket/next", (context) => enter(context, true));

  app.get(`/login/:ticket${WAIT_PATH}`, async (context) => {
    const ticket = context.req.param("ticket");
    if (!session.holds(ticket, getCookie(context, COOKIE))) {
      return context.json({ v: 1 }, 403);
    }
    const turn = Number(context.req.query("turn"));
    await until(session, () => session.turn !== turn, WAIT_TIMEOUT_MS);
    // A login that is stopped waits for a moment before it says how it ended.
    await until(session, () => session.step.kind !== "waiting", END_TIMEOUT_MS);
    const { step, left } = session;
    return context.json({
      v: 1,
      turn: session.turn,
      ...defined({
        left,
        ended: step.kind === "ended" ? said(step.outcome) : undefined,
      }),
    });
  });

  app.post("/login/:ticket", async (context) => {
    const ticket = context.req.param("ticket");
    if (session.expired) return expired(context);
    if (!session.holds(ticket, getCookie(context, COOKIE))) {
      return session.knows(ticket)
        ? taken(context)
        : stranger(context, "unknown");
    }
    const body = await readBody(context.req.raw);
    if (body === undefined) {
      return neutral(
        context,
        413,
        "That is too long for a key",
        "Nothing was stored.",
        { back: `/login/${ticket}` },
      );
    }
    const form = new URLSearchParams(body);
    if (!session.spendToken(form.get("token") ?? "")) {
      return neutral(
        context,
        403,
        "This form was already sent",
        "What you typed in it this time was not used.",
        { back: `/login/${ticket}` },
      );
    }
    const { step } = session;
    const path = `/login/${ticket}`;
    if (step.kind !== form.get("step")) {
      return context.redirect(`${path}/next`, 303);
    }
    session.pageDue = true;
    if (form.get("act") === "cancel") {
      session.cancel();
      return context.redirect(`${path}/next`, 303);
    }
    const wrong = step.kind === "secrets"
      ? takeSecrets(session, step, form)
      : step.kind === "client"
      ? takeClient(step, form)
      : undefined;
    if (!wrong) return context.redirect(`${path}/next`, 303);
    return show(context, session.step, path, wrong, 422);
  });

  app.notFound((context) =>
    neutral(
      context as Context<Env>,
      404,
      "Nothing here",
      "Open the address that authsome printed.",
    )
  );
  // What went wrong may hold what was typed, so the page does not repeat it.
  app.onError((_error, context) =>
    neutral(
      context as Context<Env>,
      500,
      "Something went wrong",
      "Go back and try again, or run the login again.",
    )
  );

  function show(
    context: Context<Env>,
    step: Step,
    path: string,
    wrong: Problems = { problems: {}, doubts: {} },
    status: 200 | 422 = 200,
  ) {
    const shared = {
      provider,
      connection,
      nonce: context.var.nonce,
      path,
      again: session.again,
      ...defined({ baseUrl: session.baseUrl }),
    };
    session.pageDue = step.kind === "waiting" || step.kind === "device";
    const watched = (left = session.left) => ({
      ...shared,
      turn: session.turn,
      ...defined({ left, endsAt: left && session.now + left }),
    });
    const form = () => ({
      ...watched(),
      ...wrong,
      action: path,
      token: session.issueToken(),
    });
    switch (step.kind) {
      case "waiting":
        return context.html(pages.waitingPage(shared, `${path}/next`));
      case "secrets":
        return context.html(pages.secretsPage(form(), step), status);
      case "client":
        return context.html(pages.clientPage(form(), step), status);
      case "authorize":
        if (step.post) context.set("formTarget", step.url.origin);
        return context.html(pages.continuePage(shared, step.url, step.post));
      case "device": {
        const left = Math.max(0, step.code.expiresAt - session.now);
        const first = Math.min(left, session.left ?? left);
        const self = `${path}/next`;
        return context.html(pages.devicePage(watched(first), step, self));
      }
      case "ended":
        return context.html(pages.endedPage(shared, step.outcome));
    }
  }
  return app;
}

function neutral(
  context: Context<Env>,
  status: 400 | 403 | 404 | 410 | 413 | 500,
  title: string,
  message: string,
  onward: { again?: string; back?: string } = {},
) {
  return context.html(
    pages.neutralPage(context.var.nonce, title, message, onward),
    status,
  );
}

/** An outcome, for a page that is still open. */
function said(outcome: LoginOutcome): { message: string; kept?: string } {
  return outcome.kind === "failed"
    ? { message: outcome.message, kept: keptText(outcome.kept) }
    : { message: "This login succeeded in another window." };
}

function peerOf(context: Context<Env>): Peer {
  return context.env?.peer ?? UNKNOWN_PEER;
}

function stranger(
  context: Context<Env>,
  why: "unknown" | "taken",
  ended = false,
) {
  if (ended) {
    return neutral(
      context,
      403,
      "This login was stopped",
      "A second browser opened its page too (or your browser blocks cookies), so authsome accepts no answer from either. No connection was made. Run the login again.",
    );
  }
  return why === "unknown"
    ? neutral(
      context,
      404,
      "Nothing here",
      "Open the address that authsome printed.",
    )
    : neutral(
      context,
      403,
      "This page is open elsewhere",
      "Its address works only in the first browser that opens it, with cookies enabled. Continue there, or open the other address that authsome printed.",
    );
}

/** Waits until `done`, at most `timeoutMs` milliseconds. */
async function until(
  session: FormSession,
  done: () => boolean,
  timeoutMs: number,
): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMs);
  const over = new Promise<void>((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
  while (!signal.aborted && !done()) {
    await Promise.race([session.changed, over]);
  }
}
