/** What a form of the page does. Each act answers with the page that it was sent from, and says how it went. @module */
import type { Context } from "hono";
import { html } from "hono/html";
import { randomText } from "../bytes.ts";
import { AuthsomeError } from "../errors.ts";
import { httpUrl } from "../form/frame.ts";
import { defined } from "../object.ts";
import type { Acts, PageApp, PageEnv } from "./page_kit.ts";
import { showPage } from "./page_places.ts";
import type { Notice, Visit } from "./page_session.ts";
import type { LoginWish, PageLogin, PageSources } from "./page_source.ts";
import { command, type Place, plainPage } from "./views/page_layout.ts";

/** Milliseconds that a page waits for the address of a login. */
const ADDRESS_MS = 15_000;
/** Logins that a page remembers. */
const MOST_LOGINS = 50;

/** The acts of a page. */
export function actsOf(sources: PageSources): Acts {
  const logins = new Map<string, PageLogin & { visit: Visit }>();
  const notices = new Map<Visit, Notice[]>();

  /** Does `work` and goes back to `place`, where what it says is shown. */
  const saying = async (
    context: Context<PageEnv>,
    place: Place,
    work: () => Promise<string>,
  ) => {
    const { visit } = context.var;
    try {
      visit.notice = { ok: true, message: await work() };
    } catch (error) {
      if (!(error instanceof AuthsomeError)) throw error;
      const { message, hint } = error;
      visit.notice = { ok: false, message, hint };
    }
    return context.redirect(place, 303);
  };

  function begin(context: Context<PageEnv>, wish: LoginWish): Response {
    const { visit, source } = context.var;
    // The port of logins is one: who begins another gives the first up.
    for (const [id, login] of logins) {
      login.cancel();
      if (logins.size >= MOST_LOGINS) logins.delete(id);
    }
    const id = randomText();
    const login = { ...source.logIn(wish), visit };
    logins.set(id, login);
    login.ended.then(({ ok, message }) => {
      const list = notices.get(visit) ?? [];
      list.push({ ok, message });
      notices.set(visit, list);
    });
    return context.redirect(`/login/${id}`, 303);
  }

  return {
    noticesOf(visit) {
      const list = notices.get(visit) ?? [];
      notices.delete(visit);
      return list;
    },

    async followLogin(context) {
      const login = logins.get(context.req.param("id") ?? "");
      if (!login || login.visit !== context.var.visit) {
        return await context.notFound();
      }
      const { nonce } = context.var;
      const page = (title: string, message: Parameters<typeof plainPage>[2]) =>
        context.html(plainPage(nonce, title, message));
      try {
        const shown = await within(login.shown, ADDRESS_MS);
        if (shown === undefined) {
          return page(
            "Waiting",
            "Another login may have the port. Load this page again in a moment.",
          );
        }
        const { userCode } = shown;
        const url = shown.url === "/" ? "/" : httpUrl(shown.url)?.href;
        if (url === undefined) return await context.notFound();
        return userCode === undefined
          ? context.html(
            plainPage(nonce, "Log in", "The login goes on at its page.", url),
          )
          : page(
            "Enter this code",
            html`
              Enter the code ${command(userCode)} at <a href="${url}"
                rel="noreferrer">${new URL(url)
                  .host}</a>. Whoever tells you to enter a code that is not this one wants your account.
            `,
          );
      } catch (error) {
        if (!(error instanceof AuthsomeError)) throw error;
        return page("The login failed", `${error.message}. ${error.hint}`);
      }
    },

    async does(app, context, form) {
      const { source, visit } = context.var;
      const field = (name: string) => (form.get(name) ?? "").slice(0, 4096);
      const provider = field("provider");
      const connection = field("connection");
      switch (context.req.param("act")) {
        case "login": {
          const scopes = form.get("scopes");
          return begin(context, {
            provider,
            again: form.get("again") !== null,
            ...defined({
              connection: connection || undefined,
              scopes: scopes === null
                ? undefined
                : scopes.split(/[\s,]+/).filter(Boolean),
            }),
          });
        }
        case "logout":
          return await saying(
            context,
            "/",
            () => source.logOut(provider, connection),
          );
        case "revoke":
          return await saying(
            context,
            "/",
            () => source.revoke(provider, connection),
          );
        case "default":
          return await saying(
            context,
            "/",
            () => source.makeDefault(provider, connection),
          );
        case "stop":
          return await saying(
            context,
            "/runs",
            () => source.stopRun(field("id")),
          );
        case "show":
          return await saying(context, "/profiles", async () => {
            const { profile } = await sources.open(field("profile"));
            visit.profile = profile;
            return `Profile "${profile}" is shown.`;
          });
        case "verify":
          return await showPage(app, context, "/log", {
            verdict: await source.verifyLog(),
          });
        case "answer":
          return await saying(
            context,
            "/approvals",
            () => answer(context, form),
          );
        case "test":
          return await test(app, context, form);
      }
      return await context.notFound();
    },
  };
}

async function answer(
  context: Context<PageEnv>,
  form: URLSearchParams,
): Promise<string> {
  const { approvals } = context.var.source;
  const given = form.get("answer") ?? "";
  const scope = given === "allow" || given === "deny" ? "once" : given;
  if (
    !approvals ||
    scope !== "once" && scope !== "10m" && scope !== "run" && scope !== "always"
  ) {
    throw new AuthsomeError("Usage", "There is no such answer");
  }
  const decision = given === "deny" ? "deny" : "allow";
  await approvals.answer(
    form.get("id") ?? "",
    form.get("digest") ?? "",
    decision,
    scope,
  );
  return decision === "deny" ? "Refused." : {
    once: "Allowed, once.",
    "10m": "Allowed for 10 minutes.",
    run: "Allowed in this run.",
    always: "Always allowed: a rule was written.",
  }[scope];
}

async function test(
  app: PageApp,
  context: Context<PageEnv>,
  form: URLSearchParams,
): Promise<Response> {
  const { rules } = context.var.source;
  if (!rules) return await context.notFound();
  const text = (name: string) => form.get(name) ?? "";
  const input = {
    method: text("method").trim().toUpperCase().slice(0, 40),
    url: text("url").trim().slice(0, 4096),
    body: text("body"),
    type: text("type").trim().slice(0, 200),
  };
  try {
    const { method, url, body, type } = input;
    const tested = await rules.test({
      method,
      url,
      ...defined({
        body: body || undefined,
        contentType: type || undefined,
      }),
    });
    return await showPage(app, context, "/rules", { input, tested });
  } catch (error) {
    if (!(error instanceof AuthsomeError)) throw error;
    const { message, hint } = error;
    context.var.visit.notice = { ok: false, message, hint };
    return await showPage(app, context, "/rules", { input });
  }
}

/** The result of `work`, or `undefined` if it takes longer. */
async function within<T>(
  work: Promise<T>,
  milliseconds: number,
): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
