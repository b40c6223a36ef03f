// The documents of the open batch, and which of them is shown.

import { recall, remember } from "./memory.js";
import { inJudgment } from "./renamed.js";

const keptBehind = 100; // judged documents of earlier batches that one can go back to

const nothing = { verdict: "", class: "", spans: [], flagged: false, note: "" };

// judgmentOf returns what a request says about its document, null where it takes the judgment back.
export function judgmentOf({ withdraw, verdict, class: name, spans, flagged, note }) {
  return withdraw ? null : { verdict, class: name, spans, flagged, note };
}

export class Items {
  constructor() {
    // Each with id, text, words, judgment (as shown), saved (as the server has it), open (in the batch), and again (to be
    // looked at again).
    this.list = [];
    this.at = -1; // in the list; its length is the end, after the last one
    this.round = 0;
    this.drafts = new Map(recall("drafts", [])); // by ID: what isn't judged yet
  }

  get here() {
    return this.list[this.at] ?? null;
  }

  get total() {
    return this.list.filter((item) => item.open).length;
  }

  get left() {
    return this.list.filter((item) => item.open && !item.judgment).length;
  }

  get leftAgain() {
    return this.list.filter((item) => item.again).length;
  }

  // place returns the number of the shown document in the batch; 0 where it isn't of the batch.
  get place() {
    return this.here?.open ? this.list.slice(0, this.at + 1).filter((item) => item.open).length : 0;
  }

  find(id) {
    return this.list.find((item) => item.id === id) ?? null;
  }

  // take takes the open batch. The document that is shown stays, and so do those judged before; what is still on its
  // way to the server counts already. What is to be looked at again comes after the document that is shown.
  take(batch, waiting) {
    const begins = this.at < 0;
    let here = this.here;
    const sent = new Map(waiting.map((judging) => [judging.document, judgmentOf(judging)]));
    const before = new Map(this.list.map((item) => [item.id, item]));
    const took = new Map();
    const take = (item, state) => {
      const known = took.get(item.id) ?? before.get(item.id) ?? { open: false };
      before.delete(item.id);
      const judgment = sent.has(item.id) ? sent.get(item.id) : item.judgment;
      Object.assign(known, item, { judgment, saved: item.judgment }, state);
      took.set(item.id, known);
      return known;
    };
    this.list.forEach((item) => (item.again = false));
    const now = batch.items.map((item) => take(item, { open: true }));
    const again = batch.again.filter(({ id }) => !sent.get(id)).map((item) => {
      const only = took.has(item.id) ? {} : { open: false };
      return take(item, { ...only, again: true });
    });
    if (begins) here = took.get(recall("here", "")) ?? null;
    const behind = [...before.values()].filter((item) => item === here || item.judgment).slice(-keptBehind);
    behind.forEach((item) => (item.open = false));
    const all = [...behind, ...now].filter((item) => item === here || !item.again);
    if (here?.again && !all.includes(here)) all.splice(behind.length, 0, here);
    all.splice(here ? all.indexOf(here) + 1 : behind.length, 0, ...again.filter((item) => item !== here));
    this.list = all;
    this.round = batch.round;
    this.at = here ? this.list.indexOf(here) : -1;
    if (this.at < 0) this.at = this.next(-1);
  }

  // next returns where the next document is that nobody has judged, or that is to be looked at again, from the beginning again where none is left behind.
  next(from) {
    const isLeft = (item) => !item.judgment || item.again;
    const after = this.list.findIndex((item, i) => i > from && isLeft(item));
    const any = after >= 0 ? after : this.list.findIndex(isLeft);
    return any >= 0 ? any : this.list.length;
  }

  go(at) {
    this.at = Math.max(0, Math.min(this.list.length, at));
    remember("here", this.here?.id ?? "");
  }

  // draft returns what the page shows as said about a document: what was marked since, or its judgment.
  draft(item) {
    return this.drafts.get(item.id) ?? { ...nothing, ...item.judgment };
  }

  // rename gives classes other names in what is said.
  rename(called) {
    for (const item of this.list) {
      item.judgment = inJudgment(item.judgment, called);
      item.saved = inJudgment(item.saved, called);
    }
    for (const [id, draft] of this.drafts) this.drafts.set(id, inJudgment(draft, called));
    remember("drafts", [...this.drafts].slice(-keptBehind));
  }

  keep(item, draft) {
    if (draft) this.drafts.set(item.id, draft);
    else this.drafts.delete(item.id);
    remember("drafts", [...this.drafts].slice(-keptBehind));
  }
}
