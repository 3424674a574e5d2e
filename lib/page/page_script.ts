/**
 * The script of the local page: it shows what happens while the page is open, and answers with one key. Every page can be
 * read, and everything done, without it.
 *
 * @module
 */

/**
 * What the server sends is HTML that it has escaped itself; the policy of the page runs no script in it. Elements with an
 * `id` are those of `views/`.
 */
export const PAGE_SCRIPT = `
const $ = (id) => document.getElementById(id);
const { events, ended } = document.documentElement.dataset;
const MOST_ROWS = 10000;
const PAUSE_BEFORE_KEY = 700;
const SIGN_OF_LIFE = 300000;

function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

// Where a person works in a list, it is not taken from under their hands.
function replace(element, html) {
  const { activeElement } = document;
  const id = element.contains(activeElement) ? activeElement.closest("[id]")?.id : undefined;
  const name = activeElement?.getAttribute?.("value");
  const open = [...element.querySelectorAll("details[open][id]")].map((each) => each.id);
  element.replaceChildren(fragment(html));
  for (const each of open) $(each)?.setAttribute("open", "");
  if (id === undefined || !$(id)) return;
  const again = name ? $(id).querySelector('[value="' + CSS.escape(name) + '"]') : undefined;
  (again ?? $(id)).focus({ preventScroll: true });
}

const handlers = {
  row({ html }) {
    const rows = $("rows");
    if (!rows) return;
    rows.prepend(fragment(html));
    while (rows.rows.length > MOST_ROWS) rows.deleteRow(-1);
    if ($("none")) $("none").hidden = true;
  },
  part({ id, html }) {
    const element = $(id);
    if (element && element.innerHTML !== html) replace(element, html);
    if (id === "approvals") noteShown();
  },
  count({ count, said }) {
    const badge = $("waiting");
    if (!badge) return;
    badge.hidden = count === 0;
    badge.textContent = count;
    document.title = document.title.replace(/^(\\(\\d+\\) )?/, count ? "(" + count + ") " : "");
    if (said && $("spoken")) $("spoken").textContent = said;
  },
  notice({ html }) {
    $("notices").prepend(fragment(html));
  },
  ended() {
    over();
  },
};

function over() {
  stream?.close();
  stream = undefined;
  if ($("over")) $("over").hidden = false;
}

let stream;
if (events) {
  stream = new EventSource(events);
  for (const [name, handle] of Object.entries(handlers)) {
    stream.addEventListener(name, (event) => handle(JSON.parse(event.data)));
  }
  let failures = 0;
  stream.onopen = () => { failures = 0; };
  stream.onerror = () => { if (++failures > 3 || stream?.readyState === 2) over(); };
}

// Whoever types or points is there; the page ends by itself when nobody is.
let lastSign = Date.now();
for (const kind of ["keydown", "pointerdown"]) {
  addEventListener(kind, () => {
    if (Date.now() - lastSign < SIGN_OF_LIFE) return;
    lastSign = Date.now();
    fetch("/alive", { cache: "no-store" }).catch(() => {});
  });
}

// A key that was meant for something else must not answer what has just appeared.
const shown = new Map();
function noteShown() {
  const list = $("approvals");
  if (!list) return;
  for (const each of list.querySelectorAll("form[data-approval]")) {
    if (!shown.has(each.dataset.approval)) shown.set(each.dataset.approval, Date.now());
  }
}
noteShown();
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input, select, textarea")) return;
  const key = event.key.toLowerCase();
  if (key === "/" && $("search")) {
    event.preventDefault();
    $("search").focus();
    return;
  }
  if (key !== "y" && key !== "n") return;
  const list = $("approvals");
  const card = event.target.closest("form[data-approval]") ?? list?.querySelector("form[data-approval]");
  if (!card || Date.now() - (shown.get(card.dataset.approval) ?? Date.now()) < PAUSE_BEFORE_KEY) return;
  event.preventDefault();
  card.requestSubmit(card.querySelector(key === "y" ? "button[value=allow]" : "button[value=deny]"));
});

const search = $("search");
search?.addEventListener("input", () => {
  const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let found = 0;
  for (const each of document.querySelectorAll("[data-words]")) {
    each.hidden = !words.every((word) => each.dataset.words.includes(word));
    if (!each.hidden) found++;
  }
  if ($("found")) $("found").textContent = found + (found === 1 ? " provider" : " providers");
});
`;
