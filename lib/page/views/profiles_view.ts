/** The profiles, and which of them is shown. @module */
import { html } from "hono/html";
import type { ShownCheck } from "../page_source.ts";
import {
  act,
  button,
  command,
  type Html,
  named,
  type ViewContext,
} from "./page_layout.ts";

/** The page of profiles. */
export function profilesView(
  view: ViewContext,
  profiles: readonly { name: string; isDefault: boolean }[],
): Html {
  return html`
    <p
      class="soft">Connections of one profile cannot be seen from another. To show one here changes nothing for commands: that is ${command(
        "authsome profile use",
      )}.</p>
    <ul class="cards">${profiles.map(({ name, isDefault }) =>
      html`
        <li
          class="card"><div class="title"><h2>${named(name)}</h2>${isDefault
            ? html`<span class="tag">default</span>`
            : ""}${name === view.profile
            ? html`<span class="tag good">shown</span>`
            : ""}</div>${name === view.profile
            ? ""
            : html`<div class="acts">${
              act(view, "show", { profile: name }, button("Show", name))
            }</div>`}</li>
      `
    )}</ul>
  `;
}

/** What `doctor` says. */
export function doctorView(checks: readonly ShownCheck[]): Html {
  const failed = checks.filter(({ ok }) => !ok).length;
  return html`
    <p role="status" class="${failed ? "bad" : "good"}">${failed === 0
      ? `All ${checks.length} checks passed.`
      : `${failed} of ${checks.length} checks failed.`}</p>
    <p class="soft">The same as ${command("authsome doctor")}.</p>
    <ul class="cards">${checks.map(({ name, ok, message, fix }) =>
      html`
        <li
          class="card"><div class="title"><h2>${named(
            name,
          )}</h2><span class="tag ${ok ? "good" : "bad"}">${ok
            ? "ok"
            : "failed"}</span></div><p>${message}</p>${fix && !ok
            ? html`<p class="hint">Fix: ${command(fix)}</p>`
            : ""}</li>
      `
    )}</ul>
  `;
}
