/** The catalogue, which is searched as it is typed; without a script, by a form. @module */
import { html } from "hono/html";
import type { ShownProvider } from "../page_source.ts";
import {
  act,
  button,
  command,
  type Html,
  named,
  type ViewContext,
} from "./page_layout.ts";

/** The page; `search` is what was asked for by the form. */
export function providersView(
  view: ViewContext,
  providers: readonly ShownProvider[],
  search: string,
): Html {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = providers.filter((each) =>
    words.every((word) => wordsOf(each).includes(word))
  );
  return html`
    <p class="soft">Connect an account here, or with ${command(
      "authsome login <provider>",
    )}.</p>
    <form method="get" action="/providers" role="search" class="filters">
      <label>Search<input id="search" type="search" name="q" value="${search}" autocomplete="off" aria-describedby="found"></label>
      <button>Search</button>
    </form>
    <p class="hint" id="found" role="status">${found
      .length} ${found.length === 1 ? "provider" : "providers"}</p>
    <ul class="cards">${found.map((each) => entry(view, each))}</ul>
  `;
}

function wordsOf({ name, displayName, category }: ShownProvider): string {
  return `${name} ${displayName} ${category}`.toLowerCase();
}

function entry(view: ViewContext, provider: ShownProvider): Html {
  const { name, displayName, category, authType, source, isConnected } =
    provider;
  return html`
    <li class="card" data-words="${wordsOf(provider)}">
      <div
        class="title"><h2>${named(displayName)}</h2><code>${named(
          name,
        )}</code><span class="tag">${category}</span><span class="tag">${authType ===
            "oauth2"
          ? "OAuth"
          : "API key"}</span>${source === "custom"
          ? html`<span class="tag">your own definition</span>`
          : ""}${isConnected
          ? html`<span class="tag good">connected</span>`
          : ""}</div>
      <div class="acts">${isConnected
        ? html`
          <details
            id="another-${name}"><summary>Another connection<span class="unseen"> of ${displayName}</span></summary>${act(
              view,
              "login",
              { provider: name },
              html`<label>Name of the connection<input name="connection" required pattern="[a-z0-9][a-z0-9_\\-]*" autocomplete="off" placeholder="work"></label><p>${
                button("Log in", `to ${displayName}`, "main")
              }</p>`,
              { newWindow: true },
            )}</details>
        `
        : act(
          view,
          "login",
          { provider: name },
          button("Log in", `to ${displayName}`),
          { newWindow: true },
        )}</div>
    </li>
  `;
}
