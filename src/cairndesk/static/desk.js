// The desk's keyboard. Every control that has a key says so in aria-keyshortcuts, so this file knows no page; without it all works by hand.
const OFF = "keys-off";
const TYPING = "input:not([type=radio],[type=checkbox]),textarea,select,[contenteditable]";
const MOVES = [["j", "Next row"], ["k", "Row before"], ["o", "Open the row"], ["?", "Show or hide this map; held: keys on the controls"], ["Esc", "Close this map"]];

const isOn = () => localStorage.getItem(OFF) === null;
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

function map() {
  const open = document.querySelector("dialog.keys");
  if (open) { open.close(); return; }
  const dialog = document.createElement("dialog");
  dialog.className = "keys";
  dialog.setAttribute("aria-label", "Keys of this page");
  const list = document.createElement("dl");
  list.className = "facts";
  const here = [...document.querySelectorAll("[aria-keyshortcuts]")].map((control) => [control.getAttribute("aria-keyshortcuts"), nameOf(control)]);
  for (const [key, name] of [...MOVES, ...here]) {
    const term = document.createElement("dt");
    const shown = document.createElement("kbd");
    shown.textContent = key;
    term.append(shown);
    const said = document.createElement("dd");
    said.textContent = name;
    list.append(term, said);
  }
  const heading = document.createElement("h2");
  heading.textContent = "Keys of this page";
  const off = document.createElement("button");
  off.textContent = "Switch single keys off on this computer";
  off.addEventListener("click", () => { localStorage.setItem(OFF, "1"); dialog.close(); offerOn(); });
  dialog.append(heading, list, off);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function offerOn() {
  const on = document.createElement("button");
  on.className = "second";
  on.textContent = "Switch keys on";
  on.addEventListener("click", () => { localStorage.removeItem(OFF); on.remove(); });
  document.querySelector("header.bar")?.append(on);
}

document.addEventListener("keydown", (event) => {
  if (!isOn() || event.ctrlKey || event.metaKey || event.altKey || event.target.closest(TYPING)) return;
  if (event.key === "?") { if (!event.repeat) map(); document.body.classList.add("hints"); return; }
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "j" || event.key === "k") { step(event.key === "j" ? 1 : -1); event.preventDefault(); return; }
  if (event.key === "o" && document.activeElement?.matches(".rows a")) { document.activeElement.click(); return; }
  const control = document.querySelector(`[aria-keyshortcuts="${CSS.escape(event.key)}"]`);
  if (control) { event.preventDefault(); use(control); }
});
document.addEventListener("keyup", () => document.body.classList.remove("hints"));

// The clock of the undo bar, and the bar's end.
for (const clock of document.querySelectorAll("[data-until]")) {
  const until = Date.parse(clock.dateTime);
  const tick = setInterval(() => {
    const rest = Math.ceil((until - Date.now()) / 1000);
    if (rest <= 0) { clearInterval(tick); clock.closest(".undo")?.remove(); } else clock.textContent = `${rest} s left`;
  }, 1000);
}
if (!isOn()) offerOn();
