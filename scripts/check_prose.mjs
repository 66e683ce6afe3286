#!/usr/bin/env node
// Fails where a comment, document or text of the product uses a word that CONTRIBUTING.md ("Prose") forbids, or where a
// comment line is longer than 120 columns (clang-format does not reflow comments).
//
// The words cannot be tested for clarity; these are those that came with sentences a reader had to read twice.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const kWords =
  /\b(whoever|whomever|whom|anew|(?<!there )(?:is|are) none|is told|are told|was told|were told|hears|what there is|for ever|stands still|well or ill|nobody|somebody|everybody)\b/i;
const kLineMax = 120;

// The part of a line that is prose: comments of code, everything of a document.
function prose(path, line) {
  if (path.endsWith('.md')) return line.replace(/`[^`]*`|"[^"]*"/g, '');
  const comment = /(?:^|\s)(?:\/\/|#)\s?(.*)$/.exec(line);
  return comment ? comment[1].replace(/`[^`]*`/g, '').replace(/"[^"]*"/g, '') : '';
}

const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((path) => /\.(h|cc|mjs|md|sh|cmake|example)$|CMakeLists\.txt$|^(run|test|\.ci\/run)$|^scripts\//.test(path))
  .filter((path) => path !== 'CONTRIBUTING.md' && path !== 'scripts/check_prose.mjs');

let faults = 0;
for (const path of files) {
  const lines = readFileSync(join(root, path), 'utf8').split('\n');
  lines.forEach((line, index) => {
    const word = kWords.exec(prose(path, line));
    const isLong = /\.(h|cc)$/.test(path) && /^\s*\/\//.test(line) && [...line].length > kLineMax;
    if (!word && !isLong) return;
    faults += 1;
    console.error(`${path}:${index + 1}: ${word ? `"${word[0]}"` : `longer than ${kLineMax} columns`}: ${line.trim()}`);
  });
}
if (faults === 0) console.log(`${files.length} files in plain English, as far as words tell`);
process.exit(faults === 0 ? 0 : 1);
