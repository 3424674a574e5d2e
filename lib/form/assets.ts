/** The stylesheet and the icon of the login pages. @module */

/** In a `<style>` of every page, so that the last page needs no server any more. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f4f5f7; --card: #ffffff; --text: #1a1d21; --soft: #565d66; --line: #d5d9de; --field: #ffffff;
  --accent: #2457d6; --on-accent: #ffffff; --bad: #b3261e; --bad-page: #fdf1f0; --warn: #7a4b00; --warn-page: #fff6e2; --good: #1d6f42;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #111316; --card: #1a1d21; --text: #eceef0; --soft: #a6adb6; --line: #383e46; --field: #111316;
    --accent: #8fb0ff; --on-accent: #0d1a3a; --bad: #ffb4ab; --bad-page: #341a18; --warn: #f5cf85; --warn-page: #2e2411; --good: #7fd7a4;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0; padding: 3rem 1rem; overflow-wrap: anywhere; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 34rem; margin: 0 auto; padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
header { max-width: 34rem; margin: 0 auto .75rem; display: flex; justify-content: space-between; gap: 1rem; color: var(--soft); font-size: .875rem; }
header span { min-width: 0; text-align: end; }
header b { flex: none; display: inline-flex; align-items: center; gap: .5rem; color: var(--text); font-weight: 650; letter-spacing: -.01em; }
h1 { margin: 0; font-size: 1.5rem; line-height: 1.25; letter-spacing: -.015em; }
h2 { margin: 0 0 .25rem; font-size: 1.125rem; line-height: 1.35; letter-spacing: -.01em; }
p { margin: .5rem 0 0; }
.soft, .hint { color: var(--soft); }
.hint { margin-top: .375rem; font-size: .875rem; }
a { color: var(--accent); text-underline-offset: .15em; }
code { font: .9em ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
section, .field { margin-top: 1.5rem; }
h2 + .field, h2 ~ input[type=hidden] + .field { margin-top: .75rem; }
label { display: block; }
label, .field > b { font-weight: 600; }
small { font-weight: 400; color: var(--soft); font-size: .875rem; }
.row { display: flex; gap: .5rem; margin-top: .375rem; }
input:not([type=checkbox]), textarea { flex: 1; min-width: 0; padding: .625rem .75rem; border: 1px solid var(--soft); border-radius: 8px;
  background: var(--field); color: inherit; font: .9375rem ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
input[readonly] { border-color: var(--line); background: var(--page); font-size: min(.8125rem, 2.95vw); text-overflow: ellipsis; }
[aria-invalid=true] { border-color: var(--bad); }
button, .button { padding: .625rem 1rem; border: 1px solid var(--line); border-radius: 8px; background: transparent; color: inherit;
  font: inherit; font-weight: 550; cursor: pointer; text-decoration: none; }
.row button, .note button { min-width: 4.75rem; padding: .375rem .75rem; font-size: .875rem; }
button:hover:enabled { border-color: var(--soft); }
button:disabled { opacity: .45; cursor: not-allowed; }
.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.actions { display: flex; flex-direction: row; gap: .75rem; margin-top: 1.75rem; }
.note { margin-top: 1.25rem; padding: .75rem 1rem; border-radius: 8px; border-left: 3px solid; }
.note p:first-child { margin: 0; }
.bad { color: var(--bad); background: var(--bad-page); }
.warn { color: var(--warn); background: var(--warn-page); }
#ended p:not(#why) { color: var(--text); }
#ended:focus { outline: none; }
.good { color: var(--good); }
.check { display: flex; gap: .625rem; align-items: baseline; font-weight: 400; margin-top: .75rem; color: var(--text); }
ul { margin: .5rem 0 0; padding-inline-start: 1.25rem; }
ul.hint { margin-top: 1.25rem; }
h2 + ul.hint { margin-top: .5rem; }
.hint li + li { margin-top: .25rem; }
.scopes { display: flex; flex-wrap: wrap; gap: .375rem; padding: 0; list-style: none; }
.scopes li { padding: .0625rem .5rem; border: 1px solid var(--line); border-radius: 6px; font-size: .875rem; }
.copied .scopes { flex: 1; min-width: 0; margin: 0; }
.scopes + button { align-self: flex-start; }
.time { font-variant-numeric: tabular-nums; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.command { user-select: all; padding: .125rem .375rem; border-radius: 6px; background: var(--page); color: var(--text); }
.command span { display: inline-block; max-width: 100%; }
.scopes code { user-select: all; }
.code { padding: .25rem .75rem; border: 1px solid var(--line); border-radius: 8px; background: var(--page); font-size: 1.75rem; letter-spacing: .08em; user-select: all; }
p.row { margin-top: 1rem; }
.account { margin-top: 1rem; font-size: 1.125rem; }
.custody { margin-top: 1.75rem; padding-top: 1.25rem; border-top: 1px solid var(--line); font-size: .875rem; }
.custody h2 { font-size: .9375rem; }
dl { margin: .5rem 0 0; }
dl div { display: flex; gap: .25rem 1rem; padding: .1875rem 0; }
dt { flex: 0 0 8.5rem; color: var(--soft); }
dd { flex: 1; min-width: 0; margin: 0; }
details { display: inline; }
details[open] { display: block; }
summary { display: inline-block; color: var(--accent); cursor: pointer; text-decoration: underline dotted; text-underline-offset: .15em; }
@media (max-width: 30rem) {
  body { padding: 1rem .5rem; }
  main { padding: 1.25rem; }
  /* A smaller font makes iOS zoom in when the field gets the focus. */
  input:not([type=checkbox]):not([readonly]), textarea { font-size: 1rem; }
  dl div { display: block; }
  .copied { flex-wrap: wrap; }
  .copied > :first-child { flex: 1 0 100%; }
  .copied button { flex: 1; }
}
`;

/** A key, as a data URL. */
export const ICON = "data:image/svg+xml," + encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#2457d6"/><g fill="none" stroke="#fff" stroke-width="3"><circle cx="11" cy="16" r="4.5"/><path d="M15.5 16H26v5M21 16v4"/></g></svg>`,
);
