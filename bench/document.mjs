// The table of results within docs/performance.md. Pure.
const marks = /(<!-- generated: bench\/run -->\n)[^]*(<!-- end -->)/;

// A document with another table between its marks.
export function documentWith(document, table) {
  if (!marks.test(document)) throw new Error('the document has no table of bench/results.json');
  return document.replace(marks, (_, begin, end) => `${begin}\n${table}\n${end}`);
}
