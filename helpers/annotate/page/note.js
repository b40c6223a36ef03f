// The note on a text.

import { byId } from "./dom.js";

const dialog = byId("note-dialog"), field = byId("note-text");
let keep = () => {};

// editNote shows a note to be changed. kept hears of the new one, unless it is left as it was.
export function editNote(note, kept) {
  keep = kept;
  field.value = note;
  dialog.showModal();
  field.select();
}

function close(kept) {
  dialog.close();
  if (kept) keep(field.value.trim()); // at once: the next key may judge the text
}

byId("note-keep").addEventListener("click", () => close(true));
byId("note-leave").addEventListener("click", () => close(false));
field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  close(true);
});
