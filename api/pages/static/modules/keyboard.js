// Keys of all pages: / searches, j and k walk through rows, Enter opens one, g and a letter goes, ? shows all, Ctrl-K asks where to.
import { html, render } from "../vendor/lit-html/lit-html.js";

const LETTERS = { "/": "o", "/batches": "t", "/flower/": "l" }; // where the first letter is another's
const PLACES = [...document.querySelectorAll(".places a")].map((link) => {
  const path = link.getAttribute("href");
  return { name: link.textContent, path, letter: LETTERS[path] || path[1] };
});
const own = []; // of this page: {key, name, act}
// On phones the places are a row that is wider than the window.
document.querySelector(".places a[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
let waitsForPlace = false, timer = 0;

/** Adds a key of this page; it stands in the palette and the help, too. `act` may return false: "not now". */
export function addKey(key, name, act) {
  own.push({ key, name, act });
}

const isTyping = (target) => target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);

addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "k") {
    event.preventDefault();
    return openPalette();
  }
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (isTyping(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (waitsForPlace) {
    waitsForPlace = false;
    const place = PLACES.find((one) => one.letter === event.key);
    if (place) location.assign(place.path);
    return;
  }
  const does = { "/": search, "?": openHelp, j: () => walk(1), k: () => walk(-1), g: begin, Enter: openRow }[event.key];
  const fits = does ? [does] : own.filter((one) => one.key === event.key).map((one) => one.act); // the first that fits now
  if (fits.some((act) => act(event) !== false)) event.preventDefault();
});

// A tab of a row that is wider than the screen: browsers leave it as it is when a small part of it is in sight.
addEventListener("focusin", ({ target }) => target.closest(".tabs, .places") && target.scrollIntoView({ block: "nearest", inline: "nearest" }));

function search() {
  document.getElementById("search").focus();
}

function begin() {
  waitsForPlace = true;
  clearTimeout(timer);
  timer = setTimeout(() => (waitsForPlace = false), 1_500);
}

/** The row that was chosen, if any: it has `aria-selected`. */
export const chosenRow = () => document.querySelector("[data-row][aria-selected='true']");

function walk(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (!rows.length) return false;
  const at = rows.indexOf(chosenRow());
  const next = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + step))];
  chosenRow()?.removeAttribute("aria-selected");
  next.setAttribute("aria-selected", "true");
  next.scrollIntoView({ block: "nearest" });
  (next.querySelector("a") || next).focus({ preventScroll: true });
}

function openRow(event) {
  if (event.target.closest?.("a, button, summary")) return false;
  const link = chosenRow()?.querySelector("a");
  if (!link) return false;
  link.click();
}

function choices() {
  const does = own.map(({ name, key, act }) => ({ name, key, act }));
  const goes = PLACES.map((place) => ({ name: `Go to ${place.name}`, key: `g ${place.letter}`, act: () => location.assign(place.path) }));
  return [...does, ...goes, { name: "Search jobs", key: "/", act: search }, { name: "Show the keys", key: "?", act: openHelp }];
}

function openDialog(draw) {
  const dialog = document.body.appendChild(document.createElement("dialog"));
  dialog.addEventListener("close", () => dialog.remove());
  draw(dialog);
  dialog.showModal();
}

function openHelp() {
  openDialog((dialog) => {
    dialog.setAttribute("aria-labelledby", "keys");
    render(html`<form method="dialog"><h2 id="keys">Keys</h2>
      <dl class="pairs">
        <dt><kbd>Ctrl</kbd> <kbd>K</kbd></dt><dd>Everything, to choose from</dd>
        <dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>Next and previous row</dd>
        <dt><kbd>Enter</kbd></dt><dd>Open the row</dd>
        <dt><kbd>Ctrl</kbd> <kbd>Enter</kbd></dt><dd>Do what a dialog asks about</dd>
        ${choices().map((one) => html`<dt>${one.key.split(" ").map((key) => html`<kbd>${key}</kbd> `)}</dt><dd>${one.name}</dd>`)}
      </dl>
      <div class="buttons"><button autofocus>Close</button></div></form>`, dialog);
  });
}

function openPalette() {
  if (document.querySelector("dialog[open]")) return;
  openDialog((dialog) => {
    let said = "", at = 0;
    const fitting = () => choices().filter((one) => one.name.toLowerCase().includes(said.toLowerCase()));
    const run = (one) => {
      dialog.close();
      if (one) one.act();
      else if (said.trim()) location.assign(`/jobs?q=${encodeURIComponent(said.trim())}`);
    };
    const keydown = (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) at = Math.max(0, Math.min(fitting().length - 1, at + step));
      else if (event.key === "Enter") return event.preventDefault(), run(fitting()[at]);
      else return;
      event.preventDefault();
      draw();
    };
    const input = (event) => {
      said = event.target.value;
      at = 0;
      draw();
    };
    dialog.setAttribute("aria-label", "Commands");
    const draw = () => render(html`
      <label for="command">What do you want to do?</label>
      <input id="command" role="combobox" aria-expanded="true" aria-controls="choices" autocomplete="off"
        aria-activedescendant=${fitting().length ? `choice-${at}` : ""} @input=${input} @keydown=${keydown} autofocus>
      <ul class="choices" id="choices" role="listbox" aria-label="Commands">
        ${fitting().map((one, place) => html`<li id="choice-${place}" role="option" aria-selected=${place === at}
          @click=${() => run(one)}><span>${one.name}</span><span>${one.key.split(" ").map((key) => html`<kbd>${key}</kbd> `)}</span></li>`)}
        ${fitting().length ? "" : html`<li role="option" aria-selected="true" @click=${() => run()}>Search jobs for “${said}”</li>`}
      </ul>`, dialog);
    draw();
  });
}
