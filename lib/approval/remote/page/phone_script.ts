/**
 * The script of the phone's page. It does what `remote_seal.ts` does, in the browser: the key of a pairing is kept by the
 * browser so that no script can read it again, and everything that is shown is text.
 *
 * @module
 */

/** Elements with an `id` are those of `phone_page.ts`. */
export const PHONE_SCRIPT = `
"use strict";
const $ = (id) => document.getElementById(id);
const config = JSON.parse($("config").textContent);
const PROTOCOL = "authsome approval 1";
const ANSWER_BYTES = 512;
const MAX_SEALED = 4096;
const MAX_LINE = 4 * MAX_SEALED;
const MAX_STREAM = 4194304;
const SILENCE = 120000;
const SKEW = 300000;
const MAX_SHOWN = 32;
const MAX_SEEN = 512;
const MAX_PAIRINGS = 16;
/** Nothing that has just come under a finger is pressed. */
const PAUSE = 700;
const utf8 = (text) => new TextEncoder().encode(text);
const pairings = new Map();
const cards = new Map();
const seen = new Set();
let streaming;

function toBase64Url(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
function fromBase64Url(text) {
  if (!/^[\\w-]*$/.test(text) || text.length % 4 === 1) return undefined;
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  return toBase64Url(bytes) === text ? bytes : undefined;
}

/** The root key, which can be used and not be read. */
function importRoot(bytes) {
  return crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveBits", "deriveKey"]);
}
const from = (name) => ({ name: "HKDF", hash: "SHA-256", salt: utf8(PROTOCOL), info: utf8(name) });
async function topicOf(root, name) {
  const bits = new Uint8Array(await crypto.subtle.deriveBits(from(name + " topic"), root, 128));
  return "authsome_" + [...bits].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
function sealingKey(root, direction, usage) {
  return crypto.subtle.deriveKey(from(direction + " key"), root, { name: "AES-GCM", length: 256 }, false, [usage]);
}
const parameters = (iv, direction) =>
  ({ name: "AES-GCM", iv, additionalData: utf8(PROTOCOL + " " + direction), tagLength: 128 });

async function pairingOf(name, root) {
  const [notice, request, answer] = await Promise.all(["notice", "request", "answer"].map((each) => topicOf(root, each)));
  return {
    name, root, notice, request, answer,
    opening: await sealingKey(root, "request", "decrypt"),
    sealing: await sealingKey(root, "answer", "encrypt"),
  };
}
async function open(pairing, sealed) {
  if (typeof sealed !== "string" || !sealed.startsWith("a1.") || sealed.length > MAX_SEALED) return undefined;
  const bytes = fromBase64Url(sealed.slice(3));
  if (!bytes || bytes.length < 28) return undefined;
  try {
    const plain = await crypto.subtle.decrypt(parameters(bytes.subarray(0, 12), "request"), pairing.opening, bytes.subarray(12));
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(plain));
    return value && value.v === 1 ? value : undefined;
  } catch {
    return undefined;
  }
}
async function seal(pairing, value) {
  const plain = new Uint8Array(ANSWER_BYTES).fill(32);
  plain.set(utf8(JSON.stringify(value)));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = new Uint8Array(await crypto.subtle.encrypt(parameters(iv, "answer"), pairing.sealing, plain));
  const bytes = new Uint8Array(12 + sealed.length);
  bytes.set(iv);
  bytes.set(sealed, 12);
  return "a1." + toBase64Url(bytes);
}

/** What the browser keeps: pairings, by the topic of their requests. */
const store = {
  opened: undefined,
  db() {
    return this.opened ??= new Promise((resolve, reject) => {
      const request = indexedDB.open("authsome", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("pairings", { keyPath: "id" });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  },
  async run(mode, work) {
    const db = await this.db();
    return await new Promise((resolve, reject) => {
      const change = db.transaction("pairings", mode);
      const request = work(change.objectStore("pairings"));
      change.oncomplete = () => resolve(request.result);
      change.onerror = change.onabort = () => reject(change.error);
    });
  },
};

/** What the server does is said in one place, and everything else in another, which it does not take. */
function say(text, isBad = false, place = "note") {
  $(place).textContent = text;
  $(place).className = isBad ? "bad" : "soft";
}
function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}
/** Characters that hide, or turn the order of others around, are shown as what they are. */
function plain(value) {
  return String(value).replace(/[^\\P{C}\\n]|[\\p{Zl}\\p{Zp}\\u115f\\u1160\\u3164\\uffa0\\u2800]/gu, (c) =>
    "\\\\u{" + c.codePointAt(0).toString(16) + "}");
}

const NAMES = {
  method: "Method", host: "Host", port: "Port", path: "Path", operations: "Does", provider: "Provider",
  connection: "Connection", program: "Program", folder: "Folder", rule: "Rule", profile: "Profile", run: "Run", digest: "Digest", id: "Request",
};
const FIRST = Object.keys(NAMES);
/** What tells requests apart, and a person nothing. */
const TECHNICAL = new Set(["run", "digest", "id"]);
function rowsOf(request) {
  const { v, kind, at, expires, body, ...fields } = request;
  const names = [...FIRST.filter((name) => name in fields), ...Object.keys(fields).filter((name) => !FIRST.includes(name))];
  const rows = names.map((name) => [Object.hasOwn(NAMES, name) ? NAMES[name] : name, textOf(name, fields[name]), TECHNICAL.has(name)]);
  for (const [name, value] of Object.entries(body ?? {})) {
    if (name !== "shown") rows.push(["Body " + name, textOf(name, value), name === "sha256"]);
  }
  rows.push(["Asked", new Date(at).toLocaleString(), false]);
  return rows.filter(([, value]) => value !== "");
}
function listOf(rows) {
  const list = element("dl");
  for (const [name, value] of rows) {
    const row = element("div");
    row.append(element("dt", plain(name)), element("dd", plain(value)));
    list.append(row);
  }
  return list;
}
function textOf(name, value) {
  if (name === "operations" && Array.isArray(value)) {
    return value.map(({ name, reads }) => name + (reads === true ? " (reads)" : reads === false ? " (writes)" : "")).join(", ");
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}
function isRequest(value) {
  return value.kind === "request" && typeof value.id === "string" && typeof value.digest === "string" &&
    typeof value.method === "string" && typeof value.host === "string" && typeof value.path === "string" &&
    Number.isFinite(value.at) && Number.isFinite(value.expires);
}

function receive(pairing, value) {
  if (value.kind === "closed" && typeof value.id === "string") return close(value.id, "It waits no more: answered elsewhere, or its time was up.");
  if (!isRequest(value) || seen.has(value.id)) return;
  // Nothing is shown twice, whoever sends it again.
  if (seen.size >= MAX_SEEN) seen.delete(seen.values().next().value);
  seen.add(value.id);
  if (Date.now() > value.expires + SKEW) return;
  if (cards.size >= MAX_SHOWN) return say("More requests wait than can be shown.", true);
  show(pairing, value);
}

function show(pairing, request) {
  const card = element("article");
  const title = element("h2", plain(request.method + " " + request.host));
  title.id = "t" + seen.size;
  card.setAttribute("aria-labelledby", title.id);
  const rows = rowsOf(request);
  card.append(element("p", plain(pairing.name), "soft"), title, listOf(rows.filter(([, , isTechnical]) => !isTechnical)));
  if (typeof request.body?.shown === "string") {
    const shown = element("pre", plain(request.body.shown));
    // To be scrolled with a keyboard.
    shown.tabIndex = 0;
    shown.setAttribute("role", "region");
    shown.setAttribute("aria-label", "Body");
    card.append(shown);
  }
  const details = element("details");
  details.append(element("summary", "Details"), listOf(rows.filter(([, , isTechnical]) => isTechnical)));
  card.append(details);
  const label = element("label", "How far an answer goes ");
  const scope = element("select");
  for (const [value, text] of [["once", "this request"], ["10m", "10 minutes"], ["run", "this run"], ["always", "for good, as a rule"]]) {
    const option = element("option", text);
    option.value = value;
    scope.append(option);
  }
  label.append(scope);
  const left = element("p", "", "soft");
  left.setAttribute("role", "timer");
  const state = element("p", "", "state");
  state.setAttribute("role", "status");
  const actions = element("div", undefined, "actions");
  const buttons = [["deny", "Deny"], ["allow", "Allow"]].map(([decision, text]) => {
    const button = element("button", text, decision);
    button.type = "button";
    button.disabled = true;
    button.addEventListener("click", () => answer(pairing, request, decision, scope.value));
    actions.append(button);
    return button;
  });
  card.append(label, left, actions, state);
  const tick = () => {
    const seconds = Math.ceil((request.expires - Date.now()) / 1000);
    left.textContent = seconds > 0 ? seconds + " seconds left" : "Its time is up, unless the clock of this phone is wrong";
    if (seconds < -SKEW / 1000) close(request.id, "Its time is up.");
  };
  tick();
  const timer = setInterval(tick, 1000);
  setTimeout(() => { if (cards.get(request.id)?.open) for (const button of buttons) button.disabled = false; }, PAUSE);
  cards.set(request.id, { card, buttons, scope, state, timer, open: true });
  // At the end: what is being read does not move.
  $("requests").append(card);
  if (document.hidden === false && cards.size === 1) title.scrollIntoView({ block: "nearest" });
  count();
}

function count() {
  const open = [...cards.values()].filter((each) => each.open).length;
  document.title = open ? "(" + open + ") authsome" : "authsome";
  $("none").hidden = cards.size > 0 || pairings.size === 0;
}
function close(id, text) {
  const shown = cards.get(id);
  if (!shown || !shown.open) return;
  end(shown, text);
  setTimeout(() => { shown.card.remove(); cards.delete(id); count(); }, 30000);
}
function end(shown, text) {
  shown.open = false;
  clearInterval(shown.timer);
  for (const each of [...shown.buttons, shown.scope]) each.disabled = true;
  shown.state.textContent = text;
  count();
}

async function answer(pairing, request, decision, scope) {
  const shown = cards.get(request.id);
  if (!shown?.open) return;
  for (const each of [...shown.buttons, shown.scope]) each.disabled = true;
  shown.state.textContent = "Sending";
  const { id, digest } = request;
  const sealed = await seal(pairing, { v: 1, kind: "answer", id, digest, decision, scope, at: Date.now() });
  const places = [config.server && config.server + "/" + pairing.answer, config.answers].filter(Boolean);
  const sent = await Promise.allSettled(places.map(async (place) => {
    const response = await fetch(place, { method: "POST", body: sealed, credentials: "omit", redirect: "error", cache: "no-store", referrerPolicy: "no-referrer" });
    if (!response.ok) throw new Error(String(response.status));
  }));
  if (!shown.open) return;
  if (sent.some(({ status }) => status === "fulfilled")) {
    return close(id, decision === "allow" ? "Sent: allow" : "Sent: deny");
  }
  shown.state.textContent = "Not sent: no server took it. Try again.";
  for (const each of [...shown.buttons, shown.scope]) each.disabled = false;
}

/** One stream for all pairings; lines are bounded, since the server is not trusted. */
async function follow() {
  streaming?.abort();
  if (!config.server || pairings.size === 0) return;
  const mine = streaming = new AbortController();
  const byTopic = new Map([...pairings.values()].map((each) => [each.request, each]));
  for (let wait = 1000; !mine.signal.aborted; wait = Math.min(wait * 2, 15000)) {
    const stop = new AbortController();
    let timer = setTimeout(() => stop.abort(), SILENCE);
    try {
      const response = await fetch(config.server + "/" + [...byTopic.keys()].join(",") + "/json?since=15m", {
        credentials: "omit", redirect: "error", cache: "no-store", referrerPolicy: "no-referrer", signal: AbortSignal.any([mine.signal, stop.signal]),
      });
      if (!response.ok) throw new Error(String(response.status));
      say("Connected to " + new URL(config.server).host, false, "state");
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let line = "";
      let size = 0;
      for (;;) {
        clearTimeout(timer);
        timer = setTimeout(() => stop.abort(), SILENCE);
        const { done, value } = await reader.read();
        if (done) break;
        size += value.length;
        const lines = (line + value).split("\\n");
        line = lines.pop();
        if (line.length > MAX_LINE || size > MAX_STREAM) throw new Error("too much");
        for (const each of lines) {
          if (!await take(byTopic, each)) continue;
          wait = 1000;
        }
      }
    } catch { /* It is opened again. */ }
    clearTimeout(timer);
    stop.abort();
    if (mine.signal.aborted) return;
    say("Not connected to " + new URL(config.server).host + ". Trying again.", true, "state");
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}
async function take(byTopic, line) {
  let message;
  try { message = JSON.parse(line); } catch { return false; }
  const pairing = message?.event === "message" && byTopic.get(message.topic);
  const value = pairing && await open(pairing, message.message);
  if (value) receive(pairing, value);
  return Boolean(value);
}

/** A request in a link, from a chat. */
async function takeLinked(sealed) {
  for (const pairing of pairings.values()) {
    const value = await open(pairing, sealed);
    if (value) return receive(pairing, value);
  }
  say("This link is for another phone, or it is damaged.", true);
}

/** What a code or a link says: pair=<key>&name=<name>. */
function readCode(text) {
  const found = new URLSearchParams(text.trim().replace(/^.*#/s, ""));
  const key = fromBase64Url(found.get("pair") ?? "");
  return key?.length === 32 ? { key, name: (found.get("name") || "authsome").slice(0, 80) } : undefined;
}
function offerPairing(code) {
  $("offer").hidden = false;
  $("offered").textContent = plain(code.name);
  $("pair").onclick = async () => {
    $("offer").hidden = true;
    if (pairings.size >= MAX_PAIRINGS) return say("This browser has so many pairings that no more are kept.", true);
    const root = await importRoot(code.key);
    code.key.fill(0);
    const pairing = await pairingOf(code.name, root);
    let kept = true;
    try {
      await store.run("readwrite", (all) => all.put({ id: pairing.request, name: code.name, root }));
    } catch {
      kept = false;
    }
    pairings.set(pairing.request, pairing);
    // The key stands in the address only where the browser keeps nothing.
    if (kept) clearAddress();
    list();
    say(kept ? "Paired." : "This browser keeps nothing: bookmark this page, with its whole address.", !kept);
    follow();
  };
}
function clearAddress() {
  try { history.replaceState(null, "", location.pathname + location.search); } catch { location.hash = ""; }
}
function list() {
  $("pairings").replaceChildren(...[...pairings.values()].map((pairing) => {
    const item = element("li");
    item.append(element("b", plain(pairing.name)));
    if (config.server) {
      item.append(" rings at the topic ", element("code", pairing.notice), " of " + new URL(config.server).host + " ");
    }
    const button = element("button", "Forget", "small");
    button.type = "button";
    button.setAttribute("aria-label", "Forget " + plain(pairing.name));
    button.addEventListener("click", async () => {
      pairings.delete(pairing.request);
      await store.run("readwrite", (all) => all.delete(pairing.request)).catch(() => {});
      list();
      follow();
    });
    item.append(button);
    return item;
  }));
  $("paired").hidden = pairings.size === 0;
  $("unpaired").hidden = pairings.size > 0;
  if (pairings.size === 0) $("another").open = true;
  count();
}

async function takeAddress() {
  const hash = location.hash.slice(1);
  if (hash.startsWith("m=")) {
    clearAddress();
    return await takeLinked(hash.slice(2));
  }
  if (!hash) return;
  const code = readCode(hash);
  if (code) offerPairing(code);
  else say("This link is damaged.", true);
}

async function start() {
  // Nobody presses through another page.
  if (top !== self) return say("This page works only by itself.", true);
  if (!globalThis.crypto?.subtle) return say("This browser offers no cryptography here: open the page by https, or as a file.", true);
  $("app").hidden = false;
  try {
    for (const { name, root } of await store.run("readonly", (all) => all.getAll())) {
      const pairing = await pairingOf(name, root);
      pairings.set(pairing.request, pairing);
    }
  } catch { /* It keeps nothing. */ }
  list();
  $("enter").addEventListener("click", () => {
    const code = readCode($("code").value);
    $("code").value = "";
    if (code) offerPairing(code);
    else say("This is no code of authsome approve pair.", true);
  });
  addEventListener("hashchange", takeAddress);
  await takeAddress();
  await follow();
}
start();
`;
