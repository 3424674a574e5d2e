/** The stylesheet of the local page: by day and by night, from 320 px on. @module */

/** In a `<style>` of every page, so that nothing is loaded before it is painted. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --page: #f4f5f7; --card: #ffffff; --text: #1a1d21; --soft: #565d66; --line: #d5d9de; --field: #ffffff;
  --accent: #2457d6; --on-accent: #ffffff; --bad: #b3261e; --bad-page: #fdf1f0; --warn: #7a4b00; --warn-page: #fff6e2;
  --good: #1d6f42; --good-page: #eef8f1;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #111316; --card: #1a1d21; --text: #eceef0; --soft: #a6adb6; --line: #383e46; --field: #111316;
    --accent: #8fb0ff; --on-accent: #0d1a3a; --bad: #ffb4ab; --bad-page: #341a18; --warn: #f5cf85; --warn-page: #2e2411;
    --good: #7fd7a4; --good-page: #14291d;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0; overflow-wrap: anywhere; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.skip { position: absolute; left: -200vw; }
.skip:focus { left: .5rem; top: .5rem; z-index: 1; padding: .5rem 1rem; background: var(--card); }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: center; padding: .75rem 1rem; background: var(--card);
  border-bottom: 1px solid var(--line); }
header b { display: inline-flex; align-items: center; gap: .5rem; letter-spacing: -.01em; }
nav ul { display: flex; flex-wrap: wrap; gap: .125rem; margin: 0; padding: 0; list-style: none; }
nav a { display: block; padding: .375rem .625rem; border-radius: 8px; color: var(--soft); text-decoration: none; }
nav a:hover { color: var(--text); }
nav a[aria-current] { background: var(--page); color: var(--text); font-weight: 600; }
.count { padding: 0 .4rem; border-radius: 99px; background: var(--warn-page); color: var(--warn); font-size: .8125rem; font-weight: 600; }
header .profile { margin-inline-start: auto; color: var(--soft); font-size: .875rem; }
main { max-width: 72rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { margin: 0; font-size: 1.5rem; line-height: 1.25; letter-spacing: -.015em; }
h2 { margin: 1.75rem 0 .5rem; font-size: 1.125rem; letter-spacing: -.01em; }
h3, .card h2 { margin: 0; font-size: 1rem; }
p { margin: .5rem 0 0; }
.soft, .hint { color: var(--soft); }
.hint { font-size: .875rem; }
a { color: var(--accent); text-underline-offset: .15em; }
code, pre { font: .9em ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; white-space: pre-wrap; }
pre { margin: .375rem 0 0; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: 8px; background: var(--page); }
.command { user-select: all; padding: .0625rem .375rem; border-radius: 6px; background: var(--page); }
.card { margin: .75rem 0 0; padding: 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
.cards { padding: 0; margin: 0; list-style: none; }
[data-words] { content-visibility: auto; contain-intrinsic-block-size: auto 7rem; }
.title { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: baseline; }
.tag { padding: 0 .5rem; border: 1px solid var(--line); border-radius: 6px; color: var(--soft); font-size: .8125rem; }
.good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); }
dl { margin: .5rem 0 0; }
dl div { display: flex; gap: .125rem 1rem; padding: .125rem 0; }
dt { flex: 0 0 8.5rem; color: var(--soft); }
dd { flex: 1; min-width: 0; margin: 0; }
.acts, .filters { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin-top: .75rem; }
.acts form { display: contents; }
button, .button, summary { padding: .375rem .75rem; border: 1px solid var(--line); border-radius: 8px; background: transparent;
  color: inherit; font: inherit; font-size: .9375rem; cursor: pointer; text-decoration: none; }
button:hover { border-color: var(--soft); }
summary { display: inline-block; }
details[open] { flex-basis: 100%; }
details form { display: block; margin-top: .5rem; }
.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.danger { color: var(--bad); border-color: currentColor; }
kbd { padding: 0 .25rem; border: 1px solid currentColor; border-radius: 4px; font: .8em ui-monospace, Menlo, Consolas, monospace; }
label { display: block; font-weight: 600; font-size: .875rem; }
input, select, textarea { display: block; width: 100%; min-width: 0; margin-top: .25rem; padding: .4375rem .625rem; border: 1px solid var(--soft);
  border-radius: 8px; background: var(--field); color: inherit; font: inherit; font-size: .9375rem; font-weight: 400; }
.filters > * { flex: 1 1 8rem; max-width: 16rem; }
.filters .button, .filters button { flex: 0 0 auto; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.note { margin: 1rem 0 0; padding: .75rem 1rem; border-radius: 8px; border-left: 3px solid; }
.note p:first-child { margin: 0; }
.note.bad { background: var(--bad-page); } .note.good { background: var(--good-page); } .note.warn { background: var(--warn-page); }
.scroll { margin-top: .75rem; overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
table { width: 100%; border-collapse: collapse; font-size: .875rem; }
th, td { white-space: nowrap; padding: .375rem .625rem; text-align: start; vertical-align: top; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; }
td.where { min-width: 16rem; max-width: 32rem; white-space: normal; }
td.when { font-variant-numeric: tabular-nums; }
tbody tr { content-visibility: auto; contain-intrinsic-block-size: auto 2.125rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 40rem) {
  header .profile { margin-inline-start: 0; }
  dl div { display: block; }
  .filters > * { max-width: none; }
  .scroll thead { position: absolute; clip-path: inset(50%); }
  .scroll tr { display: flex; flex-wrap: wrap; gap: 0 .75rem; padding: .5rem .75rem; border-bottom: 1px solid var(--line); }
  .scroll td { padding: 0; border: 0; white-space: normal; }
  .scroll td:empty { display: none; }
  .scroll td.where { flex: 1 0 100%; min-width: 0; }
}
`;
