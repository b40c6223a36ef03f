// Words in which spans are marked, by mouse or by keyboard.

import { make, speak, visible } from "./dom.js";
import { inSpans } from "./renamed.js";

const farEnough = 8; // pixels that the mouse moves before it marks the one word it is on

const keyOf = (span) => `${span.start} ${span.end} ${span.type}`;

// insert returns spans with one more, less those that it overlaps.
function insert(spans, span) {
  const apart = spans.filter((s) => s.end <= span.start || s.start >= span.end);
  return [...apart, span].sort((a, b) => a.start - b.start);
}

export class Words {
  // changed hears of every change of the spans, number tells which color a type has.
  constructor(box, { changed, number }) {
    this.box = box;
    this.changed = changed;
    this.number = number;
    this.brush = ""; // the type that the mouse marks with
    this.clear();
    box.addEventListener("pointerdown", (event) => this.press(event));
    box.addEventListener("pointermove", (event) => this.drag(event));
    box.addEventListener("pointerup", (event) => this.release(event));
    box.addEventListener("pointercancel", () => (this.pressed = null));
    box.addEventListener("dblclick", (event) => this.double(event));
  }

  clear() {
    this.text = "";
    this.ranges = [];
    this.spans = [];
    this.past = []; // spans before each change
    this.anchor = this.focus = -1; // the selection; none where -1
    this.pressed = null; // where the mouse went down
    this.hints = [];
    this.nodes = [];
    this.marks = new Map(); // elements, by their span
  }

  show(text, ranges, spans) {
    this.clear();
    this.text = text;
    this.ranges = ranges;
    this.spans = spans;
    this.draw();
  }

  // rename gives types other names.
  rename(called) {
    this.spans = inSpans(this.spans, called);
    this.hints = inSpans(this.hints, called);
    this.past = this.past.map((spans) => inSpans(spans, called));
    this.brush = called(this.brush);
  }

  // hint shows suggested spans, or none.
  hint(spans) {
    this.hints = spans;
    this.drawHints();
  }

  get selected() {
    return this.focus < 0 ? null : { start: Math.min(this.anchor, this.focus), end: Math.max(this.anchor, this.focus) + 1 };
  }

  draw() {
    const drawn = make("div"); // put in its place at once: one by one, 10,000 words take a second
    let at = 0;
    this.marks.clear();
    this.nodes = this.ranges.map(([start, end], word) => {
      const node = make("span", { class: "word", "data-word": word }, this.text.slice(start, end));
      drawn.append(this.text.slice(at, start), node);
      at = end;
      return node;
    });
    drawn.append(this.text.slice(at));
    this.spans.forEach((span) => this.wrap(span));
    this.box.replaceChildren(drawn);
    this.drawHints();
    this.drawSelection();
  }

  // wrap draws a mark around words that are drawn, and nothing else: in a long text that would take seconds.
  wrap(span) {
    const first = this.nodes[span.start], last = this.nodes[span.end - 1];
    const mark = make("span", { class: `mark c${this.number(span.type) % 9}` });
    first.before(mark);
    for (let node = first, next; node; node = next) {
      next = node === last ? null : node.nextSibling;
      mark.append(node);
    }
    const type = visible(span.type);
    mark.append(make("bdi", { class: "type", title: type }, type));
    this.marks.set(keyOf(span), mark);
  }

  unwrap(span) {
    const mark = this.marks.get(keyOf(span));
    this.marks.delete(keyOf(span));
    mark.lastChild.remove();
    mark.replaceWith(...mark.childNodes);
  }

  // redraw draws the marks of spans in place of those that were drawn.
  redraw(spans) {
    const wanted = new Set(spans.map(keyOf));
    this.spans.filter((span) => !wanted.has(keyOf(span))).forEach((span) => this.unwrap(span));
    spans.filter((span) => !this.marks.has(keyOf(span))).forEach((span) => this.wrap(span));
    this.spans = spans;
  }

  drawHints() {
    this.box.querySelectorAll(".hinted").forEach((node) => node.classList.remove("hinted"));
    for (const span of this.hints) this.nodes.slice(span.start, span.end).forEach((node) => node.classList.add("hinted"));
  }

  drawSelection() {
    this.box.querySelectorAll(".selected").forEach((node) => node.classList.remove("selected", "focus"));
    const range = this.selected;
    if (!range) return;
    this.nodes.slice(range.start, range.end).forEach((node) => node.classList.add("selected"));
    this.nodes[this.focus]?.classList.add("focus");
  }

  select(anchor, focus) {
    this.anchor = anchor;
    this.focus = focus;
    this.drawSelection();
  }

  unselect() {
    this.select(-1, -1);
  }

  set(spans) {
    this.past.push(this.spans);
    this.redraw(spans);
    this.changed(spans);
  }

