// The work on the open batch: which text is shown, what is said about it, and what of that is saved.

import { Choices } from "./choices.js";
import { editClasses } from "./classes.js";
import { byId, make, named, speak, visible } from "./dom.js";
import { Items, judgmentOf } from "./items.js";
import { recall, remember } from "./memory.js";
import { editNote } from "./note.js";
import { newRequest, Outbox } from "./outbox.js";
import { fill } from "./panel.js";
import { inJudgment, renamedOf } from "./renamed.js";
import { server } from "./server.js";
import { Suggestion } from "./suggestion.js";
import { Twins } from "./twins.js";
import { Watch } from "./watch.js";
import { Words } from "./words.js";

const keptUndo = 200;

export class Labeling {
  constructor() {
    this.box = byId("text");
    this.about = { title: "", spans: false, classes: [], version: "" };
    this.shown = null; // the document in the box
    this.lost = ""; // why the server can't be asked, where it can't
    this.past = recall("past", []); // what undo takes back: a document and its judgment before
    this.watch = new Watch();
    this.items = new Items();
    this.outbox = new Outbox({
      send: server.judge,
      changed: () => this.showSaved(),
      accepted: (judging) => this.accepted(judging),
      refused: (judging, sentence) => this.refused(judging, sentence),
    });
    this.choices = new Choices({
      choose: (chosen) => this.choose(chosen),
      add: (name) => this.addClass(name),
      leave: () => this.focus(),
    });
    this.words = new Words(this.box, {
      changed: (spans) => {
        this.items.keep(this.items.here, { ...this.items.draft(this.items.here), spans });
        this.showVerdict();
      },
      number: (type) => this.about.classes.find((c) => c.name === type)?.number ?? 0,
    });
    this.suggestion = new Suggestion({ words: this.words, shown: (is) => press("suggest", is) });
    this.twins = new Twins({ shown: (is) => press("twins", is) });
  }

  focus() {
    this.box.focus({ preventScroll: true });
  }

  // show shows the document that one is at. The one that is shown already stays as it is: its words keep their cursor.
  show() {
    const item = this.items.here;
    if (item !== this.shown || item === null) {
      this.shown = item;
      this.suggestion.hide();
      this.twins.hide();
      this.box.classList.toggle("end", item === null);
      if (item === null) {
        this.words.clear();
        this.box.replaceChildren(atTheEnd(this.items.total));
      } else if (this.about.spans) {
        this.words.show(item.text, item.words, this.items.draft(item).spans);
      } else {
        this.box.textContent = item.text;
      }
      this.box.scrollTop = 0;
      this.watch.start();
      const beginning = this.about.spans || !item ? "" : item.text.slice(0, 500);
      const asked = item?.again ? "Look again. " : "";
      speak(item ? `${asked}Text ${this.items.place} of ${this.items.total}. ${beginning}` : this.box.textContent);
    }
    this.showVerdict();
    this.showCount();
  }

  showVerdict() {
    const { here: item, place, total } = this.items;
    const draft = item ? this.items.draft(item) : null;
    const judgment = item?.judgment;
    byId("again").hidden = !item?.again;
    byId("place").textContent = !item ? "" : place > 0 ? `Text ${place} of ${total}` : "An earlier text";
    const verdict = byId("verdict");
    verdict.replaceChildren(...(judgment ? this.verdictOf(item, judgment) : []));
    verdict.title = verdict.textContent;
    const remarks = [draft?.flagged && "⚑ flagged", draft?.note && `✎ ${visible(draft.note)}`];
    byId("remark").textContent = byId("remark").title = remarks.filter(Boolean).join(" · ");
    if (!this.about.spans) this.choices.press(judgment?.class ?? "");
    this.choices.enable(item !== null || this.about.spans);
    press("flag", Boolean(draft?.flagged));
    press("note", Boolean(draft?.note));
    for (const button of document.querySelectorAll("[data-do]")) {
      button.disabled = !item && !["undo", "previous", "find"].includes(button.dataset.do);
    }
    button("classes").disabled = this.about.classes.length === 0;
  }

