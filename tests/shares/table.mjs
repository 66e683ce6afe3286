// Reads the tables of docs/security.md, "What clients share".

const columns = ['resource', 'bound', 'shared by', 'full', 'test'];
const cells = (line) => line.split('|').slice(1, -1).map((cell) => cell.trim());

// The rows of all tables with these columns in the text of the document, as [{resource, bound, full, …}].
export function sharedResources(text) {
  const rows = [];
  let isInside = false;
  for (const line of text.split('\n')) {
    if (!line.startsWith('|')) isInside = false;
    else if (cells(line).join() === columns.join()) isInside = true;
    else if (isInside && !/^[|-]+$/.test(line)) rows.push(Object.fromEntries(cells(line).map((cell, i) => [columns[i], cell])));
  }
  return rows;
}

// What is wrong between the rows and the fillers, as lines: each row needs one filler of its name, and the reverse.
export function mismatches(rows, fillers) {
  const inDocument = rows.map(({ resource }) => resource);
  const faults = [];
  if (rows.length === 0) faults.push('docs/security.md has no table of what clients share');
  for (const name of inDocument) if (!(name in fillers)) faults.push(`"${name}" of docs/security.md has no filler`);
  for (const name of Object.keys(fillers)) if (!inDocument.includes(name)) faults.push(`docs/security.md has no row "${name}"`);
  if (new Set(inDocument).size < inDocument.length) faults.push('docs/security.md has two rows of one name');
  return faults;
}
