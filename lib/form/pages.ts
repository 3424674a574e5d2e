/** The login pages as HTML. Every value is escaped by the `html` tag; links are http or https only. @module */
import { html, raw } from "hono/html";
import { redirectWarning } from "../login/redirect_rule.ts";
import { defined } from "../object.ts";
import {
  fieldLabel,
  isOptional,
  patternField,
} from "../provider/secret_input.ts";
import { displayName } from "../provider/display_name.ts";
import type { Provider, ProviderDefinition } from "../provider/definition.ts";
import { markName } from "../look_alikes.ts";
import { ICON, STYLE } from "./assets.ts";
import type { Step } from "./session.ts";
import type { LoginOutcome } from "../ports/conversation.ts";

/** Rendered HTML. */
type Html = ReturnType<typeof html>;

/** What all pages of a session share. */
interface PageContext {
  provider: Provider;
  connection: string;
  nonce: string;
  /** Path of the page, which the browser's history keeps in place of the address that was handed out. */
  path?: string;
}

/** What a form carries besides its fields. */
interface FormContext extends PageContext {
  /** Where the form is posted. */
  action: string;
  /** Form token (CSRF). */
  token: string;
  /** By field: what keeps the answer from being taken. */
  problems: Record<string, string>;
  /** By field: a doubt that the person may dismiss. */
  doubts: Record<string, string>;
}

function page(
  context: Partial<PageContext> & Pick<PageContext, "nonce">,
  title: string,
  body: Html,
  head: Html | "" = "",
): Html {
  return html`
    <!doctype html>
    <html lang="en" data-path="${context.path ?? ""}">
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
        <header><b><img src="${ICON}" alt="" width="20" height="20">authsome</b>${context
            .provider
          ? html`<span>${context.provider.definition.name} / ${
            markName(context.connection ?? "")
          }</span>`
          : ""}</header>
        <main>
    ${body}
        </main>
      </body>
    </html>
  `;
}

const SCRIPT_TAG = raw(`<script src="/login/form.js" defer></script>`);

/** Asks for the secrets of an API key. */
export function secretsPage(
  context: FormContext,
  step: Extract<Step, { kind: "secrets" }>,
): Html {
  const { definition } = context.provider;
  const single = step.fields.length === 1;
  return page(
    context,
    `Connect ${displayName(definition)}`,
    html`
      <h1>Connect ${displayName(definition)}</h1>
      <p class="soft">Paste ${single
        ? "your key"
        : "your keys"} to keep as connection <b>${markName(
          context.connection,
        )}</b>.</p>
      ${dashboard(definition, single ? "Get your key" : "Get your keys")}
      ${notes(definition)}
      <form method="post" action="${context.action}" autocomplete="off">
      <input type="hidden" name="token" value="${context.token}">
      <input type="hidden" name="step" value="secrets">
      ${step.fields.map((field) =>
        secretField({
          name: `secret.${field}`,
          label: fieldLabel(field),
          hint: field === patternField(definition)
            ? definition.api_key?.key_pattern_hint
            : undefined,
          problem: context.problems[field],
          doubt: context.doubts[field],
          kept: step.typed[field]?.reveal().length,
          focus: focused(step.fields, context) === field,
          required: !isOptional(definition, field),
          ...defined({
            aside: isOptional(definition, field)
              ? "if you have one"
              : undefined,
          }),
        })
      )}
      ${actions("Connect")}
      </form>
      ${custody(definition)}
    `,
    SCRIPT_TAG,
  );
}

