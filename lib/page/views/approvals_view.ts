/** Requests that wait for a person, with all that an answer decides about. @module */
import { html } from "hono/html";
import type { ApprovalRequest } from "../../policy/approver.ts";
import {
  command,
  type Html,
  named,
  type ViewContext,
  when,
} from "./page_layout.ts";

/** The page. */
export function approvalsView(
  view: ViewContext,
  waiting: readonly ApprovalRequest[],
): Html {
  return html`
    <p
      class="soft">Requests that a rule of the effect <code>ask</code> holds back. <kbd>y</kbd> allows and <kbd>n</kbd> refuses the
      one that has the focus, else the first. Without an answer a request is refused.</p>
    <div id="approvals">${approvalList(view, waiting)}</div>
  `;
}

/** The list alone, as it is sent again when it has changed. */
export function approvalList(
  view: ViewContext,
  waiting: readonly ApprovalRequest[],
): Html {
  if (waiting.length === 0) return html`<p>Nothing waits for you.</p>`;
  return html`<ul class="cards">${
    waiting.map((each) => html`<li class="card">${card(view, each)}</li>`)
  }</ul>`;
}

/** The buttons beside the two that have a key, in the order of how far they go. */
const FURTHER = [
  ["10m", "Allow for 10 minutes"],
  ["run", "Allow in this run"],
  ["always", "Always allow"],
] as const;

function card(view: ViewContext, request: ApprovalRequest): Html {
  const { id, method, host, port, path, body, operations } = request;
  const about = `${method} ${host}${
    port === undefined ? "" : `:${port}`
  }${path}`;
  const row = (name: string, value: Html | string | undefined) =>
    value === undefined ? "" : html`
      <div>
        <dt>${name}</dt>
        <dd>${value}</dd>
      </div>
    `;
  return html`
    <div class="title">
      <h2 dir="ltr">${named(about)}</h2>
    </div>
    <dl>
      ${row("Method", method)}
      ${row("Host", named(port === undefined ? host : `${host}:${port}`))}
      ${row("Path", html`<code>${named(path)}</code>`)}
      ${row(
        "Operation",
        operations.length === 0
          ? undefined
          : html`${
            operations.map(({ name, reads }) =>
              html`
                <span class="tag">${named(name)} (${reads === undefined
                  ? "unknown"
                  : reads
                  ? "reads"
                  : "writes"})</span>
              `
            )
          }`,
      )}
      ${row(
        "Connection",
        request.provider &&
          named(`${request.provider}/${request.connection ?? ""}`),
      )}
      ${row("Profile", named(request.profile))}
      ${row("Program", named(request.program))}
      ${row("Folder", html`<code>${named(request.folder)}</code>`)}
      ${row("Run", html`<code>${request.run}</code>`)}
      ${row("Rule", named(request.rule))}
      ${row(
        "Body",
        body &&
          html`${body.size === undefined ? "unread" : `${body.size} bytes`}${
            body.type === undefined
              ? ""
              : html`, <code>${named(body.type)}</code>`
          }${
            body.sha256 === undefined
              ? ""
              : html`, SHA-256 <code>${body.sha256}</code>`
          }${
            body.shown === undefined
              ? ""
              : html`<pre>${named(body.shown)}</pre>`
          }`,
      )}
      ${row("Request", html`<code>${request.digest}</code>`)}
      ${row("Refused", when(new Date(request.expires).toISOString(), view.now))}
    </dl>
    <form method="post" action="/act/answer" id="answer-${id}"
      data-approval="${id}" class="acts">
      <input type="hidden" name="token" value="${view.token}">
      <input type="hidden" name="id" value="${id}">
      <input type="hidden" name="digest" value="${request.digest}">
      <button class="main" name="answer" value="allow" aria-keyshortcuts="y">Allow once <kbd aria-hidden="true">y</kbd><span class="unseen"> ${about}</span></button>
      <button class="danger" name="answer" value="deny" aria-keyshortcuts="n">Refuse <kbd aria-hidden="true">n</kbd><span class="unseen"> ${about}</span></button>
      ${FURTHER.map(([scope, text]) =>
        html`
          <button name="answer"
            value="${scope}">${text}<span class="unseen"> ${about}</span></button>
        `
      )}
    </form>
    <p class="hint">“Always” writes a rule: ${command(
      "authsome policy list",
    )}</p>
  `;
}
