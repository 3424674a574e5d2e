/** The page that a person opens on the phone: one file, which asks nothing of anybody but the servers in it. @module */
import { base64 } from "../../../bytes.ts";
import type { RemoteSettings } from "../remote_settings.ts";
import { PHONE_SCRIPT } from "./phone_script.ts";
import { PHONE_STYLE } from "./phone_style.ts";

/** The page for a home with these settings. Nothing of it is secret: the key is in the link that pairs. */
export async function phonePage(
  { ntfy, listen }: RemoteSettings,
): Promise<string> {
  const config = { server: ntfy?.server, answers: listen?.url };
  const origins = Object.values(config)
    .filter((url) => url !== undefined).map((url) => new URL(url).origin);
  const policy = [
    "default-src 'none'",
    `script-src ${await hashOf(PHONE_SCRIPT)}`,
    `style-src ${await hashOf(PHONE_STYLE)}`,
    `connect-src ${[...new Set(origins)].join(" ") || "'none'"}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>authsome</title>
<style>${PHONE_STYLE}</style>
</head>
<body>
<main>
<h1>authsome</h1>
<p id="state" class="soft" role="status"></p>
<p id="note" class="soft" role="alert"></p>
<noscript><p class="bad">This page opens sealed requests, which needs JavaScript.</p></noscript>
<div id="app" hidden>
<section id="offer" hidden>
<h2>Pair with <span id="offered"></span>?</h2>
<p>Only if you have just run <code>authsome approve pair</code> there.</p>
<div class="actions"><button id="pair" type="button" class="main">Pair</button></div>
</section>
<div id="requests" aria-live="polite"></div>
<p id="none" class="soft" hidden>No request waits.</p>
<section id="unpaired" hidden>
<h2>Not paired</h2>
<p>Run <code>authsome approve pair</code> on your computer and scan the code, or paste it here.</p>
</section>
<section id="paired" hidden>
<h2>Paired with</h2>
<ul id="pairings"></ul>
</section>
<section>
<details id="another">
<summary>Pair with a code</summary>
<label for="code">Code of authsome approve pair</label>
<input id="code" type="password" autocomplete="off" spellcheck="false">
<div class="actions"><button id="enter" type="button">Use the code</button></div>
</details>
</section>
</div>
</main>
<script type="application/json" id="config">${
    JSON.stringify(config).replaceAll("<", "\\u003c")
  }</script>
<script>${PHONE_SCRIPT}</script>
</body>
</html>
`;
}

/** The source of what is inline, as a Content-Security-Policy names it. */
async function hashOf(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return `'sha256-${base64(new Uint8Array(digest))}'`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;")
    .replaceAll("<", "&lt;");
}
