/** The stylesheet of the phone's page. @module */

export const PHONE_STYLE = `
:root { color-scheme: light dark;
  --page: #f4f5f7; --card: #ffffff; --text: #1a1d21; --soft: #565d66; --line: #d5d9de; --accent: #2457d6; --on-accent: #ffffff; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root {
  --page: #111316; --card: #1a1d21; --text: #eceef0; --soft: #a6adb6; --line: #383e46; --accent: #8fb0ff; --on-accent: #0d1a3a; --bad: #ffb4ab; } }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0; padding: 1rem .75rem 3rem; background: var(--page); color: var(--text); overflow-wrap: anywhere;
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 34rem; margin: 0 auto; }
h1 { margin: 0; font-size: 1.25rem; }
h2 { margin: .25rem 0 .5rem; font-size: 1.125rem; line-height: 1.35; }
p { margin: .5rem 0; }
.soft { color: var(--soft); }
.bad { color: var(--bad); }
article, section { margin-top: 1rem; padding: 1rem; border: 1px solid var(--line); border-radius: 12px; background: var(--card); }
dl { margin: .5rem 0; }
dl div { padding: .25rem 0; border-top: 1px solid var(--line); }
dt { color: var(--soft); font-size: .875rem; }
dd { margin: 0; unicode-bidi: isolate; direction: ltr; font: .9375rem ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
pre { max-height: 16rem; overflow: auto; margin: .5rem 0; padding: .5rem; border: 1px solid var(--line); border-radius: 8px; white-space: pre-wrap;
  unicode-bidi: isolate; direction: ltr; font: .875rem ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
code { font: .875em ui-monospace, "SF Mono", Menlo, Consolas, monospace; user-select: all; }
label { display: block; margin-top: .75rem; }
select, input { width: 100%; margin-top: .25rem; padding: .625rem .75rem; border: 1px solid var(--soft); border-radius: 8px; background: var(--card); color: inherit; font: inherit; }
.actions { display: flex; gap: .75rem; margin-top: .75rem; }
button { flex: 1; min-height: 3rem; padding: .5rem 1rem; border: 1px solid var(--soft); border-radius: 8px; background: transparent; color: inherit; font: inherit; font-weight: 600; cursor: pointer; }
button:disabled { opacity: .45; cursor: not-allowed; }
button.small { min-height: 2.25rem; padding: .25rem .75rem; font-weight: 400; }
.allow, .main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
summary { min-height: 2rem; color: var(--accent); cursor: pointer; }
ul { margin: .5rem 0 0; padding: 0; list-style: none; }
li { padding: .375rem 0; }
`;
