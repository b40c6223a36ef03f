// The labeling page: what keys and buttons do, and news from the server.

import { byId } from "./dom.js";
import { showHelp } from "./help.js";
import { keyOf } from "./keys.js";
import { Labeling } from "./labeling.js";
import { recallName, rememberName } from "./memory.js";
import { showStatus } from "./panel.js";
import { server } from "./server.js";

const pollEvery = 1000, pollHidden = 5000; // milliseconds
const lineHeight = 0.15; // of the text's box; how far an arrow scrolls

const labeling = new Labeling();
const { items, words, choices, outbox } = labeling;

const actions = {
  done: () => labeling.judge("label", { spans: words.spans }),
  remove: () => words.remove(),
  undo: () => labeling.undo(),
  skip: () => labeling.judge("skip"),
  unsure: () => labeling.judge("unsure"),
  flag: () => items.here && labeling.amend({ flagged: !items.draft(items.here).flagged }),
  note: () => labeling.editNote(),
  suggest: () => items.here && labeling.suggestion.toggle(items.here, labeling.about.spans),
  twins: () => items.here && labeling.twins.toggle(items.here),
  find: () => choices.search(),
  classes: () => labeling.editClasses(),
  previous: () => labeling.step(-1),
  next: () => labeling.step(1),
  help: () => showHelp(labeling.about.spans),
  up: () => labeling.scroll(-lineHeight),
  down: () => labeling.scroll(lineHeight),
  on() {
    if (!items.here?.judgment) return;
    if (items.here.again) labeling.keepAgain();
    else labeling.step(items.next(items.at) - items.at);
  },
  unselect() {
    words.unselect();
    words.brush = "";
    choices.press("");
  },
};

const keys = {
  u: "undo", s: "skip", d: "unsure", f: "flag", n: "note", h: "suggest", t: "twins", c: "classes", "/": "find", 0: "find",
  "?": "help", F1: "help", PageUp: "previous", PageDown: "next",
};
const keysInTexts = { ArrowLeft: "previous", ArrowRight: "next", ArrowUp: "up", ArrowDown: "down", Enter: "on" };
const keysInWords = { Enter: "done", Backspace: "remove", Delete: "remove", Escape: "unselect" };
const repeatable = ["PageUp", "PageDown", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", " "];

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
  if (event.target.closest?.("input, textarea")) return;
  const key = keyOf(event);
  if (event.ctrlKey || event.metaKey || event.altKey) {
    if (key !== "z" || event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (!event.repeat) labeling.undo();
    return;
  }
  if ((key === "Enter" || key === " ") && event.target.closest?.("button")) return;
  if (event.repeat && !repeatable.includes(key)) return; // a key that is held judges one text
  if (press(key, event.shiftKey)) event.preventDefault();
});

// press does what a key is for and tells whether it is for anything.
function press(key, shift) {
  const spans = labeling.about.spans;
  const action = keys[key] ?? (spans ? keysInWords : keysInTexts)[key];
  if (action) {
    actions[action]();
    return true;
  }
  if (key === " ") {
    labeling.scroll(shift ? -0.8 : 0.8);
    return true;
  }
  const chosen = /^[1-9]$/.test(key) ? choices.byKey(Number(key)) : null;
  if (chosen) {
    labeling.choose(chosen);
    return true;
  }
  return spans && words.move(key, shift);
}

byId("work").addEventListener("click", (event) => {
  const action = event.target.closest("[data-do]")?.dataset.do;
  // The second click of a double one would be meant for the next text.
  if (action && !(event.detail > 1 && ["done", "skip", "unsure", "undo"].includes(action))) actions[action]();
});
byId("help").addEventListener("click", actions.help);

// After a click the keys belong to the text again, not to the button.
document.addEventListener("click", (event) => {
  const typing = document.activeElement?.tagName === "INPUT" || document.querySelector("dialog[open]");
  if (event.detail > 0 && event.target.closest?.("button") && !typing) labeling.focus();
});

byId("annotator").addEventListener("change", (event) => rememberName(event.target.value.trim()));
byId("annotator").addEventListener("keydown", (event) => {
  if (event.key === "Enter") labeling.focus();
});

addEventListener("beforeunload", (event) => {
  if (outbox.waiting.length === 0) return;
  event.preventDefault();
  event.returnValue = true; // older browsers
});

const showFocus = () => document.body.classList.toggle("unfocused", !document.hasFocus());
addEventListener("focus", showFocus);
addEventListener("blur", showFocus);

let fetched = ""; // how the batch stood on the server when it was fetched last because it stood otherwise here

// poll asks for news: progress, another batch, other classes.
async function poll() {
  try {
    const status = await server.status();
    labeling.lost = "";
    showStatus(status);
    if (status.version !== labeling.about.version) labeling.takeAbout(await server.about());
    const same = status.round === items.round && status.inBatch === items.total &&
      (outbox.waiting.length > 0 || status.leftInBatch === items.left && status.leftAgain === items.leftAgain);
    const state = [status.round, status.inBatch, status.leftInBatch, status.leftAgain].join();
    if (same) {
      fetched = "";
    } else if (state !== fetched) {
      await labeling.takeBatch();
      fetched = state;
    }
    outbox.wake();
  } catch (failure) {
    labeling.lost = failure.message;
  }
  labeling.showSaved();
  setTimeout(poll, document.hidden ? pollHidden : pollEvery);
}

async function begin() {
  byId("annotator").value = recallName();
  showFocus();
  outbox.run();
  for (;;) {
    try {
      labeling.takeAbout(await server.about());
      await labeling.takeBatch();
      break;
    } catch (failure) {
      labeling.lost = failure.message;
      labeling.showSaved();
      await new Promise((go) => setTimeout(go, pollEvery));
    }
  }
  labeling.lost = "";
  document.body.classList.add("ready");
  labeling.focus();
  poll();
}

begin();
