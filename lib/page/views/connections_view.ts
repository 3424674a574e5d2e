/** Whose accounts are connected, and what can be done with each. @module */
import { html } from "hono/html";
import { connectionOption } from "../../connection/hint.ts";
import type { ShownConnection } from "../page_source.ts";
import {
  act,
  button,
  command,
  type Html,
  named,
  type ViewContext,
  when,
} from "./page_layout.ts";

/** The page. */
export function connectionsView(
  view: ViewContext,
  connections: readonly ShownConnection[],
): Html {
  return html`
    <p
      class="soft">What commands under ${command(
        "authsome run",
      )} may use, without ever seeing a key.</p>
    <div id="connections">${connectionList(view, connections)}</div>
  `;
}

/** The list alone, as it is sent again when it has changed. */
export function connectionList(
  view: ViewContext,
  connections: readonly ShownConnection[],
): Html {
  if (connections.length === 0) {
    return html`<p>Nothing is connected. <a href="/providers">Choose a provider</a>, or type ${
      command("authsome login <provider>")
    }.</p>`;
  }
  return html`<ul class="cards">${
    connections.map((each, index) => card(view, each, index))
  }</ul>`;
}

function card(view: ViewContext, each: ShownConnection, index: number): Html {
  const { provider, name, status } = each;
  const about = `${provider}/${name}`;
  const fields = { provider, connection: name };
  return html`
    <li class="card" id="connection-${index}">
      <div class="title"><h2>${named(each.displayName)}</h2>
          <span><code>${named(about)}</code></span>
          <span class="tag ${status === "connected"
            ? "good"
            : "bad"}">${status}</span>
          ${each.isDefault ? html`<span class="tag">default</span>` : ""}</div>
      <dl>
          ${row("Account", each.account && named(each.account))}
          ${row(
            "Scopes",
            each.scopes.length > 0 &&
              html`<code>${each.scopes.join(" ")}</code>`,
          )}
          ${row("Expires", each.expires && when(each.expires, view.now))}
          ${row("Last used", each.lastUsed && when(each.lastUsed, view.now))}
          ${row(
            "Secret is in",
            each.references &&
              html`<code>${
                [...new Set(Object.values(each.references))].join(", ")
              }</code>`,
          )}
        </dl>
      <div class="acts">
          ${act(
            view,
            "login",
            { ...fields, again: "1" },
            button("Log in again", about),
            { newWindow: true },
          )}
          ${each.isOAuth
            ? html`
              <details
                id="scopes-${index}"><summary>Other scopes<span class="unseen"> for ${about}</span></summary>${act(
                  view,
                  "login",
                  { ...fields, again: "1" },
                  html`<label>Scopes, separated by spaces<input name="scopes" value="${
                    each.scopes.join(" ")
                  }" autocomplete="off" spellcheck="false"></label><p>${
                    button("Log in with these scopes", about, "main")
                  }</p>`,
                  { newWindow: true },
                )}</details>
            `
            : ""}
          ${each.isDefault
            ? ""
            : act(view, "default", fields, button("Make default", about))}
          <details id="end-${index}"><summary>Log out or revoke<span class="unseen"> ${about}</span></summary>
            <p class="hint">Log out deletes it here; the provider is not told. Revoke tells the provider, then deletes it.
              In a terminal: ${command(
                `authsome logout ${provider}${connectionOption(name)}`,
              )}</p>
            <div class="acts">${act(
              view,
              "logout",
              fields,
              button("Log out", about, "danger"),
            )}${act(
              view,
              "revoke",
              fields,
              button("Revoke", about, "danger"),
            )}</div>
          </details>
        </div>
    </li>
  `;
}

function row(
  name: string,
  value: Html | string | false | undefined,
): Html | "" {
  return value
    ? html`
      <div>
        <dt>${name}</dt>
        <dd>${value}</dd>
      </div>
    `
    : "";
}
