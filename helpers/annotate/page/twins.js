// Texts that are nearly the same as the one that is shown, and what was said about them: hidden until it is asked for, since it
// sways.

import { byId, make, visible } from "./dom.js";
import { server } from "./server.js";

export class Twins {
  // shown hears whether anything is.
  constructor({ shown }) {
    this.shown = shown;
    this.box = byId("twins");
    this.document = ""; // the ID of the one they are for
  }

  hide() {
    this.document = "";
    this.box.hidden = true;
    this.shown(false);
  }

  // toggle asks for them, or hides them.
  async toggle(item) {
    if (this.document === item.id) {
      this.hide();
      return;
    }
    this.document = item.id;
    this.box.textContent = "Looking for texts that are nearly the same …";
    this.box.hidden = false;
    this.shown(true);
    let said;
    try {
      const judgments = await server.twins(item.id);
      if (this.document !== item.id) return; // it comes too late
      said = sentence(judgments);
    } catch (failure) {
      if (this.document !== item.id) return;
      said = [`Texts that are nearly the same can’t be looked for: ${visible(failure.message)}.`];
    }
    this.box.replaceChildren(...said);
  }
}

function sentence(judgments) {
  if (judgments.length === 0) return ["No other text is nearly the same."];
  const counted = new Map();
  for (const judgment of judgments) {
    const said = sayOf(judgment);
    counted.set(said, (counted.get(said) ?? 0) + 1);
  }
  const list = [...counted].sort(([, a], [, b]) => b - a).flatMap(([said, n], i) => [
    i > 0 ? ", " : "", `${n} `, make("bdi", {}, make("strong", {}, said)),
  ]);
  const texts = judgments.length === 1 ? "1 other text is" : `${judgments.length} other texts are`;
  return [`${texts} nearly the same: `, ...list, "."];
}

function sayOf(judgment) {
  if (!judgment) return "not judged";
  if (judgment.verdict === "skip") return "skipped";
  if (judgment.verdict === "unsure") return "don’t know";
  if (judgment.class !== "") return visible(judgment.class);
  const marks = judgment.spans.map((span) => visible(span.type));
  return marks.length > 0 ? `marked ${marks.join(" ")}` : "without marks";
}
