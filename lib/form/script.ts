/**
 * The script of the login pages. It copies and shows, counts down, and asks the server whether the login is still there,
 * so that nobody types into a page that nobody reads any more. Every page works without it.
 *
 * @module
 */

/** Elements with an `id` are those of `frame.ts` and `fields.ts`; `/wait` is answered by `app.ts`. */
export const SCRIPT = `
const { path, turn, left } = document.documentElement.dataset;
const $ = (id) => document.getElementById(id);
if (path) history.replaceState(null, "", path);

async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.dataset.text ?? element.value ?? element.textContent);
  } catch {
    if (element.select) element.select();
    else getSelection().selectAllChildren(element);
    document.execCommand("copy");
  }
}
for (const button of document.querySelectorAll("button[data-for]")) {
  const element = $(button.dataset.for);
  button.hidden = false;
  button.addEventListener("click", async () => {
    if (button.dataset.act === "show") {
      const show = element.type === "password";
      element.type = show ? "text" : "password";
      button.textContent = show ? "Hide" : "Show";
      button.setAttribute("aria-pressed", String(show));
      return;
    }
    await copy(element);
    button.textContent = "Copied";
    // Its own name stays what it does.
    if ($("spoken")) $("spoken").textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}

const form = document.forms[0];
let over = false;
let sent = false;
form?.addEventListener("submit", (event) => {
  if (over || sent) event.preventDefault();
  sent = true;
});

addEventListener("pageshow", () => { sent = false; });

function typed() {
  return [...form.querySelectorAll("input:not([type=hidden]), textarea")].some((each) => each.value !== each.defaultValue);
}

function finish(why, kept) {
  if (over || sent) return;
  over = true;
  if (!form) return;
  $("why").textContent = why;
  $("kept").textContent = kept ?? "";
  $("unsent").hidden = !typed();
  for (const button of form.querySelectorAll("button[name=act]")) button.disabled = true;
  $("ended").hidden = false;
  $("ended").focus();
  document.title = "Login ended · authsome";
  const time = document.querySelector(".time");
  if (time) time.hidden = true;
}

let end = left === undefined ? undefined : Date.now() + Number(left);
const told = new Set();
function tick() {
  const seconds = Math.max(0, Math.ceil((end - Date.now()) / 1000));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  $("left").textContent = " (" + (hours ? hours + ":" + two(minutes) : minutes) + ":" + two(seconds % 60) + " left)";
  for (const limit of [300, 60]) {
    if (seconds > limit || seconds === 0 || told.has(limit)) continue;
    if (seconds > limit - 5) $("spoken").textContent = limit / 60 + (limit === 60 ? " minute left" : " minutes left");
    told.add(limit);
  }
  if (seconds === 0) finish("The time for this login is up.");
}
if (end !== undefined && $("left")) {
  $("until").textContent = new Date(end).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  tick();
  const timer = setInterval(() => over ? clearInterval(timer) : tick(), 1000);
}

async function watch() {
  while (!over && !sent) {
    let news;
    try {
      const answer = await fetch(path + "/wait?turn=" + turn, { cache: "no-store", redirect: "error" });
      if (!answer.ok) return;
      news = await answer.json();
    } catch {
      // Leaving the page ends the request too.
      await new Promise((resolve) => setTimeout(resolve, 500));
      return finish("authsome is not waiting for this page any more.");
    }
    if (news.left !== undefined && end !== undefined) end = Date.now() + news.left;
    if (String(news.turn) === turn) continue;
    if (!form || !news.ended && !typed()) return location.replace(path + "/next");
    return finish(news.ended?.message ?? "This question was answered in another window.", news.ended?.kept);
  }
}
if (path && turn) watch();
`;
