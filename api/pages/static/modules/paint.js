// Draws a template into a place of the page, in place of what the server had put there until the data came.
import { render } from "../vendor/lit-html/lit-html.js";

/** A function that draws a template into the element. */
export function painter(place) {
  let hasBegun = false;
  return (template) => {
    if (!hasBegun) place.replaceChildren();
    hasBegun = true;
    place.removeAttribute("aria-busy");
    render(template, place);
  };
}
