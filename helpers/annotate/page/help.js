// What the keys do.

import { byId, make } from "./dom.js";

const both = [
  [["s"], "skip: it is not to be labeled"], [["d"], "don’t know"], [["u"], ["Ctrl", "Z"], "undo"],
  [["f"], "flag, to be looked at again"], [["n"], "note"], [["h"], "the model’s suggestion"],
  [["c"], "give a class another name, or merge it into another"],
  [["t"], "texts that are nearly the same, and what was said about them"],
];
const forText = [
  [["1–9"], "the class with that number, and on to the next text"],
  [["/"], ["0"], "find a class by typing; Enter takes the first, Ctrl+Enter adds a new one"],
  ...both,
  [["←"], ["→"], "previous and next text; so do Page Up and Page Down"],
  [["Enter"], "of a text to look at again: keep what was said"],
  [["↑"], ["↓"], "scroll a long text; so does Space"],
];
const forWords = [
  [["←"], ["→"], ["↑"], ["↓"], "move the word cursor; with Shift the selection grows"],
  [["1–9"], "mark what is selected with the type of that number, or choose the type that the mouse marks with"],
  [["⌫"], "remove the mark"], [["Enter"], "done: save the marks, or that there are none, and on to the next text"],
  [["/"], ["0"], "find a type by typing; Enter takes the first, Ctrl+Enter adds a new one"],
  ...both,
  [["Esc"], "select nothing"],
  [["Page Up"], ["Page Down"], "previous and next text"],
];

// showHelp opens the help.
export function showHelp(spans) {
  const rows = (spans ? forWords : forText).map((row) => {
    const keys = row.slice(0, -1).map((keys) => make("span", {}, ...keys.flatMap(
      (key, i) => (i > 0 ? ["+", make("kbd", {}, key)] : [make("kbd", {}, key)]))));
    return make("tr", {}, make("td", {}, ...keys), make("td", {}, row[row.length - 1]));
  });
  byId("keys").replaceChildren(...rows);
  byId("help-more").textContent =
    (spans ? "By mouse: choose a type, then drag over words, or double-click one; or select first and choose then. " : "") +
    "A judgment is on the disk when “Saved” stands at the top. Until then the page keeps it and sends it again.";
  byId("help-dialog").showModal();
}

byId("help-close").addEventListener("click", () => byId("help-dialog").close());
