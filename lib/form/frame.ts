/** What the login pages have in common: the frame, names of people and providers, commands, the time that is left. @module */
import { html, raw } from "hono/html";
import { markName } from "../look_alikes.ts";
import type { Provider, ProviderDefinition } from "../provider/definition.ts";
import { displayName } from "../provider/display_name.ts";
import { ICON, STYLE } from "./assets.ts";

/** Rendered HTML. */
export type Html = ReturnType<typeof html>;

/** What all pages of a session share. */
export interface PageContext {
  provider: Provider;
  connection: string;
  nonce: string;
  /** Tenant. */
  baseUrl?: string;
  /** The command that starts this login once more. */
  again?: string;
  /** Path of the page, which the browser's history keeps in place of the address that was handed out. */
  path?: string;
  /** The step that is shown, for the script that asks whether it still is. */
  turn?: number;
  /** Milliseconds that are left to answer, and when they are over (epoch milliseconds). */
  left?: number;
  endsAt?: number;
}

/** Loads the script of the pages. */
export const SCRIPT_TAG = raw(`<script src="/login/form.js" defer></script>`);

/** A whole page. */
export function page(
  context: Partial<PageContext> & Pick<PageContext, "nonce">,
  title: string,
  body: Html,
  head: Html | "" = "",
): Html {
  const { provider, connection = "", path = "", turn, left } = context;
  return html`
    <!doctype html>
    <html lang="en" data-path="${path}" ${turn === undefined ? "" : html`
      data-turn="${turn}"
    `}${left === undefined ? "" : html`
      data-left="${left}"
    `}>
      <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title} · authsome</title>
    <link rel="icon" href="${ICON}">
    <style nonce="${context.nonce}">${raw(STYLE)}</style>
    ${head}
      </head>
      <body>
        <header><b><img src="${ICON}" alt="" width="20" height="20">authsome</b>${provider
          ? html`<span>${provider.definition.name} / ${
            named(connection)
          }</span>`
          : ""}</header>
        <main>
    ${body}
        </main>
      </body>
    </html>
  `;
}

/** A name from outside. Its direction does not change the sentence around it. */
export function named(name: string): Html {
  return html`<bdi>${markName(name)}</bdi>`;
}

/** The provider's name for people. */
export function providerName(definition: ProviderDefinition): Html {
  return html`<bdi>${displayName(definition)}</bdi>`;
}

/** A command to type in a terminal; a click selects all of it. */
export function command(text: string, id?: string): Html {
  // A line breaks between words, and not inside --a-flag.
  const words = text.split(" ").map((word, index) =>
    html`${index ? " " : ""}<span>${word}</span>`
  );
  return html`
    <code class="command" dir="ltr" ${id
      ? html`
        id="${id}"
      `
      : ""}>${words}</code>
  `;
}

/** How long the page waits. The script counts down, and speaks seldom. */
export function timeLeft({ left, endsAt }: PageContext): Html | "" {
  if (left === undefined || endsAt === undefined) return "";
  const until = new Date(endsAt);
  return html`
    <p
      class="hint time">Waits for you until <time id="until" datetime="${until
        .toISOString()}">${until.toLocaleTimeString("en-GB", {
          hour: "2-digit",
          minute: "2-digit",
          timeZoneName: "short",
        })}</time><span id="left" role="timer" aria-live="off"></span>.<span id="spoken" class="unseen" aria-live="polite"></span></p>
  `;
}

/** A button that the script shows: it acts on the element with the id `target`. */
export function button(
  target: string,
  act: "copy" | "show",
  text: string,
  label?: string,
): Html {
  return html`
    <button type="button" hidden data-for="${target}" data-act="${act}"
      ${label
        ? html`
          aria-label="${label}"
        `
        : ""}>${text}</button>
  `;
}

/** `text` as a link to the web, or `undefined` if it is none. */
export function httpUrl(text: string | undefined): URL | undefined {
  if (!text || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === "https:" || url.protocol === "http:"
    ? url
    : undefined;
}
