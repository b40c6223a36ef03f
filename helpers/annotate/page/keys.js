// What key was pressed, also where the keyboard writes another script.

// keyOf returns the key by what it writes, or by its place on the keyboard where that is no Latin letter.
export function keyOf(event) {
  const digit = /^Digit([0-9])$/.exec(event.code);
  if (digit && !/[a-z/?]/i.test(event.key)) return digit[1]; // also on keyboards where digits need Shift
  if (event.key.length === 1 && event.key > "\u007f") {
    const letter = /^Key([A-Z])$/.exec(event.code);
    if (letter) return letter[1].toLowerCase();
  }
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}