  // mark marks what is selected and tells whether anything was. One word of a longer span stands for the span.
  mark(type) {
    const range = this.selected;
    if (!range) return false;
    const within = this.spans.find((s) => s.start <= range.start && range.end <= s.end);
    const span = within && range.end - range.start === 1 ? { ...within, type } : { ...range, type };
    this.set(insert(this.spans, span));
    speak(`${this.textOf(span)}: ${visible(type)}`);
    return true;
  }

  // remove removes the marks in what is selected, or the last one where nothing is.
  remove() {
    const range = this.selected ?? (this.spans.length > 0 ? this.spans[this.spans.length - 1] : null);
    if (!range) return;
    const left = this.spans.filter((s) => s.end <= range.start || s.start >= range.end);
    if (left.length === this.spans.length) return;
    this.set(left);
    speak("The mark is removed.");
  }

  // undo takes back the last change and tells whether there was one.
  undo() {
    if (this.past.length === 0) return false;
    this.redraw(this.past.pop());
    this.changed(this.spans);
    speak("The last mark is taken back.");
    return true;
  }

  textOf(span) {
    return visible(this.text.slice(this.ranges[span.start][0], this.ranges[span.end - 1][1]));
  }

  // move moves the word cursor by a key and tells whether the key is one of those that do.
  move(key, extend) {
    const forward = getComputedStyle(this.box).direction === "rtl" ? -1 : 1;
    const last = this.nodes.length - 1;
    const to = {
      ArrowRight: () => this.focus + forward, ArrowLeft: () => this.focus - forward,
      ArrowDown: () => this.line(1), ArrowUp: () => this.line(-1), Home: () => 0, End: () => last,
    }[key];
    if (!to || last < 0) return false;
    // The first arrow shows the cursor on the first word.
    const focus = this.focus < 0 ? (key === "End" ? last : 0) : Math.max(0, Math.min(last, to()));
    this.select(extend && this.focus >= 0 ? this.anchor : focus, focus);
    this.nodes[focus].scrollIntoView({ block: "nearest" });
    const span = this.spans.find((s) => s.start <= focus && focus < s.end);
    speak(this.textOf({ start: focus, end: focus + 1 }) + (span ? ", in " + visible(span.type) : ""));
    return true;
  }

  // line returns the word of the next line, or the one before, that is nearest to the cursor.
  line(step) {
    const from = this.nodes[this.focus].getBoundingClientRect();
    const middle = (from.left + from.right) / 2;
    let best = this.focus, distance = Infinity, top = null;
    for (let i = this.focus + step; i >= 0 && i < this.nodes.length; i += step) {
      const rect = this.nodes[i].getBoundingClientRect();
      if (Math.abs(rect.top - from.top) < from.height / 2) continue; // the cursor's line
      top ??= rect.top;
      if (Math.abs(rect.top - top) > from.height / 2) break; // the line after
      const away = Math.abs((rect.left + rect.right) / 2 - middle);
      if (away < distance) [best, distance] = [i, away];
    }
    return best;
  }

  // at returns the word under the mouse, or -1.
  at(event) {
    const node = document.elementFromPoint(event.clientX, event.clientY)?.closest(".word");
    return node && this.box.contains(node) ? Number(node.dataset.word) : -1;
  }

  press(event) {
    if (event.button !== 0) return;
    const word = this.at(event);
    if (word < 0) {
      const onScrollBar = event.target === this.box && event.offsetX >= this.box.clientWidth;
      if (!onScrollBar) this.unselect();
      return;
    }
    this.pressed = { word, x: event.clientX, y: event.clientY, moved: false };
    this.box.setPointerCapture(event.pointerId);
    const span = this.spans.find((s) => s.start <= word && word < s.end);
    if (event.shiftKey && this.focus >= 0) this.select(this.anchor, word);
    else if (span) this.select(span.start, span.end - 1);
    else this.select(word, word);
  }

  drag(event) {
    if (!this.pressed) return;
    if (Math.hypot(event.clientX - this.pressed.x, event.clientY - this.pressed.y) >= farEnough) this.pressed.moved = true;
    if (!this.pressed.moved) return;
    const word = this.at(event);
    if (word >= 0) this.select(this.pressed.word, word);
    const box = this.box.getBoundingClientRect(); // long texts scroll along
    if (event.clientY > box.bottom - 12) this.box.scrollTop += 12;
    if (event.clientY < box.top + 12) this.box.scrollTop -= 12;
  }

  release() {
    const moved = this.pressed?.moved;
    this.pressed = null;
    if (moved && this.brush !== "" && this.mark(this.brush)) this.unselect();
  }

  double(event) {
    const word = this.at(event);
    if (word < 0) return;
    event.preventDefault();
    const span = this.spans.find((s) => s.start <= word && word < s.end);
    if (span && span.type === this.brush) return;
    this.select(word, word);
    if (this.brush !== "" && this.mark(this.brush)) this.unselect();
  }
}
