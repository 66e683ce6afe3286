#!/usr/bin/env node
// Measures the readability of src/ (CONTRIBUTING.md, "Measures"): comment share, sizes of functions and files, and the files
// of one GET. With --check, fails if a bound is not met. Needs universal-ctags.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bounds = {
  'comment share of headers, %': { min: 25 },
  'comment share of .cc files, %': { min: 8 },
  'lines of a function, median': { max: 5 },
  'lines of a function, 95th percentile': { max: 20 },
  'lines of a function, longest': { max: 74 },
  'lines of a file, longest': { max: 450 },
  'files of one GET': { max: 26 },
};

const files = execFileSync('git', ['ls-files', 'src/*.h', 'src/*.cc'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
const lines = new Map(files.map((path) => [path, readFileSync(join(root, path), 'utf8').trimEnd().split('\n')]));

// The share of lines that hold a comment, of all lines that are not empty.
function commentShare(ending) {
  let all = 0;
  let comments = 0;
  for (const [path, text] of lines) {
    if (!path.endsWith(ending)) continue;
    for (const line of text) {
      if (line.trim() === '') continue;
      all += 1;
      if (/(^|\s)\/\//.test(line)) comments += 1;
    }
  }
  return (100 * comments) / all;
}

// Lines from the name to the closing brace, of every function that is defined in src/, ascending.
function functionLengths() {
  const tags = execFileSync(
    'ctags',
    ['-f', '-', '--sort=no', '--language-force=C++', '--c++-kinds=f', '--fields=+ne', ...files],
    { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  return [...tags.matchAll(/\tline:(\d+).*\tend:(\d+)/g)].map(([, line, end]) => end - line + 1).sort((a, b) => a - b);
}

// The files that docs/architecture.md names for a read.
function filesOfOneGet() {
  const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const section = /^## A read\n(.*?)^## /ms.exec(text)[1];
  return new Set([...section.matchAll(/`([\w/]+\.(?:cc|h))`/g)].map((match) => match[1])).size;
}

const lengths = functionLengths();
const values = {
  'comment share of headers, %': commentShare('.h'),
  'comment share of .cc files, %': commentShare('.cc'),
  'lines of a function, median': lengths[Math.floor(lengths.length / 2)],
  'lines of a function, 95th percentile': lengths[Math.floor(lengths.length * 0.95)],
  'lines of a function, longest': lengths.at(-1),
  'lines of a file, longest': Math.max(...[...lines.values()].map((text) => text.length)),
  'files of one GET': filesOfOneGet(),
};

let failed = false;
for (const [name, value] of Object.entries(values)) {
  const { min = -Infinity, max = Infinity } = bounds[name];
  const bad = value < min || value > max;
  failed ||= bad;
  const bound = min > -Infinity ? `at least ${min}` : `at most ${max}`;
  console.log(`${bad ? '!' : ' '} ${name.padEnd(38)} ${value.toFixed(name.endsWith('%') ? 1 : 0).padStart(6)}  (${bound})`);
}
console.log(`  lines of src/ ${String([...lines.values()].reduce((sum, text) => sum + text.length, 0)).padStart(31)}`);
process.exit(failed && process.argv.includes('--check') ? 1 : 0);
