// The prose of a file: comments of code, the title and remarks of a transcript, all of a document.
import { readdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';

const skipped = new Set(['node_modules', 'corpus']);

export function* filesBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (skipped.has(entry.name)) continue;
    if (entry.isDirectory()) yield* filesBelow(path);
    else yield path;
  }
}

// A line of code cut into string literals, a comment to the end of the line, and the rest.
const pieces = {
  c: /"(?:\\.|[^"\\])*"|'(?:\\[^']+|[^'\\])'|\/\/(.*)|./g,
  js: /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`|\/\/(.*)|./g,
};
const languages = { '.h': 'c', '.cc': 'c', '.mjs': 'js', '.ts': 'js' };
for (const extension of ['', '.cmake', '.sh', '.toml', '.example']) languages[extension] = 'hash'; // scripts have no extension

function commentOf(line, language) {
  if (language === 'hash') return line.match(/(?:^|\s)#(.*)/)?.[1];
  for (const [, comment] of line.matchAll(pieces[language])) if (comment !== undefined) return comment;
  return undefined;
}

// Lines that are read as one text, with the way back from an offset to a line number.
class Block {
  text = '';
  #starts = [];

  add(line, words) {
    this.#starts.push({ offset: this.text.length, line });
    this.text += `${words.trim()} `;
  }

  lineAt(offset) {
    return this.#starts.findLast((start) => start.offset <= offset).line;
  }
}

// For each line of the file: its prose if it has any, and whether a block begins or ends with it.
function proseOfLines(path, lines) {
  const extension = extname(path);
  if (extension === '.md')
    return lines.map((line) => {
      const alone = /^[|#]/.test(line);
      return { words: line.trim() ? line : undefined, begins: alone || /^\s*(?:[-*]|\d+\.) /.test(line), ends: alone };
    });
  if (extension === '.txt' && basename(path) !== 'CMakeLists.txt') {
    const titleLines = lines.findIndex((line) => line.trim() === '');
    return lines.map((line, i) => ({ words: i < titleLines ? line : commentOf(line, 'hash') }));
  }
  const language = extension === '.txt' ? 'hash' : languages[extension];
  if (!language) return [];
  // A comment behind code begins a block, which comment lines below may continue.
  return lines.map((line) => ({ words: commentOf(line, language), begins: !/^\s*(?:\/\/|#)/.test(line) }));
}

export function blocksOf(path, text) {
  const blocks = [];
  let block;
  proseOfLines(path, text.split('\n')).forEach(({ words, begins, ends }, i) => {
    if (begins || words === undefined) block = undefined;
    if (words === undefined) return;
    if (!block) blocks.push((block = new Block()));
    block.add(i + 1, words);
    if (ends) block = undefined;
  });
  return blocks;
}
