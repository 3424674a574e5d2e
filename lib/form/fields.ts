/** The fields of the login forms, and what is said beside them. @module */
import { html, raw } from "hono/html";
import { counted } from "../text.ts";
import {
  button,
  command,
  type Html,
  named,
  type PageContext,
} from "./frame.ts";

/** What a form carries besides its fields. */
export interface FormContext extends PageContext {
  /** Where the form is posted. */
  action: string;
  /** Form token (CSRF). */
  token: string;
  /** By field: what keeps the answer from being taken. */
  problems: Record<string, string>;
  /** By field: a doubt that the person may dismiss. */
  doubts: Record<string, string>;
}

/** For 1Password, LastPass, Bitwarden, Proton Pass and Dashlane: they would fill in another site's login, or keep a copy. */
export const UNMANAGED = raw(
  ` autocomplete="off" autocapitalize="off" autocorrect="off" spellcheck="false" data-1p-ignore data-lpignore="true" data-bwignore="true" data-protonpass-ignore="true" data-form-type="other"`,
);

/** A form with its hidden fields, the buttons, and what says that the login has ended meanwhile. */
export function form(
  context: FormContext,
  step: "secrets" | "client",
  fields: Html,
  answer: string,
): Html {
  return html`
    <form method="post" action="${context.action}" ${UNMANAGED}>
    <input type="hidden" name="token" value="${context.token}">
    <input type="hidden" name="step" value="${step}">
    ${fields}
    <div id="ended" class="note bad" role="alert" tabindex="-1" hidden><p id="why"></p>
    <p id="unsent">What you typed was not sent. Copy what you need before you close this page.</p>
    <p id="kept"></p>
    <p>Start again: ${command(context.again ?? "", "again")}</p>
    <p>${button("again", "copy", "Copy", "Copy the command")}</p></div>
    <div class="actions"><button class="main" name="act" value="answer">${answer}</button>
    <button name="act" value="cancel" formnovalidate>Cancel</button></div>
    </form>
  `;
}

/** A field for something that is not secret. */
export function textField(field: {
  name: string;
  label: string;
  value: string;
  problem?: string;
  focus: boolean;
}): Html {
  const { name, problem } = field;
  return html`<div class="field">
<label for="${name}">${field.label}</label>
<div class="row"><input id="${name}" name="${name}" value="${field.value}" required${UNMANAGED}${
    field.focus ? raw(" autofocus") : ""
  }${described(name, problem !== undefined, [`goes-${name}`])}></div>
${problemOf(name, problem)}
</div>`;
}

/** A field of a credential. A secret is masked and never sent back to the page. */
export function credentialField(field: {
  name: string;
  label: string;
  aside?: string;
  hint?: string;
  problem?: string;
  doubt?: string;
  /** Length of a secret typed before. */
  kept?: number;
  /** Makes it a plain field, with this value: it is no secret. */
  shown?: string;
  focus: boolean;
  required: boolean;
}): Html {
  const { name, kept, shown } = field;
  const isSecret = shown === undefined;
  const wrong = field.problem ?? field.doubt;
  const ids = [`goes-${name}`, ...field.hint && !wrong ? [`${name}-hint`] : []];
  return html`<div class="field">
<label for="${name}">${field.label}${
    field.aside
      ? html`
        <small>(${field.aside})</small>
      `
      : ""
  }</label>
<div class="row"><input type="${isSecret ? "password" : "text"}" value="${
    shown ?? ""
  }" id="${name}" name="${name}"${UNMANAGED}${
    field.required && !kept ? raw(" required") : ""
  }${field.focus ? raw(" autofocus") : ""}${
    described(name, wrong !== undefined, ids)
  }${
    kept
      ? html`
        placeholder="${counted(kept, "character")} kept"
      `
      : ""
  }>${isSecret ? button(name, "show", "Show", `Show ${field.label}`) : ""}</div>
${
    field.hint && !wrong
      ? html`<p class="hint" id="${name}-hint">${named(field.hint)}</p>`
      : ""
  }
${problemOf(name, field.problem)}
${
    field.doubt
      ? html`<div class="note warn" role="alert" id="${name}-problem"><p>${field.doubt}</p>
<label class="check"><input type="checkbox" name="anyway.${name}" value="yes"> Use it anyway</label></div>`
      : ""
  }
</div>`;
}

/** A field for a secret that is a file's text, with its lines. It is never sent back to the page. */
export function fileField(
  field: Parameters<typeof credentialField>[0],
): Html {
  const { name, kept, problem } = field;
  return html`<div class="field">
<label for="${name}">${field.label} <small>(${
    field.aside ? `${field.aside}; ` : ""
  }the text of the file)</small></label>
<div class="row"><textarea id="${name}" name="${name}" rows="6" dir="ltr"${UNMANAGED}${
    field.required && !kept ? raw(" required") : ""
  }${field.focus ? raw(" autofocus") : ""}${
    described(name, problem !== undefined, [`goes-${name}`])
  }${
    kept
      ? html`
        placeholder="${counted(kept, "character")} kept"
      `
      : ""
  }></textarea></div>
${problemOf(name, problem)}
</div>`;
}

function described(id: string, isWrong: boolean, ids: string[]): Html {
  return isWrong
    ? html`
      aria-invalid="true" aria-describedby="${[`${id}-problem`, ...ids].join(
        " ",
      )}"
    `
    : html`
      aria-describedby="${ids.join(" ")}"
    `;
}

function problemOf(id: string, text: string | undefined): Html | "" {
  return text
    ? html`
      <div class="note bad" role="alert" id="${id}-problem">
        <p>${text}</p>
      </div>
    `
    : "";
}
