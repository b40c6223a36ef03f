// What a reload of the page must not lose. It is kept in sessionStorage, apart for each labeling page, and in memory
// where the browser has none to give.

const prefix = "alnb " + location.pathname + " ";
const held = new Map();

export function remember(key, value) {
  const text = JSON.stringify(value);
  held.set(key, text);
  try {
    sessionStorage.setItem(prefix + key, text);
  } catch {
    // Full or forbidden: a reload would lose it, which the page asks about before it lets go of anything unsaved.
  }
}

export function recall(key, otherwise) {
  let text = held.get(key) ?? null;
  try {
    text ??= sessionStorage.getItem(prefix + key);
    return text === null ? otherwise : JSON.parse(text);
  } catch {
    return otherwise;
  }
}

// The annotator's name is the same in all pages.
export function recallName() {
  try {
    return localStorage.getItem("alnb annotator") ?? "";
  } catch {
    return "";
  }
}

export function rememberName(name) {
  try {
    localStorage.setItem("alnb annotator", name);
  } catch {
    // It is asked for again.
  }
}
