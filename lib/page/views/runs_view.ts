/** What runs now, and its requests as they pass. @module */
import { html } from "hono/html";
import type { AuditEntry } from "../../audit/chain.ts";
import type { LiveRun } from "../../ports/runs.ts";
import { logTable } from "./log_view.ts";
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
export function runsView(
  view: ViewContext,
  runs: readonly LiveRun[],
  entries: readonly AuditEntry[],
): Html {
  return html`
    <div id="runs">${runList(view, runs)}</div>
    <h2>Requests</h2>
    <p
      class="soft">As they pass, of all runs. A refusal comes with the command that fixes it.</p>
    ${logTable(entries, "Requests")}
  `;
}

/** The list alone, as it is sent again when it has changed. */
export function runList(view: ViewContext, runs: readonly LiveRun[]): Html {
  if (runs.length === 0) {
    return html`<p>No run is live. Start one: ${
      command("authsome run -- <command>")
    }</p>`;
  }
  return html`<ul class="cards">${
    runs.map((run) =>
      html`
        <li class="card" id="run-${run.id}">
          <div
            class="title"><h2>${named(run.program)}</h2><code>${run
              .id}</code>${run.sandbox
              ? html`<span class="tag good">sandbox</span>`
              : ""}${run.readOnly
              ? html`<span class="tag">read-only</span>`
              : ""}</div>
          <dl>
            <div>
              <dt>Folder</dt>
              <dd><code>${named(run.folder)}</code></dd>
            </div>
            <div>
              <dt>Since</dt>
              <dd>${when(new Date(run.since).toISOString(), view.now)}</dd>
            </div>
            <div>
              <dt>Profile</dt>
              <dd>${named(run.profile)}</dd>
            </div>
            <div>
              <dt>Providers</dt>
              <dd>${run.providers.length > 0
                ? named(run.providers.join(", "))
                : "none"}</dd>
            </div>
          </dl>
          <div
            class="acts"><a class="button" href="/log?run=${run
              .id}">Its requests<span class="unseen"> of ${run
              .program}</span></a>${act(
                view,
                "stop",
                { id: run.id },
                button("Stop", `${run.program} (${run.id})`, "danger"),
              )}</div>
        </li>
      `
    )
  }</ul>`;
}
