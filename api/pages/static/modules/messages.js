// Dialogs that ask before a change, and messages that say what became of it, with a way back where there is one.
import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { plain } from "./words.js";

const SHOWN_MS = 8_000;
let place = null;

/** A message at the corner of the page. `undo`: {label, act}. */
export function tell(words, { undo, isWrong = false } = {}) {
  place ??= document.body.appendChild(Object.assign(document.createElement("div"), { className: "messages" }));
  place.setAttribute("aria-live", "polite");
  const message = place.appendChild(document.createElement("div"));
  message.setAttribute("role", isWrong ? "alert" : "status");
  const close = () => message.remove();
  const act = () => {
    close();
    undo.act();
  };
  render(html`<span>${typeof words === "string" ? plain(words) : words}</span>
    ${undo ? html`<button class="plain" type="button" @click=${act}>${undo.label}</button>`
      : html`<button class="plain" type="button" aria-label="Close this message" @click=${close}>×</button>`}`, message);
  setTimeout(close, isWrong ? 2 * SHOWN_MS : SHOWN_MS);
}

/** Does it, and says what went wrong if something did. Returns whether it was done. */
export async function attempt(act, done, options) {
  try {
    const found = await act();
    if (done) tell(typeof done === "function" ? done(found) : done, options);
    return true;
  } catch (problem) {
    tell(problem.message, { isWrong: true });
    return false;
  }
}

/**
 * Asks in a dialog: resolves to the form's values, or null. `fields` is a template with named inputs. `check` may throw an
 * Error whose words are shown, and the dialog stays as it was; what it returns, or promises, is the result.
 */
export function inquire({ title, words = nothing, fields = nothing, act = "Yes", isDangerous = false, check = (values) => values }) {
  const dialog = document.body.appendChild(document.createElement("dialog"));
  dialog.setAttribute("aria-labelledby", "asked");
  return new Promise((resolve) => {
    let result = null, isBusy = false;
    const draw = (wrong = "") => render(html`
      <form method="dialog" @submit=${submit} @keydown=${(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.currentTarget.requestSubmit()}>
        <h2 id="asked">${title}</h2>
        ${words === nothing ? nothing : html`<p>${words}</p>`}
        ${fields}
        ${wrong ? html`<p role="alert">${plain(wrong)}</p>` : nothing}
        <div class="buttons">
          <button class="quiet" type="button" @click=${() => dialog.close()}>Back</button>
          <button class=${isDangerous ? "danger" : ""} type="submit">${act}</button>
        </div>
      </form>`, dialog);
    async function submit(event) {
      event.preventDefault();
      if (isBusy) return;
      isBusy = true;
      try {
        result = await check(Object.fromEntries(new FormData(event.target)));
        dialog.close();
      } catch (error) {
        draw(error.message);
      }
      isBusy = false;
    }
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(result);
    });
    draw();
    dialog.showModal();
  });
}
