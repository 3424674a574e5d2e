/** The login pages as HTML. Every value is escaped by the `html` tag; links are http or https only. @module */
import { html } from "hono/html";
import { markName } from "../look_alikes.ts";
import { DEFAULT_CONNECTION } from "../names.ts";
import { connectionOption } from "../connection/hint.ts";
import { redirectWarning } from "../login/redirect_rule.ts";
import { defined } from "../object.ts";
import type { LoginOutcome } from "../ports/conversation.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import { displayName } from "../provider/display_name.ts";
import {
  fieldLabel,
  isFileField,
  isOptional,
  isPublic,
  patternField,
} from "../provider/secret_input.ts";
import { credentialGoes, custody, hostsOnly, keptText } from "./custody.ts";
import {
  credentialField,
  fileField,
  form,
  type FormContext,
  textField,
  UNMANAGED,
} from "./fields.ts";
import {
  button,
  command,
  type Html,
  httpUrl,
  named,
  page,
  type PageContext,
  providerName,
  SCRIPT_TAG,
  timeLeft,
} from "./frame.ts";
import type { Step } from "./session.ts";

/** Asks for the secrets of an API key. */
export function secretsPage(
  context: FormContext,
  step: Extract<Step, { kind: "secrets" }>,
): Html {
  const { definition } = context.provider;
  const keys = step.fields.length === 1 ? "your key" : "your keys";
  return page(
    context,
    `Connect ${displayName(definition)}`,
    html`
      <h1>Connect ${providerName(definition)}</h1>
      <p class="soft">Paste ${keys} to keep as connection <b>${named(
        context.connection,
      )}</b>.</p>
      ${timeLeft(context)}
      ${dashboard(definition, `Get ${keys}`)}
      ${step.redirectUri === undefined ? "" : redirect(step.redirectUri)}
      ${notes(definition.setup_notes)}
      ${form(
        context,
        "secrets",
        html`${
          step.fields.map((field) =>
            (isFileField(definition, field) ? fileField : credentialField)({
              name: `secret.${field}`,
              label: fieldLabel(field),
              hint: field === patternField(definition)
                ? definition.api_key?.key_pattern_hint
                : undefined,
              problem: context.problems[field],
              doubt: context.doubts[field],
              ...isPublic(definition, field)
                ? { shown: step.typed[field]?.reveal() ?? "" }
                : { kept: step.typed[field]?.reveal().length },
              focus: focused(step.fields, context) === field,
              required: !isOptional(definition, field),
              ...defined({
                aside: isOptional(definition, field)
                  ? "if you have one"
                  : undefined,
              }),
            })
          )
        }`,
        "Connect",
      )}
      ${custody(
        step.fields.map((field) => ({
          name: `secret.${field}`,
          label: fieldLabel(field),
          goes: credentialGoes(definition, field, context.baseUrl),
          shown: isPublic(definition, field),
        })),
      )}
      ${later(definition.notes)}
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
  const { problems } = context;
  return page(
    context,
    `Set up ${displayName(definition)}`,
    html`
      <h1>Set up ${providerName(definition)}</h1>
      <p
        class="soft">Needed once: register your own OAuth app with ${providerName(
          definition,
        )}, then copy its ID and secret. Later logins reuse them.</p>
      ${timeLeft(context)}
      <section>
      <h2>1. Register an app</h2>
      ${dashboard(definition, "Open the dashboard")}
      ${redirect(step.redirectUri)}
      ${warning
        ? html`
          <div class="note warn">
            <p>${warning}</p>
          </div>
        `
        : ""}
      ${step.scopes.length > 0 ? scopes(step.scopes) : ""}
      ${notes(definition.setup_notes)}
      </section>
      ${form(
        context,
        "client",
        html`<section>
      <h2>2. Paste its ID and secret</h2>
      ${
          textField({
            name: "client_id",
            label: "Client ID",
            value: step.clientId ?? "",
            ...defined({ problem: problems.client_id }),
            // Nothing has the focus at first: a phone would scroll away from step 1.
            focus: problems.client_id !== undefined,
          })
        }
      ${
          credentialField({
            name: "client_secret",
            label: "Client secret",
            aside: "optional: leave empty if the app has none",
            problem: problems.client_secret,
            focus: problems.client_id === undefined &&
              problems.client_secret !== undefined,
            required: false,
          })
        }
      </section>`,
        "Continue",
      )}
      ${custody(clientGoes(context, step))}
      ${later(definition.notes)}
    `,
    SCRIPT_TAG,
  );
}

/** Goes on to the provider by itself; a redirect would be blocked after a form (CSP form-action). */
export function continuePage(
  context: PageContext,
  url: URL,
  post?: Readonly<Record<string, string>>,
): Html {
  const { definition } = context.provider;
  if (post) return postPage(context, url, post);
  return page(
    context,
    `Continue to ${displayName(definition)}`,
    html`
      <h1>Continue to ${providerName(definition)}</h1>
      <p
        class="soft">Sign in at <b dir="ltr">${url
          .host}</b> and allow access; you are then sent back here.</p>
      <div
        class="actions"><a class="button main" href="${url
          .href}">Continue</a></div>
    `,
    html`<meta http-equiv="refresh" content="0; url=${url.href}">`,
  );
}

/** Posts a form to the provider when the person says so. */
function postPage(
  context: PageContext,
  url: URL,
  fields: Readonly<Record<string, string>>,
): Html {
  const { definition } = context.provider;
  return page(
    context,
    `Continue to ${displayName(definition)}`,
    html`
      <h1>Continue to ${providerName(definition)}</h1>
      <p
        class="soft">Sign in at <b dir="ltr">${url
          .host}</b> and confirm what is shown there; you are then sent back here.</p>
      <form method="post"
        action="${url.href}">${Object.entries(fields).map((
          [name, value],
        ) =>
          html`<input type="hidden" name="${name}" value="${value}">`
        )}<div class="actions"><button class="main">Continue</button></div></form>
    `,
  );
}

/** Shows the code that the person types at the provider; goes on by itself when they have. */
export function devicePage(
  context: PageContext,
  { code }: Extract<Step, { kind: "device" }>,
  self: string,
): Html {
  const { definition } = context.provider;
  const url = httpUrl(code.verificationUriComplete) ??
    httpUrl(code.verificationUri);
  return page(
    context,
    `Your code for ${displayName(definition)}`,
    html`
      <h1>Enter this code at ${providerName(definition)}</h1>
      <p
        class="row"><code id="code" class="code" dir="ltr">${code
          .userCode}</code>${button(
            "code",
            "copy",
            "Copy",
            "Copy the code",
          )}</p>
      ${url
        ? html`
          <p>At <b dir="ltr">${url
            .host}</b>, sign in, enter or confirm the code, and allow access. This page then says whether it worked.</p>
          <div
            class="actions"><a class="button main" href="${url
              .href}" target="_blank" rel="noopener noreferrer">Open ${url
              .host}</a></div>
        `
        : ""}
      ${timeLeft(context)}
    `,
    html`${SCRIPT_TAG}<noscript><meta http-equiv="refresh" content="2; url=${self}"></noscript>`,
  );
}

/** Shown while the provider is asked; reloads itself. */
export function waitingPage(context: PageContext, self: string): Html {
  return page(
    context,
    "One moment",
    html`<h1>One moment…</h1>
<p class="soft">Talking to ${providerName(context.provider.definition)}.</p>`,
    html`<meta http-equiv="refresh" content="1; url=${self}">${SCRIPT_TAG}`,
  );
}

/** The last page. */
export function endedPage(context: PageContext, outcome: LoginOutcome): Html {
  const { definition } = context.provider;
  if (outcome.kind === "failed") {
    const isCommand = outcome.hint?.startsWith("authsome login ");
    const again = isCommand ? outcome.hint : context.again;
    return page(
      context,
      "Not connected",
      html`
        <h1>${providerName(definition)} is not connected</h1>
        <div class="note bad" role="alert">
          <p>${outcome.message}</p>
        </div>
        ${outcome.hint && !isCommand ? html`<p>${outcome.hint}</p>` : ""}
        ${again ? html`<p>Start again: ${command(again)}</p>` : ""}
        <p class="soft">${keptText(
          outcome.kept,
        )} You can close this window.</p>
        ${outcome.kept?.client
          ? html`<p class="soft">For another app: ${
            command(`authsome login ${definition.name} --reset-client`)
          }</p>`
          : ""}
      `,
    );
  }
  const { connection, account } = outcome;
  const use = connection === DEFAULT_CONNECTION
    ? ""
    : connectionOption(`${definition.name}=${connection}`);
  return page(
    context,
    "Connected",
    html`
      <h1><span class="good" aria-hidden="true">✓ </span>${providerName(
        definition,
      )} is connected</h1>
      ${account
        ? html`<p class="account">Signed in as <b>${named(account)}</b></p>`
        : ""}
      <p
        class="soft">Stored encrypted on this computer as connection <b>${named(
          connection,
        )}</b>. You can close this window.</p>
      <p class="soft">Programs use it with ${command(
        `authsome run${markName(use)} -- <command>`,
      )}</p>
    `,
  );
}

/** A page that belongs to no session and tells nothing about one but the command `again`. */
export function neutralPage(
  nonce: string,
  title: string,
  message: string,
  onward: { again?: string; back?: string } = {},
): Html {
  const { again, back } = onward;
  return page(
    { nonce },
    title,
    html`
      <h1>${title}</h1>
      <p class="soft">${message}</p>
      ${again ? html`<p>Start again: ${command(again)}</p>` : ""}
      ${back
        ? html`
          <div
            class="actions"><a class="button main" href="${back}">Back to the login</a></div>
        `
        : ""}
    `,
  );
}

function dashboard(definition: ProviderDefinition, text: string): Html | "" {
  const url = httpUrl(definition.dashboard_url) ?? httpUrl(definition.docs_url);
  return url
    ? html`<p><a href="${url.href}" target="_blank" rel="noopener noreferrer">${text} at ${url.host}</a></p>`
    : "";
}

/** The redirect URI, to be copied. */
function redirect(uri: string): Html {
  return html`
    <div
      class="field"><label for="redirect">Redirect URI <small>(also called callback URL; copy it exactly)</small></label>
          <div class="row copied"><input id="redirect" dir="ltr" readonly value="${uri}"${UNMANAGED}>${button(
            "redirect",
            "copy",
            "Copy",
            "Copy the redirect URI",
          )}</div></div>
  `;
}

function scopes(all: readonly string[]): Html {
  return html`
    <div
      class="field"><b id="scopes-label">Scopes</b> <small>(enable them in the app if it asks)</small>
    <div class="row copied"><ul class="scopes" id="scopes" dir="ltr" aria-labelledby="scopes-label" data-text="${all
      .join(" ")}">${all.map((scope) =>
        html`<li><code>${scope}</code></li>`
      )}</ul>${button("scopes", "copy", "Copy", "Copy the scopes")}</div></div>
  `;
}

/** What has to be known before the fields can be filled. */
function notes(texts: readonly string[] = []): Html | "" {
  return texts.length > 0
    ? html`<ul class="hint">${
      texts.map((note) => html`<li>${named(note)}</li>`)
    }</ul>`
    : "";
}

/** What is of use when the connection is there. */
function later(texts: readonly string[] = []): Html | "" {
  return texts.length > 0
    ? html`
      <section
        aria-labelledby="later"><h2 id="later">Good to know later</h2>${notes(
          texts,
        )}</section>
    `
    : "";
}

/** Where the client's values and the token that they get go. */
function clientGoes(
  { provider: { definition }, baseUrl }: FormContext,
  { clientHosts }: Extract<Step, { kind: "client" }>,
) {
  return [
    ...clientHosts
      ? [
        {
          name: "client_id",
          label: "Client ID",
          goes: hostsOnly(clientHosts.id),
        },
        {
          name: "client_secret",
          label: "Client secret",
          goes: hostsOnly(clientHosts.secret),
        },
      ]
      : [],
    {
      name: "access_token",
      label: "Access token",
      goes: credentialGoes(definition, "access_token", baseUrl),
    },
  ];
}

function focused(fields: string[], context: FormContext): string | undefined {
  return fields.find((field) =>
    context.problems[field] ?? context.doubts[field]
  ) ?? fields[0];
}
