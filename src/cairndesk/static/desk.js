// The desk's keyboard. Every control that has a key says so in aria-keyshortcuts, so this file knows no page; without it all works by hand.
const OFF = "keys-off";
const OWN = "keys-own";
const TYPING = "input:not([type=radio],[type=checkbox]),textarea,select,[contenteditable]";
const MOVES = [["j", "Next row"], ["k", "Row before"], ["o", "Open the row"], ["?", "Show or hide this map; held: keys on the controls"], ["Esc", "Close this map"]];

const isOn = () => localStorage.getItem(OFF) === null;

// Own keys, {shipped: own}. Two keys change places, never one alone, so on no page two controls come to share a key.
function own() {
  try { return JSON.parse(localStorage.getItem(OWN)) ?? {}; } catch { return {}; }
}
const keyFor = (shipped) => own()[shipped] ?? shipped;
const shippedOf = (control) => control.dataset.key ?? control.getAttribute("aria-keyshortcuts");

function draw() {
  for (const control of document.querySelectorAll("[aria-keyshortcuts]")) {
    control.dataset.key = shippedOf(control);
    control.setAttribute("aria-keyshortcuts", keyFor(control.dataset.key));
  }
}

function change(shipped, key) {
  const keys = own();
  const other = Object.keys(keys).find((one) => keys[one] === key) ?? key;
  keys[other] = keys[shipped] ?? shipped;
  keys[shipped] = key;
  for (const one of [other, shipped]) if (keys[one] === one) delete keys[one];
  localStorage.setItem(OWN, JSON.stringify(keys));
  draw();
}
const rows = () => [...document.querySelectorAll(".rows a")];

function step(by) {
  const all = rows();
  const here = all.indexOf(document.activeElement);
  const start = here < 0 ? all.findIndex((row) => row.hasAttribute("aria-current")) : here;
  all[Math.min(Math.max(start + by, 0), all.length - 1)]?.focus();
}

function nameOf(control) {
  const label = control.labels?.[0] ?? control;
  return (control.getAttribute("aria-label") ?? label.querySelector("b")?.textContent ?? label.textContent).trim();
}

function use(control) {
  if (control.matches(TYPING)) control.focus();
  else { control.focus(); control.click(); }
}

function button(words, act) {
  const made = document.createElement("button");
  made.className = "second";
  made.textContent = words;
  made.addEventListener("click", act);
  return made;
}

