// Classes, or types of spans, get other names, or go into others.

import { byId, make, named, visible } from "./dom.js";

const dialog = byId("classes-dialog"), from = byId("class-from"), into = byId("class-into"), field = byId("class-name");
const question = byId("class-question"), said = byId("class-said");
let classes = [];
let change = async () => {};

// editClasses shows the classes, the one of this name first. changed does what is chosen: it gets "rename" or "merge" with the
// two names, and returns the classes that there are then.
export function editClasses(known, name, changed) {
  change = changed;
  said.textContent = "";
  show(known, name);
  dialog.showModal();
  field.focus();
  field.select();
}

function show(known, name) {
  classes = known;
  for (const list of [from, into]) {
    list.replaceChildren(...classes.map((c, i) => make("option", { value: i }, visible(c.name))));
  }
  from.value = String(Math.max(0, classes.findIndex((c) => c.name === name)));
  choose();
}

// choose follows another choice of the class: what it is called, and what it can go into.
function choose() {
  field.value = classes[from.value]?.name ?? "";
  for (const option of into.options) option.disabled = option.value === from.value;
  const other = classes.findIndex((c, i) => String(i) !== from.value);
  if (into.value === from.value || into.value === "") into.value = String(other);
  byId("class-rename").disabled = classes.length === 0;
  byId("class-merge").disabled = classes.length < 2;
  ask(false);
}

// ask asks before a merge, or no longer.
function ask(asks) {
  question.hidden = !asks;
  if (!asks) return;
  said.textContent = "";
  byId("class-asked").replaceChildren(
    "All that is labeled ", nameOf(from), " counts for ", nameOf(into), " from now on. This can’t be undone.");
  byId("class-leave").focus(); // a key that is pressed too often merges nothing
}

const nameOf = (list) => make("bdi", {}, make("strong", {}, visible(classes[list.value].name)));

async function carryOut(what, a, b, became) {
  ask(false);
  try {
    show(await change(what, a, b), b);
    said.replaceChildren(named(a), became, named(b), " now.");
  } catch (failure) {
    said.textContent = `Nothing was changed: ${visible(failure.message)}.`;
  }
  field.focus();
}

function rename() {
  const name = classes[from.value]?.name, to = field.value.trim();
  if (name === undefined || to === "" || to === name) return;
  carryOut("rename", name, to, " is called ");
}

from.addEventListener("change", choose);
into.addEventListener("change", () => ask(false));
byId("class-rename").addEventListener("click", rename);
field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || event.repeat) return;
  event.preventDefault();
  rename();
});
byId("class-merge").addEventListener("click", () => ask(true));
byId("class-leave").addEventListener("click", () => {
  ask(false);
  byId("class-merge").focus();
});
byId("class-sure").addEventListener("click", () => {
  carryOut("merge", classes[from.value].name, classes[into.value].name, " counts for ");
});
byId("classes-close").addEventListener("click", () => dialog.close());
