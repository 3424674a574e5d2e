/** The person's rules, and a tester. @module */
import { html } from "hono/html";
import { EFFECTS, type PolicyFile, type Rule } from "../../policy/rule.ts";
import type { ShownRules, TestedRequest } from "../page_source.ts";
import {
  act,
  command,
  type Html,
  named,
  noticeBox,
  type ViewContext,
} from "./page_layout.ts";

/** What was typed into the tester. */
export interface TesterInput {
  method: string;
  url: string;
  body: string;
  type: string;
}

/** The page; `rules` is why there are none to show if the file cannot be read. */
export function rulesView(
  view: ViewContext,
  rules: ShownRules | { message: string; hint: string },
  input: TesterInput = { method: "GET", url: "", body: "", type: "" },
  tested?: TestedRequest,
): Html {
  return html`
    <h2>Test a request</h2>
    <p class="soft">Nothing is sent. The same as ${command(
      "authsome policy test",
    )}.</p>
    ${act(
      view,
      "test",
      {},
      html`
        <div class="filters">
          <label>Method<input name="method" value="${input
            .method}" required autocomplete="off"></label>
          <label>URL<input name="url" type="url" value="${input
            .url}" required placeholder="https://api.github.com/user" autocomplete="off"></label>
          <label>Content-Type<input name="type" value="${input
            .type}" placeholder="application/json" autocomplete="off"></label>
        </div>
        <p><label>Body<textarea name="body" rows="4" spellcheck="false">${input
          .body}</textarea></label></p>
        <p><button class="main">Test</button></p>
      `,
      { id: "tester" },
    )}
    ${tested ? verdict(tested) : ""}
    ${"file" in rules
      ? html`<p class="soft">From <code>${named(rules.path)}</code></p>${
        fileOf(rules.file)
      }`
      : noticeBox({ ok: false, ...rules })}
  `;
}

const SAID = {
  allow: "Allowed",
  ask: "A person is asked",
  deny: "Refused",
} as const;

function verdict(tested: TestedRequest): Html {
  const { decision, rule, reason, provider, connection, operations, notes } =
    tested;
  return html`
    <div class="note ${decision === "allow"
      ? "good"
      : decision === "deny"
      ? "bad"
      : "warn"}" role="status"
      id="tested"><p><b>${SAID[decision]}</b>${rule === undefined
        ? ": no rule is against it"
        : html`
          by rule <code>${named(rule)}</code>
        `}</p>${reason === undefined
        ? ""
        : html`<p>${named(reason)}</p>`}<dl>${operations.map((
          { name, reads },
        ) =>
          html`
            <div>
              <dt>Operation</dt>
              <dd>${named(name)} (${reads === undefined
                ? "nobody knows whether it only reads"
                : reads
                ? "only reads"
                : "writes"})</dd>
            </div>
          `
        )}<div><dt>Connection</dt><dd>${provider === undefined
        ? "none"
        : named(`${provider}/${connection ?? ""}`)}</dd></div></dl>${notes.map((
          note,
        ) => html`<p class="hint">${note}</p>`)}</div>
  `;
}

function fileOf(file: PolicyFile): Html {
  const others = [
    ...Object.entries(file.profiles ?? {}).map(([name, part]) =>
      [`Profile ${name}`, part] as const
    ),
    ...Object.entries(file.folders ?? {}).map(([folder, part]) =>
      [`Folder ${folder}`, part] as const
    ),
  ];
  return html`${section("Everywhere", file)}${
    others.map(([title, part]) => section(title, part))
  }`;
}

function section(
  title: string,
  { default: otherwise, rules }: Pick<PolicyFile, "default" | "rules">,
): Html {
  const sorted = [...rules].sort((a, b) =>
    EFFECTS.indexOf(a.effect) - EFFECTS.indexOf(b.effect)
  );
  return html`<h2>${named(title)}</h2>${
    sorted.length === 0
      ? html`<p>No rule.</p>`
      : html`<ul class="cards">${sorted.map(ruleCard)}</ul>`
  }${
    otherwise === undefined
      ? ""
      : html`<p class="soft">What no rule matches: ${otherwise}</p>`
  }`;
}

function ruleCard({ id, effect, reason, ...rest }: Rule): Html {
  return html`
    <li
      class="card"><div class="title"><h3><code>${named(
        id,
      )}</code></h3><span class="tag ${effect === "deny"
        ? "bad"
        : effect === "allow"
        ? "good"
        : "warn"}">${effect}</span></div><dl>${Object.entries(rest).map((
          [name, value],
        ) =>
          html`
            <div>
              <dt>${name}</dt>
              <dd><code>${named(
                typeof value === "string" ? value : JSON.stringify(value),
              )}</code></dd>
            </div>
          `
        )}</dl>${reason === undefined
        ? ""
        : html`<p class="hint">${named(reason)}</p>`}</li>
  `;
}
