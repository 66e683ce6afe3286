// Makes the files of FOLDER/dist part of the program: node embed.mjs FOLDER writes FOLDER/assets.S with their bytes, plain
// and compressed, and FOLDER/assets.cc with the table of src/web/asset.h.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
// Where the pages are served. Other files are served under the names that they have in dist/.
const pages = { 'board.html': '/board/', 'wall.html': '/board/wall', 'console.html': '/console/', 'docs.html': '/docs/' };

const [folder] = process.argv.slice(2);
const dist = join(folder, 'dist');

// The script that is a part of each page, and what a policy calls it.
const recovery = readFileSync(join(import.meta.dirname, 'src/recovery.js'), 'utf8');
const recoverySource = `'sha256-${createHash('sha256').update(recovery).digest('base64')}'`;
for (const page of Object.keys(pages)) {
  const [head, rest] = readFileSync(join(dist, page), 'utf8').split(/(?<=<meta charset="utf-8" \/>)/);
  writeFileSync(join(dist, page), `${head}\n    <script>${recovery}</script>${rest}`);
}

const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(dist.length + 1))
  .map((name) => ({ name, path: pages[name] ?? `/${name}`, type: types[extname(name)] }))
  .sort((a, b) => (a.path < b.path ? -1 : 1));

const assembly = ['.section .note.GNU-stack,"",@progbits', '.section .rodata'];
const declarations = [];
const rows = [];

// Adds the bytes of a file to the assembly; returns the view of them in C++.
function embed(symbol, file, bytes) {
  assembly.push(`.global ${symbol}`, `.hidden ${symbol}`, `${symbol}: .incbin "${file}"`);
  declarations.push(`extern "C" const char ${symbol}[];`);
  return `{${symbol}, ${bytes}}`;
}

for (const [i, { name, path, type }] of files.entries()) {
  if (!type) throw new Error(`embed.mjs knows no media type for ${name}`);
  const file = join(dist, name);
  const plain = readFileSync(file);
  const gzip = gzipSync(plain, { level: 9 });
  const etag = createHash('sha256').update(plain).digest('base64url').slice(0, 22);
  const views = [embed(`porchlight_web_${i}`, file, plain.length)];
  if (gzip.length < plain.length) {
    const packed = join(folder, `${i}.gz`);
    writeFileSync(packed, gzip);
    views.push(embed(`porchlight_web_${i}_gzip`, packed, gzip.length));
  } else {
    views.push('{}');
  }
  rows.push(`    {"${path}", "${type}", "W/\\"${etag}\\"", ${views.join(', ')}, "${pages[name] ? recoverySource : ''}"},`);
}

writeFileSync(join(folder, 'assets.S'), `${assembly.join('\n')}\n`);
writeFileSync(
  join(folder, 'assets.cc'),
  `#include "web/asset.h"

${declarations.join('\n')}

namespace porchlight::web {

std::span<const Asset> assets() {
  static const Asset kAssets[] = {
${rows.join('\n')}
  };
  return kAssets;
}

}  // namespace porchlight::web
`,
);