  verdictOf(item, judgment) {
    if (judgment.verdict === "skip") return ["skipped"];
    if (judgment.verdict === "unsure") return ["don’t know"];
    if (!this.about.spans) return ["labeled ", named(judgment.class)];
    const marks = judgment.spans.length === 1 ? "done, 1 mark" : `done, ${judgment.spans.length} marks`;
    const changed = JSON.stringify(this.items.draft(item).spans) !== JSON.stringify(judgment.spans);
    return [changed ? `${marks}; changed since, Enter saves` : marks];
  }

  showCount() {
    const { total, left, leftAgain } = this.items;
    byId("count").textContent = `${total - left} of ${total}` + (leftAgain > 0 ? ` · ${leftAgain} to look at again` : "");
    fill(byId("progress"), total > 0 ? (total - left) / total : 0);
  }

  // showSaved says "Saved" only where the server has acknowledged everything.
  showSaved() {
    const n = this.outbox.waiting.length;
    const trouble = this.outbox.trouble || this.lost;
    let state = "none", text = "";
    if (n > 0 && trouble) [state, text] = ["trouble", `Not saved yet: ${n} · ${trouble}`];
    else if (n > 0) [state, text] = ["saving", n > 1 ? `Saving ${n} …` : "Saving …"];
    else if (this.lost) [state, text] = ["trouble", this.lost];
    else if (this.outbox.acknowledged > 0) [state, text] = ["saved", "Saved"];
    const saved = byId("saved");
    if (saved.dataset.state !== state && (state === "trouble" || saved.dataset.state === "trouble")) speak(text);
    saved.dataset.state = state;
    saved.textContent = saved.title = visible(text);
  }

  accepted(judging) {
    const item = this.items.find(judging.document);
    if (item) item.saved = judgmentOf(judging);
  }

  // refused shows a document again as it was before what the server will not take.
  refused(judging, sentence) {
    alertOf(`A judgment was not taken: ${sentence}`);
    const item = this.items.find(judging.document);
    if (!item) return;
    const later = this.outbox.waiting.findLast((other) => other.document === item.id);
    item.judgment = later ? judgmentOf(later) : item.saved;
    if (item === this.shown) this.shown = null; // to be drawn anew
    this.show();
  }

  // send gives a document a judgment, or takes it back where that is null.
  send(item, judgment, seconds) {
    item.judgment = judgment;
    item.again = item.again && judgment === null;
    this.outbox.add({
      request: newRequest(), document: item.id, verdict: "", class: "", spans: [], flagged: false, note: "", ...judgment,
      annotator: byId("annotator").value.trim(), withdraw: judgment === null, seconds: Math.round(10 * seconds) / 10,
    });
  }

  record(item) {
    this.past = [...this.past, { document: item.id, before: item.judgment ?? null }].slice(-keptUndo);
    remember("past", this.past);
  }

  judge(verdict, given) {
    const item = this.items.here;
    if (!item) return;
    const { flagged, note } = this.items.draft(item);
    this.record(item);
    this.send(item, { verdict, class: "", spans: [], flagged, note, ...given }, this.watch.seconds());
    this.items.keep(item, null);
    this.items.go(this.items.next(this.items.at));
    this.show();
  }

  // keepAgain says the same once more of a text that is to be looked at again.
  keepAgain() {
    const { verdict, class: name, spans } = this.items.here.judgment;
    this.judge(verdict, { class: name, spans });
  }

  // choose gives the text a class. In words it marks what is selected, or chooses what the mouse marks with.
  choose({ name }) {
    if (!this.about.spans) {
      this.judge("label", { class: name });
    } else if (!this.words.mark(name)) {
      this.words.brush = this.words.brush === name ? "" : name;
      this.choices.press(this.words.brush);
      speak(this.words.brush === "" ? "The mouse marks nothing." : `The mouse marks ${visible(name)}.`);
    }
  }

  async addClass(name) {
    const item = this.items.here;
    try {
      this.takeAbout(await server.addClass(name));
    } catch (failure) {
      alertOf(`The class was not added: ${failure.message}`);
      return;
    }
    const added = this.about.classes.find((c) => c.name === name);
    if (added && this.items.here === item) this.choose(added);
  }