/** Asks for the OAuth client that the person registered. */
export function clientPage(
  context: FormContext,
  step: Extract<Step, { kind: "client" }>,
): Html {
  const { definition } = context.provider;
  const warning = redirectWarning(definition);
  return page(
    context,
    `Set up ${displayName(definition)}`,
    html`
      <h1>Set up ${displayName(definition)}</h1>
      <p
        class="soft">Needed once: register your own OAuth app with ${displayName(
          definition,
        )}, then copy its ID and secret. Later logins reuse them.</p>
      <section>
      <h2>1. Register an app</h2>
      ${dashboard(definition, "Open the dashboard")}
      <div class="field"><label for="redirect">Redirect URI <small>(also called callback URL; copy it exactly)</small></label>
      <div class="row"><input id="redirect" readonly value="${step
        .redirectUri}">${toggle("redirect", "copy", "Copy")}</div></div>
      ${warning
        ? html`
          <div class="note warn">
            <p>${warning}</p>
          </div>
        `
        : ""}
      ${step.scopes.length > 0
        ? html`
          <div
            class="field"><b>Scopes</b> <small>(enable them in the app if it asks)</small>
          <ul class="scopes">${step.scopes.map((scope) =>
            html`<li><code>${scope}</code></li>`
          )}</ul></div>
        `
        : ""}
      ${notes(definition)}
      </section>
      <form method="post" action="${context.action}" autocomplete="off">
      <section>
      <h2>2. Paste its ID and secret</h2>
      <input type="hidden" name="token" value="${context.token}">
      <input type="hidden" name="step" value="client">
      <div class="field">
      <label for="client_id">Client ID</label>
      <div class="row"><input id="client_id" name="client_id" value="${step
        .clientId ??
        ""}" required spellcheck="false" autocapitalize="off" autocomplete="off"${step
          .clientId
        ? ""
        : raw(" autofocus")}${context.problems.client_id
        ? invalid("client_id")
        : ""}></div>
      ${problem("client_id", context.problems.client_id)}
      </div>
      ${secretField({
        name: "client_secret",
        label: "Client secret",
        aside: "optional: leave empty if the app has none",
        problem: context.problems.client_secret,
        focus: step.clientId !== undefined,
        required: false,
      })}
      </section>
      ${actions("Continue")}
      </form>
      ${custody(definition)}
    `,
    SCRIPT_TAG,
  );
}

/** Goes on to the provider by itself; a redirect would be blocked after a form (CSP form-action). */
export function continuePage(context: PageContext, url: URL): Html {
  const { definition } = context.provider;
  return page(
    context,
    `Continue to ${displayName(definition)}`,
    html`
      <h1>Continue to ${displayName(definition)}</h1>
      <p
        class="soft">Sign in at <b>${url
          .host}</b> and allow access; you are then sent back here.</p>
      <div
        class="actions"><a class="button main" href="${url
          .href}">Continue</a></div>
    `,
    html`<meta http-equiv="refresh" content="0; url=${url.href}">`,
  );
}

/** Shown while the provider is asked; reloads itself. */
export function waitingPage(context: PageContext, self: string): Html {
  return page(
    context,
    "One moment",
    html`<h1>One moment…</h1>
<p class="soft">Talking to ${displayName(context.provider.definition)}.</p>`,
    html`<meta http-equiv="refresh" content="1; url=${self}">${SCRIPT_TAG}`,
  );
}

/** The last page. */
export function endedPage(context: PageContext, outcome: LoginOutcome): Html {
  const { definition } = context.provider;
  if (outcome.kind === "failed") {
    return page(
      context,
      "Not connected",
      html`
        <h1>${displayName(definition)} is not connected</h1>
        <div class="note bad" role="alert">
          <p>${outcome.message}</p>
        </div>
        ${outcome.hint ? html`<p>Next: <code>${outcome.hint}</code></p>` : ""}
        <p class="soft">Nothing was changed. You can close this window.</p>
      `,
    );
  }
  return page(
    context,
    "Connected",
    html`
      <h1><span class="good" aria-hidden="true">✓ </span>${displayName(
        definition,
      )} is connected</h1>
      <p
        class="soft">${outcome.account
          ? html`
            Signed in as <b>${markName(outcome.account)}</b>.
          `
          : ""}Stored encrypted on this computer as connection <b>${markName(
            outcome.connection,
          )}</b>.</p>
      <p>You can close this window.</p>
      <p
        class="soft">Programs use it with <code>authsome run -- &lt;command&gt;</code></p>
    `,
  );
}

