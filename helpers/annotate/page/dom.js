// Elements, made one by one. Text that comes from elsewhere is only ever text.

export const byId = (id) => document.getElementById(id);

// make returns an element. Children that are strings become text.
export function make(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

const unseen = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff]/g;

// visible returns a name in which every character that is no text of its own stands as its escape, such as \u202e,
// which would turn around what follows.
export function visible(name) {
  return name.replace(unseen, (c) =>
    c === "\n" || c === "\t" || c === "\r" ? " " : "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
}

// named returns a name as an element, to stand in a sentence of another direction.
export const named = (name) => make("bdi", {}, visible(name));

// speak says a sentence to those who listen to the page instead of looking at it.
export function speak(sentence) {
  const spoken = byId("spoken");
  if (spoken.textContent !== sentence) spoken.textContent = sentence;
}
