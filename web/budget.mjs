// Fails if a page needs more bytes, compressed, before it shows anything, or all files together more than they may:
// node budget.mjs FOLDER, with the folder of embed.mjs.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const kB = 1000;
const budgets = { 'board.html': 60 * kB, 'wall.html': 45 * kB, 'console.html': 120 * kB };
const embeddedMax = 700 * kB;

const [folder] = process.argv.slice(2);
const dist = join(folder, 'dist');
const read = (name) => readFileSync(join(dist, name));
const packed = (bytes) => gzipSync(bytes, { level: 9 }).length;

// The files that a page loads before its script runs: what its HTML names, and what these import.
function loadedBy(page) {
  const loaded = new Set();
  const add = (name) => {
    if (loaded.has(name)) return;
    loaded.add(name);
    if (!name.endsWith('.js')) return;
    for (const [, file] of read(name).toString().matchAll(/(?:from|import)"\.\/([^"]+)"/g)) add(`web/${file}`);
  };
  for (const [, name] of read(page).toString().matchAll(/(?:src|href)="\/(web\/[^"]+\.(?:js|css))"/g)) add(name);
  return loaded;
}

let isOver = false;
function check(what, bytes, most) {
  const text = `${what}: ${(bytes / kB).toFixed(1)} of ${most / kB} kB`;
  if (bytes > most) console.error(`${text}: too much`);
  else console.log(text);
  isOver ||= bytes > most;
}

for (const [page, most] of Object.entries(budgets)) {
  const bytes = [...loadedBy(page)].reduce((sum, name) => sum + packed(read(name)), packed(read(page)));
  check(page, bytes, most);
}
const all = readdirSync(dist, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
const embedded = all.reduce((sum, { parentPath, name }) => {
  const bytes = readFileSync(join(parentPath, name));
  const compressed = packed(bytes);
  return sum + bytes.length + (compressed < bytes.length ? compressed : 0);
}, 0);
check('all files, plain and compressed', embedded, embeddedMax);
process.exitCode = isOver ? 1 : 0;
