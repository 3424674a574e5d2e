/** The audit log, newest first, as it grows. @module */
import { html, raw } from "hono/html";
import type { AuditEntry } from "../../audit/chain.ts";
import type { LogFilter, LogPart, ShownVerdict } from "../page_source.ts";
import { fixOf } from "../fixing_command.ts";
import {
  act,
  button,
  command,
  type Html,
  named,
  type ViewContext,
} from "./page_layout.ts";

/** Events that can be chosen. */
const EVENTS = [
  ...["inject", "deny", "tunnel", "login", "logout", "refresh", "revoke"],
  ...["export", "get", "import", "register", "remove", "run", "sign"],
  ...["policy", "approval", "dropped", "prune", "accept"],
] as const;

const FIELDS = {
  provider: "Provider",
  connection: "Connection",
  run: "Run",
  host: "Host",
} as const;

/** The page; `path` is where it is: without the filter. */
export function logView(
  view: ViewContext,
  part: LogPart,
  filter: LogFilter,
  verdict?: ShownVerdict,
): Html {
  return html`
    <form method="get" action="/log" class="filters" aria-label="Filter">
      ${Object.entries(FIELDS).map(([name, label]) =>
        html`<label>${label}<input name="${name}" value="${
          filter[name as keyof typeof FIELDS] ?? ""
        }" autocomplete="off"></label>`
      )}
      <label>Event<select name="event"><option value="">any</option>${EVENTS
        .map((each) => option(each, filter.event))}</select></label>
      <label>Result<select name="ok"><option value="">any</option>${[[
        "true",
        "ok",
      ], ["false", "failed or refused"]].map(([value, text]) =>
        option(value!, filter.ok === undefined ? "" : String(filter.ok), text)
      )}</select></label>
      <button class="main">Filter</button><a class="button" href="/log">All</a>
    </form>
    <div class="acts">${act(
      view,
      "verify",
      {},
      button("Verify the chain", "of the audit log"),
    )}</div>
    ${verdict
      ? html`<div class="note ${
        verdict.ok ? "good" : "bad"
      }" role="status"><p>${verdict.message}</p>${
        verdict.hint ? html`<p class="hint">${verdict.hint}</p>` : ""
      }</div>`
      : ""}
    ${logTable(part.entries, "Audit log")}
    ${part.next === undefined
      ? ""
      : html`<p><a href="/log?${
        queryOf({ ...filter, before: part.next })
      }">Older entries</a></p>`}
  `;
}

/** A table of entries, to which new ones are added at the top. */
export function logTable(entries: readonly AuditEntry[], name: string): Html {
  return html`
    <div class="scroll" role="region" aria-label="${name}" tabindex="0">
      <table role="table">
        <thead role="rowgroup">
          <tr role="row">${[
            "Time",
            "Event",
            "Result",
            "Connection",
            "Request",
            "Why",
            "Run",
          ].map((
            each,
          ) => html`<th scope="col" role="columnheader">${each}</th>`)}</tr>
        </thead>
        <tbody id="rows" role="rowgroup">${entries.map(logRow)}</tbody>
      </table>
    </div>
    <p id="none" class="soft" ${entries.length > 0
      ? raw("hidden")
      : ""}>No entry yet.</p>
  `;
}

/** One entry. The roles keep it a row where a narrow window shows it as a block. */
export function logRow(entry: AuditEntry): Html {
  const { ts, event, ok, provider, connection, method, host, port } = entry;
  const where = host === undefined
    ? entry.detail ?? ""
    : `${method ?? ""} ${host}${port === undefined ? "" : `:${port}`}${
      entry.path ?? ""
    }`.trim();
  const fix = fixOf(entry);
  const why = entry.reason === "routed" ? undefined : entry.reason;
  return html`
    <tr role="row">
      <td
        role="cell"
        class="when"><time datetime="${ts}" title="${ts}">${ts.slice(
          5,
          10,
        )} ${ts.slice(11, 19)}</time></td>
      <td role="cell">${event}</td>
      <td role="cell" class="${ok ? "good" : "bad"}">${ok
        ? "ok"
        : event === "deny"
        ? "refused"
        : "failed"}${entry.status === undefined ? "" : ` ${entry.status}`}</td>
      <td role="cell">${provider === undefined ? "" : named(
        connection === undefined ? provider : `${provider}/${connection}`,
      )}</td>
      <td role="cell" class="where" dir="ltr">${named(
        where,
      )}${entry.operation === undefined ? "" : html`
        <span class="tag">${named(entry.operation)}</span>
      `}</td>
      <td role="cell">${why ?? ""}${entry.rule === undefined ? "" : html`
        rule ${named(entry.rule)}
      `}${fix === undefined ? "" : html`
        ${command(fix)}
      `}</td>
      <td role="cell">${entry.run === undefined
        ? ""
        : html`<a href="/log?run=${encodeURIComponent(entry.run)}"><code>${
          entry.run.slice(0, 8)
        }</code></a>`}</td>
    </tr>
  `;
}

/** A query string of what is set. */
export function queryOf(
  filter: Readonly<Record<string, unknown>>,
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) {
    if (value !== undefined && value !== "") query.set(name, String(value));
  }
  return query.toString();
}

function option(value: string, chosen = "", text = value): Html {
  return html`<option value="${value}" ${
    value === chosen ? raw("selected") : ""
  }>${text}</option>`;
}
