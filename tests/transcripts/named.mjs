// Checks that docs/graph-compatibility.md names existing transcripts only, and that it names every transcript.
// Usage: node named.mjs
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const page = readFileSync(join(here, '../../docs/graph-compatibility.md'), 'utf8');
const transcripts = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'selftest')
  .flatMap(({ name }) => readdirSync(join(here, name)).map((file) => `${name}/${file}`));

const faults = [];
const named = new Set();
for (const [name] of page.matchAll(/[\w*]+\/[\w*]+\.txt/g)) {
  const pattern = new RegExp(`^${name.replace('.', '\\.').replaceAll('*', '\\w*')}$`);
  const found = transcripts.filter((file) => pattern.test(file));
  if (found.length === 0) faults.push(`docs/graph-compatibility.md names ${name}, and there is none`);
  for (const file of found) named.add(file);
}
for (const file of transcripts)
  if (!named.has(file)) faults.push(`${file}: no fact of docs/graph-compatibility.md names it`);

for (const fault of faults) console.log(fault);
console.log(`${named.size} passed, ${faults.length} failed`);
process.exit(faults.length > 0 ? 1 : 0);
