/** What the pages have in common: the frame, navigation, notices, acts, names from outside. @module */
import { html, raw } from "hono/html";
import { ICON } from "../../form/assets.ts";
import { markName } from "../../look_alikes.ts";
import type { Notice } from "../page_session.ts";
import { PAGE_STYLE } from "../page_style.ts";

/** Rendered HTML. */
export type Html = ReturnType<typeof html>;

/** The pages, in the order of the navigation. */
export const PLACES = {
  "/": "Connections",
  "/providers": "Providers",
  "/runs": "Runs",
  "/approvals": "Approvals",
  "/log": "Log",
  "/rules": "Rules",
  "/profiles": "Profiles",
  "/doctor": "Doctor",
} as const;

/** Path of a page. */
export type Place = keyof typeof PLACES;

/** What all pages of a visit share. */
export interface ViewContext {
  nonce: string;
  /** See {@linkcode Visit.token}. */
  token: string;
  profile: string;
  place: Place;
  /** Those that there are. */
  places: readonly Place[];
  /** Requests that wait for an answer. */
  waiting: number;
  /** Where the events of this page come from. */
  events?: string;
  notice?: Notice;
  /** Epoch milliseconds. */
  now: number;
}

/** A whole page. */
export function layout(view: ViewContext, body: Html): Html {
  const { place, notice, events } = view;
  const title = PLACES[place];
  return frame(
    view.nonce,
    `${view.waiting ? `(${view.waiting}) ` : ""}${title}`,
    html`
      <a class="skip" href="#main">Skip to the content</a>
      <header>
        <b><img src="${ICON}" alt="" width="20" height="20">authsome</b>
        <nav aria-label="Pages">
          <ul>${view.places.map((path) =>
            html`<li><a href="${path}" ${
              path === place ? raw(`aria-current="page"`) : ""
            }>${PLACES[path]}${
              path === "/approvals"
                ? html`
                  <span class="count" id="waiting" ${view.waiting
                    ? ""
                    : raw("hidden")}>${view.waiting}</span>
                `
                : ""
            }</a></li>`
          )}</ul>
        </nav>
        <span class="profile">Profile ${named(view.profile)}</span>
      </header>
      <main id="main">
        <h1>${title}</h1>
        <div id="over" class="note warn" role="alert" hidden><p>This page has ended, and shows nothing new. Open it again: ${command(
          "authsome ui",
        )}</p></div>
        <div id="spoken" class="unseen" aria-live="polite"></div>
        <div id="notices" aria-live="polite">${notice
          ? noticeBox(notice)
          : ""}</div>
        ${body}
      </main>
    `,
    events,
  );
}

/** A page without navigation: for a browser that is not let in. */
export function plainPage(
  nonce: string,
  title: string,
  message: string | Html,
  next?: string,
): Html {
  return frame(
    nonce,
    title,
    html`
      <main><h1>${title}</h1><p>${message}</p>${next
        ? html`<p><a href="${next}">Continue</a></p>`
        : ""}</main>
    `,
    undefined,
    next,
  );
}

function frame(
  nonce: string,
  title: string,
  body: Html,
  events?: string,
  next?: string,
): Html {
  return html`
    <!doctype html>
    <html lang="en" ${events ? html`data-events="${events}"` : ""}>
      <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    ${next ? html`<meta http-equiv="refresh" content="0; url=${next}">` : ""}
    <title>${title} · authsome</title>
    <link rel="icon" href="${ICON}">
    <style nonce="${nonce}">${raw(PAGE_STYLE)}</style>
    ${events ? raw(`<script src="/page.js" defer></script>`) : ""}
      </head>
      <body>
    ${body}
      </body>
    </html>
  `;
}

/** What an act ended with. */
export function noticeBox({ ok, message, hint }: Notice): Html {
  return html`<div class="note ${ok ? "good" : "bad"}"><p>${message}</p>${
    hint ? html`<p class="hint">${hint}</p>` : ""
  }</div>`;
}

/** A name from outside: its direction does not change the text around it, and look-alikes are written out. */
export function named(name: string): Html {
  return html`<bdi>${markName(name)}</bdi>`;
}

/** A command to type. */
export function command(text: string): Html {
  return html`<code class="command" dir="ltr">${text}</code>`;
}

/** A form that does something. */
export function act(
  view: Pick<ViewContext, "token">,
  path: string,
  fields: Readonly<Record<string, string>>,
  content: Html,
  options: { newWindow?: boolean; id?: string } = {},
): Html {
  return html`
    <form method="post" action="/act/${path}"
      ${options.newWindow ? raw(`target="_blank"`) : ""}${options.id
        ? html`
          id="${options.id}"
        `
        : ""}><input type="hidden" name="token" value="${view.token}">${Object
        .entries(fields).map(([name, value]) =>
          html`<input type="hidden" name="${name}" value="${value}">`
        )}${content}</form>
  `;
}

/** A button of such a form. */
export function button(
  text: string,
  about: string,
  kind: "" | "main" | "danger" = "",
): Html {
  return html`
    <button
      class="${kind}">${text}<span class="unseen"> ${about}</span></button>
  `;
}

/** A time for people and programs. */
export function when(iso: string, now: number): Html {
  return html`<time datetime="${iso}" title="${iso}">${
    distance(Date.parse(iso), now)
  }</time>`;
}

const UNITS = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000], [
  "s",
  1000,
]] as const;

function distance(then: number, now: number): string {
  const away = Math.abs(then - now);
  for (const [unit, size] of UNITS) {
    if (away < size) continue;
    const text = `${Math.floor(away / size)} ${unit}`;
    return then > now ? `in ${text}` : `${text} ago`;
  }
  return "now";
}