  // amend changes the flag or the note: at once where the document is judged, with its judgment where it isn't.
  amend(change) {
    const item = this.items.here;
    if (!item) return;
    const draft = { ...this.items.draft(item), ...change };
    if (!item.judgment || this.items.drafts.has(item.id)) this.items.keep(item, draft);
    if (item.judgment) {
      this.record(item);
      this.send(item, { ...item.judgment, ...change }, this.watch.seconds());
    }
    this.showVerdict();
  }

  undo() {
    if (this.about.spans && this.words.undo()) return;
    let last, item = null;
    // What belongs to a batch that is over, in a page that was loaded since, is passed over.
    while (!item && (last = this.past.pop())) item = this.items.find(last.document);
    remember("past", this.past);
    if (!item) {
      speak("There is nothing to undo.");
      return;
    }
    const undone = item.judgment;
    this.send(item, last.before, 0);
    // Marks, flag and note stay, to be changed.
    this.items.keep(item, last.before || !undone ? null : { ...undone, verdict: "", class: "" });
    this.items.go(this.items.list.indexOf(item));
    this.shown = null;
    this.show();
  }

  step(by) {
    this.items.go(this.items.at + by);
    this.show();
  }

  scroll(pages) {
    this.box.scrollTop += pages * this.box.clientHeight;
  }

  editNote() {
    if (this.items.here) editNote(this.items.draft(this.items.here).note, (note) => this.amend({ note }));
  }

  editClasses() {
    if (this.about.classes.length === 0) return;
    const name = this.about.spans ? this.words.brush : this.items.here?.judgment?.class;
    editClasses(this.about.classes, name, async (what, from, to) => {
      if (this.outbox.waiting.length > 0) throw new Error("not everything is saved yet; wait until it is");
      this.takeAbout(await server[what](from, to, byId("annotator").value.trim()));
      return this.about.classes;
    });
  }

  takeAbout(about) {
    const called = renamedOf(recall("classes", []), about.classes);
    remember("classes", about.classes);
    this.about = about;
    if (called) {
      this.items.rename(called);
      this.words.rename(called);
      this.choices.pressed = called(this.choices.pressed);
      this.past = this.past.map(({ document: id, before }) => ({ document: id, before: inJudgment(before, called) }));
      remember("past", this.past);
      this.suggestion.hide();
      this.twins.hide();
    }
    const title = visible(about.title);
    byId("title").textContent = byId("title").title = document.title = title;
    document.body.classList.toggle("spans", about.spans);
    for (const action of ["done", "remove"]) button(action).hidden = !about.spans;
    byId("choices").setAttribute("aria-label", about.spans ? "Types of marks" : "Classes");
    byId("search").placeholder = about.spans ? "Find or add a type" : "Find or add a class";
    byId("search").setAttribute("aria-label", byId("search").placeholder);
    this.box.setAttribute("role", about.spans ? "application" : "region");
    this.choices.set(about.classes);
    if (about.spans && this.shown) this.words.draw();
    this.showVerdict();
  }

  // takeBatch fetches the open batch. What is acknowledged meanwhile may or may not be in it: then it is fetched again.
  async takeBatch() {
    let acknowledged, batch;
    do {
      acknowledged = this.outbox.acknowledged;
      batch = await server.batch();
    } while (this.outbox.acknowledged !== acknowledged);
    this.items.take(batch, this.outbox.waiting);
    this.show();
  }
}

const button = (action) => document.querySelector(`[data-do=${action}]`);

function press(action, pressed) {
  button(action).setAttribute("aria-pressed", String(pressed));
}

function atTheEnd(total) {
  if (total === 0) return "There is nothing to label at the moment. When the trainer has chosen texts, they show here.";
  return `All ${total} texts of this batch are judged. When the trainer has chosen others, they show here; ◀ goes back.`;
}

function alertOf(sentence) {
  const dismiss = make("button", { type: "button" }, "Dismiss");
  const alert = make("div", { class: "alert" }, named(sentence), dismiss);
  dismiss.addEventListener("click", () => alert.remove());
  byId("alerts").append(alert);
}