// One line of the map: the key is a button that takes the next key pressed in its place.
function line(shipped, name, again) {
  const term = document.createElement("dt");
  const said = document.createElement("dd");
  said.textContent = name;
  if (shipped === "Esc") { const fixed = document.createElement("kbd"); fixed.textContent = shipped; term.append(fixed); return [term, said]; }
  const key = button(keyFor(shipped), () => { key.textContent = "Press the new key"; key.dataset.waits = shipped; });
  key.setAttribute("aria-label", `${keyFor(shipped)}: change the key for ${name}`);
  key.addEventListener("keydown", (event) => {
    if (!key.dataset.waits || ["Shift", "Tab"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    delete key.dataset.waits;
    // A single sign only: Enter, Escape and the arrows keep what they do everywhere.
    if ([...event.key].length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey) change(shipped, event.key);
    again(shipped);
  });
  key.addEventListener("blur", () => { if (key.dataset.waits) again(); });
  key.dataset.line = shipped;
  term.append(key);
  return [term, said];
}

function map() {
  const open = document.querySelector("dialog.keys[open]");
  if (open) { open.close(); return; }
  const dialog = document.createElement("dialog");
  dialog.className = "keys";
  dialog.setAttribute("aria-label", "Keys of this page");
  const heading = document.createElement("h2");
  heading.textContent = "Keys of this page";
  const help = document.createElement("p");
  help.className = "quiet";
  help.textContent = "To have another key: choose the old one, then press the new one. What had it before gets yours. Kept on this computer.";
  const list = document.createElement("dl");
  list.className = "facts";
  const fill = (focus) => {
    const here = [...document.querySelectorAll("[aria-keyshortcuts]")].map((control) => [shippedOf(control), nameOf(control)]);
    list.replaceChildren(...[...MOVES, ...here].flatMap(([key, name]) => line(key, name, fill)));
    if (focus) list.querySelector(`[data-line="${CSS.escape(focus)}"]`)?.focus();
  };
  fill();
  const off = button("Switch single keys off on this computer", () => { localStorage.setItem(OFF, "1"); dialog.close(); offerOn(); });
  const reset = button("All keys as they came", () => { localStorage.removeItem(OWN); draw(); fill(); });
  const foot = document.createElement("p");
  foot.className = "buttons";
  foot.append(off, reset);
  dialog.append(heading, help, list, foot);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function offerOn() {
  const on = button("Switch keys on", () => { localStorage.removeItem(OFF); on.remove(); });
  document.querySelector("header.bar")?.append(on);
}

document.addEventListener("keydown", (event) => {
  if (!isOn() || event.ctrlKey || event.metaKey || event.altKey || event.target.closest(TYPING)) return;
  if (event.key === keyFor("?")) { if (!event.repeat) map(); document.body.classList.add("hints"); return; }
  if (document.querySelector("dialog[open]")) return;
  for (const [key, by] of [["j", 1], ["k", -1]]) if (event.key === keyFor(key)) { step(by); event.preventDefault(); return; }
  // Whoever holds a key down on one page has not pressed it on the next.
  if (event.key === keyFor("o") && document.activeElement?.matches(".rows a")) { if (!event.repeat) document.activeElement.click(); return; }
  const control = document.querySelector(`[aria-keyshortcuts="${CSS.escape(event.key)}"]`);
  if (control) { event.preventDefault(); if (!event.repeat) use(control); }
});
document.addEventListener("keyup", () => document.body.classList.remove("hints"));

// The clock of the undo bar, and the bar's end. By the seconds that were left: the clock of this machine may be wrong.
for (const clock of document.querySelectorAll("[data-left]")) {
  const until = performance.now() + clock.dataset.left * 1000;
  const tick = setInterval(() => {
    const rest = Math.ceil((until - performance.now()) / 1000);
    if (rest <= 0) { clearInterval(tick); clock.closest(".undo")?.remove(); } else clock.textContent = `${rest} s left`;
  }, 1000);
}

// On a phone the ways to other pages do not fill the first screen: they are one tap away. Without this script they stay open.
if (matchMedia("(max-width:640px)").matches) for (const part of document.querySelectorAll(".rail details")) part.open = false;

// What burns is shown on a page that stays open, too: nothing else of it changes, and what somebody typed stays.
if (document.body.dataset.burning) {
  const ask = setInterval(async () => {
    const answer = await fetch(document.body.dataset.burning).catch(() => null);
    if (answer?.redirected || answer?.status === 403) clearInterval(ask);
    if (!answer?.ok || answer.redirected) return;
    const made = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".band");
    const band = document.querySelector(".band");
    if (band?.contains(document.activeElement)) return;
    if (!made) band?.remove();
    else if (band) band.replaceChildren(...made.childNodes);
    else { made.setAttribute("role", "alert"); document.querySelector(".skip").after(document.importNode(made, true)); }
    draw();
  }, 5000);
}

// A clear view is there while its button is held, and ends with it, with the page's loss of focus, and after seconds at the latest.
for (const form of document.querySelectorAll("form[data-hold]")) {
  const button = form.querySelector("button");
  const place = document.getElementById(form.dataset.hold);
  let held = null;
  const end = () => {
    if (!held) return;
    clearTimeout(held.timer);
    held = null;
    place.replaceChildren();
    fetch(form.dataset.end, { method: "POST", body: new FormData(form), keepalive: true });
  };
  const begin = async () => {
    if (held || !form.reportValidity()) return;
    const mine = {};
    held = mine;
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const picture = page.querySelector("figure img");
    if (held !== mine) return;
    // A refusal says why on a page of its own.
    if (!picture) { held = null; document.querySelector("main").replaceWith(document.importNode(page.querySelector("main"), true)); return; }
    place.replaceChildren(document.importNode(picture));
    mine.timer = setTimeout(end, 1000 * form.dataset.seconds);
  };
  form.addEventListener("submit", (event) => event.preventDefault());
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  button.addEventListener("pointerdown", begin);
  for (const gone of ["pointerup", "pointerleave", "pointercancel", "blur"]) button.addEventListener(gone, end);
  button.addEventListener("keydown", (event) => { if ((event.key === " " || event.key === "Enter") && !event.repeat) { event.preventDefault(); begin(); } });
  button.addEventListener("keyup", end);
  for (const gone of ["blur", "pagehide"]) addEventListener(gone, end);
  document.addEventListener("visibilitychange", end);
}
if (!isOn()) offerOn();
draw();
