// The classes, or types of spans, as buttons: nine with a key, all of them found by typing.

import { byId, make, named, visible } from "./dom.js";

const mostShown = 60;
const manyClasses = 9; // from more on, the field to type in is always there

// plain is what a name is searched by: no case, no accents.
const plain = (name) => name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

export class Choices {
  // choose hears which class was chosen, add which is to be added, leave when the search is left.
  constructor({ choose, add, leave }) {
    this.box = byId("choices");
    this.input = byId("search");
    this.found = byId("found");
    this.choose = choose;
    this.add = add;
    this.leave = leave;
    this.classes = [];
    this.pressed = "";
    this.enabled = true;
    this.first = 0; // which of the matches Enter takes
    this.input.addEventListener("input", () => {
      this.first = 0;
      this.show();
    });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button || event.detail > 1) return; // the second click of a double one would be meant for the next text
      if (button.dataset.add) this.addTyped();
      else this.take(this.shown[Number(button.dataset.index)]);
    });
  }

  set(classes) {
    this.classes = classes;
    byId("choosing").classList.toggle("many", classes.length > manyClasses || classes.length === 0);
    this.show();
  }

  // press shows which class the text has, or which type the mouse marks with.
  press(name) {
    const other = this.pressed !== name;
    this.pressed = name;
    for (const button of this.box.querySelectorAll("button[data-index]")) {
      const is = this.shown[Number(button.dataset.index)].name === name;
      button.setAttribute("aria-pressed", String(is));
      if (is && other) button.scrollIntoView({ block: "nearest" });
    }
  }

  // enable tells whether there is something to choose a class for.
  enable(is) {
    this.enabled = is;
    for (const button of this.box.querySelectorAll("button[data-index]")) button.disabled = !is;
  }

  // byKey returns the class of a digit, if there is one.
  byKey(digit) {
    return this.classes[digit - 1];
  }

  search() {
    byId("choosing").classList.add("searching");
    this.input.focus();
    this.input.select();
  }

  // end leaves the search.
  end() {
    byId("choosing").classList.remove("searching");
    if (this.input.value !== "") {
      this.input.value = "";
      this.first = 0;
      this.show();
    }
    this.leave();
  }

  take(chosen) {
    if (!chosen) return;
    this.end();
    this.choose(chosen);
  }

  addTyped() {
    const name = this.input.value.trim();
    if (name === "" || this.classes.some((c) => c.name === name)) return;
    this.end();
    this.add(name);
  }

  key(event) {
    event.stopPropagation();
    if (event.isComposing) return;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") {
      event.preventDefault();
      this.end();
    } else if (event.key === "Enter" && !event.repeat) {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) this.addTyped();
      else if (this.input.value.trim() !== "") this.take(this.shown[this.first]);
    } else if (move && this.shown.length > 0) {
      event.preventDefault();
      this.first = (this.first + move + this.shown.length) % this.shown.length;
      this.show();
      this.box.querySelector(".first")?.scrollIntoView({ block: "nearest" });
    }
  }

  // show shows the classes that match what is typed, those that begin with it first.
  show() {
    const typed = this.input.value.trim();
    const wanted = plain(typed);
    const matches = this.classes.filter((c) => plain(c.name).includes(wanted));
    if (wanted !== "") {
      const rank = (c) => (plain(c.name).startsWith(wanted) ? 0 : 1);
      matches.sort((a, b) => rank(a) - rank(b)); // stable: in order otherwise
    }
    this.shown = matches.slice(0, mostShown);
    this.first = Math.min(this.first, Math.max(0, this.shown.length - 1));
    const buttons = this.shown.map((c, index) => {
      const digit = this.classes.indexOf(c) + 1;
      const name = visible(c.name);
      const button = make("button", {
        type: "button", class: `choice c${c.number % 9}` + (typed !== "" && index === this.first ? " first" : ""),
        "data-index": index, "aria-pressed": String(c.name === this.pressed), title: name, disabled: !this.enabled,
        "aria-keyshortcuts": digit <= 9 ? String(digit) : null,
      });
      if (digit <= 9) button.append(make("kbd", { "aria-hidden": "true" }, String(digit)));
      button.append(make("bdi", { class: "name" }, name));
      return button;
    });
    if (typed !== "" && !this.classes.some((c) => c.name === typed)) {
      buttons.push(make("button", { type: "button", class: "add", "data-add": "yes", title: "Ctrl+Enter" },
        "Add “", make("bdi", { class: "name" }, visible(typed)), "”"));
    }
    this.box.replaceChildren(...buttons);
    this.say(typed, matches.length);
  }

  say(typed, matches) {
    const found = this.found;
    if (this.classes.length === 0 && typed === "") found.textContent = "Type the name of the first one, then Ctrl+Enter.";
    else if (typed === "" && matches <= mostShown) found.textContent = "";
    else if (typed === "") found.textContent = `${mostShown} of ${matches} are shown; type to find others.`;
    else if (matches === 0) found.textContent = "There is none; Ctrl+Enter adds it.";
    else found.replaceChildren("Enter takes ", named(this.shown[this.first].name), ".");
    found.title = found.textContent;
  }
}
