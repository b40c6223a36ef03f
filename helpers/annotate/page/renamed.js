// What became of classes that are called otherwise now, or went into another.

// renamedOf returns a function from each name before to the name now; null where no name has changed.
export function renamedOf(before, now) {
  const names = new Map();
  for (const { number, name } of before) {
    const own = now.find((c) => c.number === number || c.took.includes(number));
    if (own && own.name !== name) names.set(name, own.name);
  }
  return names.size === 0 ? null : (name) => names.get(name) ?? name;
}

// inSpans returns spans with their types as they are called now.
export const inSpans = (spans, called) => spans.map((span) => ({ ...span, type: called(span.type) }));

// inJudgment returns a judgment, or null, with its classes as they are called now.
export function inJudgment(judgment, called) {
  return judgment && { ...judgment, class: called(judgment.class), spans: inSpans(judgment.spans, called) };
}
