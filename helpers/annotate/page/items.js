// The documents of the open batch, and which of them is shown.

import { recall, remember } from "./memory.js";

const keptBehind = 100; // judged documents of earlier batches that one can go back to

const nothing = { verdict: "", class: "", spans: [], flagged: false, note: "" };

// judgmentOf returns what a request says about its document, null where it takes the judgment back.
export function judgmentOf({ withdraw, verdict, class: name, spans, flagged, note }) {
  return withdraw ? null : { verdict, class: name, spans, flagged, note };
}

export class Items {
  constructor() {
    this.list = []; // each with id, text, words, judgment (as shown), saved (as the server has it), open (in the batch)
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

  // place returns the number of the shown document in the batch; 0 where it isn't of the batch.
  get place() {
    return this.here?.open ? this.list.slice(0, this.at + 1).filter((item) => item.open).length : 0;
  }

  find(id) {
    return this.list.find((item) => item.id === id) ?? null;
  }

  // take takes the open batch. The document that is shown stays, and so do those judged before; what is still on its
  // way to the server counts already.
  take(batch, waiting) {
    const here = this.here, begins = this.at < 0;
    const sent = new Map(waiting.map((judging) => [judging.document, judgmentOf(judging)]));
    const before = new Map(this.list.map((item) => [item.id, item]));
    const now = batch.items.map((item) => {
      const known = before.get(item.id);
      before.delete(item.id);
      const judgment = sent.has(item.id) ? sent.get(item.id) : item.judgment;
      return Object.assign(known ?? {}, item, { judgment, saved: item.judgment, open: true });
    });
    const behind = [...before.values()].filter((item) => item === here || item.judgment).slice(-keptBehind);
    behind.forEach((item) => (item.open = false));
    this.list = [...behind, ...now];
    this.round = batch.round;
    const wanted = begins ? this.find(recall("here", "")) : here;
    this.at = wanted ? this.list.indexOf(wanted) : -1;
    if (this.at < 0) this.at = this.next(-1);
  }

  // next returns where the next document is that nobody has judged, from the beginning again where none is left behind.
  next(from) {
    const isLeft = (item) => !item.judgment;
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

  keep(item, draft) {
    if (draft) this.drafts.set(item.id, draft);
    else this.drafts.delete(item.id);
    remember("drafts", [...this.drafts].slice(-keptBehind));
  }
}