/** A page that belongs to no session and tells nothing about one. */
export function neutralPage(
  nonce: string,
  title: string,
  message: string,
): Html {
  return page(
    { nonce },
    title,
    html`
      <h1>${title}</h1>
      <p class="soft">${message}</p>
    `,
  );
}

function dashboard(definition: ProviderDefinition, text: string): Html | "" {
  const url = httpUrl(definition.dashboard_url) ?? httpUrl(definition.docs_url);
  return url
    ? html`<p><a href="${url.href}" target="_blank" rel="noopener noreferrer">${text} at ${url.host}</a></p>`
    : "";
}

function notes(definition: ProviderDefinition): Html | "" {
  return definition.notes?.length
    ? html`<ul class="hint">${
      definition.notes.map((note) => html`<li>${markName(note)}</li>`)
    }</ul>`
    : "";
}

function custody(definition: ProviderDefinition): Html {
  const hosts = [definition.api_url].flat();
  return html`<footer>Stored encrypted on this computer. Your programs get a placeholder; authsome sends the real value to ${
    hosts.slice(0, 3).map((host, index) =>
      html`${index ? ", " : ""}<code>${host}</code>`
    )
  }${hosts.length > 3 ? ` and ${hosts.length - 3} more` : ""} only.</footer>`;
}

function actions(main: string): Html {
  return html`
    <div
      class="actions"><button class="main" name="act" value="answer">${main}</button>
    <button name="act" value="cancel" formnovalidate>Cancel</button></div>
  `;
}

function toggle(field: string, act: "copy" | "show", text: string): Html {
  return html`
    <button type="button" hidden data-for="${field}"
      data-act="${act}">${text}</button>
  `;
}

function invalid(id: string): Html {
  return html`
    aria-invalid="true" aria-describedby="${id}-problem"
  `;
}

function problem(id: string, text: string | undefined): Html | "" {
  return text
    ? html`
      <div class="note bad" role="alert" id="${id}-problem">
        <p>${text}</p>
      </div>
    `
    : "";
}

function secretField(field: {
  name: string;
  label: string;
  aside?: string;
  hint?: string;
  problem?: string;
  doubt?: string;
  /** Length of a value typed before. */
  kept?: number;
  focus: boolean;
  required: boolean;
}): Html {
  const { name, kept } = field;
  const wrong = field.problem ?? field.doubt;
  return html`<div class="field">
<label for="${name}">${field.label}${
    field.aside
      ? html`
        <small>(${field.aside})</small>
      `
      : ""
  }</label>
<div class="row"><input type="password" id="${name}" name="${name}" autocomplete="off" spellcheck="false" autocapitalize="off" data-1p-ignore data-lpignore="true"${
    field.required && !kept ? raw(" required") : ""
  }${field.focus ? raw(" autofocus") : ""}${
    wrong ? invalid(name) : field.hint
      ? html`
        aria-describedby="${name}-hint"
      `
      : ""
  }${
    kept
      ? html`
        placeholder="${kept} characters kept; type to replace"
      `
      : ""
  }>${toggle(name, "show", "Show")}</div>
${
    field.hint && !wrong
      ? html`<p class="hint" id="${name}-hint">${field.hint}</p>`
      : ""
  }
${problem(name, field.problem)}
${
    field.doubt
      ? html`<div class="note warn" role="alert" id="${name}-problem"><p>${field.doubt}</p>
<label class="check"><input type="checkbox" name="anyway.${name}" value="yes"> Use it anyway</label></div>`
      : ""
  }
</div>`;
}

function focused(fields: string[], context: FormContext): string | undefined {
  return fields.find((field) =>
    context.problems[field] ?? context.doubts[field]
  ) ?? fields[0];
}

function httpUrl(text: string | undefined): URL | undefined {
  if (!text || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === "https:" || url.protocol === "http:"
    ? url
    : undefined;
}
