// The model's suggestion for the text that is shown: hidden until it is asked for, since it sways.

import { byId, make, named, visible } from "./dom.js";
import { server } from "./server.js";

export class Suggestion {
  // words shows suggested marks, shown hears whether anything is.
  constructor({ words, shown }) {
    this.words = words;
    this.shown = shown;
    this.box = byId("suggestion");
    this.document = ""; // the ID of the one it is for
  }

  hide() {
    this.document = "";
    this.box.hidden = true;
    this.words.hint([]);
    this.shown(false);
  }

  // toggle asks for the suggestion, or hides it.
  async toggle(item, spans) {
    if (this.document === item.id) {
      this.hide();
      return;
    }
    this.document = item.id;
    this.box.textContent = "Asking the model …";
    this.box.hidden = false;
    this.shown(true);
    let said;
    try {
      const suggestion = await server.suggestion(item.id);
      if (this.document !== item.id) return; // it comes too late
      if (!suggestion) said = ["There is no suggestion yet: no model has been trained."];
      else said = spans ? this.ofSpans(suggestion.spans) : this.ofClass(suggestion);
    } catch (failure) {
      if (this.document !== item.id) return;
      said = [`There is no suggestion: ${visible(failure.message)}.`];
    }
    this.box.replaceChildren(...said);
  }

  ofClass({ class: name, probability }) {
    const sure = probability > 0 ? ` (${Math.round(100 * probability)} %)` : "";
    return ["The model suggests ", make("bdi", {}, make("strong", {}, visible(name))), sure];
  }

  ofSpans(spans) {
    if (spans.length === 0) return ["The model suggests no marks."];
    this.words.hint(spans);
    const take = make("button", { type: "button" }, "Take these marks");
    take.addEventListener("click", () => {
      this.words.set(spans);
      this.hide();
    });
    const list = spans.flatMap((span, i) => [
      i > 0 ? ", " : "", make("bdi", {}, make("strong", {}, this.words.textOf(span))), " ", named(span.type),
    ]);
    return ["The model suggests ", ...list, " ", take];
  }
}
