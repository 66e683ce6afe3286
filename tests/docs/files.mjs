// Finds the files and folders that documents name, in prose, tables, links and drawings of the tree:
//   graph/service.cc       below src/, tests/ or the root; `service.cc` alone is any file of that name
//   graph/reads_test       a test, without its ending
//   scripts/check_layers   from the root; `*` stands for a part of a name
//   `notify/`              a folder below src/, tests/ or the root, or beside the document
//   [waiting](waiting.md)  relative to the document
// and a drawing that begins with `src/` as a tree of folders, by indentation. Documents in docs/spec name files of other
// projects: only their links are checked.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { filesBelow } from './prose.mjs';

const folders = ['src', 'tests', 'bench', 'fuzz', 'scripts', 'cmake', 'docs'];
const documents = ['README.md', 'CONTRIBUTING.md'];
const tokens = new RegExp(
  [
    `\\]\\((?<link>[^)\\s:#]+)(?:#[^)]*)?\\)`,
    `(?<![\\w./*])(?<source>[\\w*-]+(?:/[\\w*-]+)*\\.(?:h|cc))\\b`,
    `(?<![\\w./*])(?<test>[\\w*]+/\\w+_test)\\b`,
    `(?<![\\w./*{}])(?<path>(?:${folders.join('|')})/[\\w./*-]*[\\w*])`,
    `\`(?<folder>\\w+(?:/\\w+)*/)\``,
  ].join('|'),
  'g',
);

// The files of the project. A path asked for may have `*` for a part of a name.
class Tree {
  constructor(root) {
    this.root = root;
    this.files = folders
      .map((name) => join(root, name))
      .filter(existsSync)
      .flatMap((folder) => [...filesBelow(folder)])
      .map((path) => relative(root, path));
    this.names = new Set(this.files.map((path) => basename(path)));
  }

  has(path) {
    if (!path.includes('*')) return existsSync(join(this.root, path));
    const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}(?:/|$)`);
    return this.files.some((file) => pattern.test(file));
  }

  isFolder(path) {
    return existsSync(join(this.root, path)) && statSync(join(this.root, path)).isDirectory();
  }
}

const places = (path) => [`src/${path}`, `tests/${path}`, path];

function exists(tree, document, { link, source, test, path, folder }) {
  if (link) return tree.has(join(dirname(document), link));
  if (source && !source.includes('/')) return tree.names.has(source);
  if (source) return places(source).some((place) => tree.has(place));
  if (test) return tree.has(`tests/${test}.cc`);
  if (folder) return [...places(folder), join(dirname(document), folder)].some((place) => tree.isFolder(place));
  return tree.has(path);
}

// The folders of a drawing, as {line, path}: each name ends in '/' and stands further right than what contains it.
function foldersDrawn(lines) {
  const drawn = [];
  let path; // from the outermost folder inwards, as {indent, name}
  lines.forEach((line, i) => {
    const [, indent, name] = line.match(/^(\s*)([\w-]+)\/(?:\s|$)/) ?? [];
    if (name === 'src' && !/^\s*\w/.test(lines[i - 1] ?? '')) path = [];
    else if (!path) return;
    if (!name) {
      if (line.trim() === '' || line.startsWith('```')) path = undefined;
      return;
    }
    while (path.length > 0 && path.at(-1).indent >= indent.length) path.pop();
    path.push({ indent: indent.length, name });
    drawn.push({ line: i + 1, path: path.map((folder) => folder.name).join('/') });
  });
  return drawn;
}

// The paths that documents below `root` name, as {faults, found}: lines `path:line: …` of those that do not exist, and the
// number of those that do.
export function checkFiles(root) {
  const tree = new Tree(root);
  const faults = [];
  let found = 0;
  const check = (document, line, name, good) => {
    if (good) ++found;
    else faults.push(`${document}:${line}: ${name} does not exist`);
  };
  const inFolders = tree.files.filter((path) => path.endsWith('.md')).sort();
  for (const document of [...documents.filter((name) => tree.has(name)), ...inFolders]) {
    const onlyLinks = document.startsWith(join('docs', 'spec'));
    const lines = readFileSync(join(root, document), 'utf8').split('\n');
    lines.forEach((line, i) => {
      for (const { groups } of line.matchAll(tokens))
        if (groups.link || !onlyLinks)
          check(document, i + 1, Object.values(groups).find(Boolean), exists(tree, document, groups));
    });
    for (const { line, path } of foldersDrawn(lines)) check(document, line, path, tree.isFolder(path));
  }
  return { faults, found };
}
