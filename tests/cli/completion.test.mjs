// What shells offer after a part of a command: by the program alone, and by the scripts in the shells themselves.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { needs, output, porchlight } from './tools.mjs';

let folder;
let env;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'porchlight-completion-'));
  mkdirSync(join(folder, 'bin'));
  symlinkSync(porchlight, join(folder, 'bin/porchlight'));
  mkdirSync(join(folder, 'data folder'));
  writeFileSync(join(folder, 'data.csv'), '');
  env = { ...process.env, PATH: join(folder, 'bin') + delimiter + process.env.PATH, HOME: folder, TERM: 'dumb', LC_ALL: 'C.UTF-8' };
});
after(() => rmSync(folder, { recursive: true }));

const lines = (text) => text.split('\n').filter((line) => line !== '');
const words = (text) => lines(text).map((line) => line.replace(/\t.*/, '')).sort();

const rows = [
  { typed: ['se'], offered: ['serve'] },
  { typed: ['user', 're'], offered: ['remove'] },
  { typed: ['log', ''], offered: ['export', 'repair'] },
  { typed: ['serve', '--clock', ''], offered: ['manual', 'system'] },
  { typed: ['serve', '--clock', 'm'], offered: ['manual'] },
  { typed: ['serve', '--clock-', ''], offered: [] },
  { typed: ['serve', '--cl'], offered: ['--clock', '--clock-start', '--cloud'] },
  { typed: ['app', 'register', 'Board', '--kind', ''], offered: ['confidential', 'public'] },
  { typed: ['app', 'register', 'Board', '--kind', 'public', '--red'], offered: ['--redirect'] },
];
const program = [
  ...rows,
  { typed: ['serve', '--clock=m'], offered: ['--clock=manual'] },
  { typed: ['serve', '--nothing=m'], offered: [] },
  { typed: ['user', 'frob', ''], offered: [] },
  { typed: ['frob', 'user', ''], offered: [] },
  { typed: ['init', '--data', ''], offered: [':folders'] },
  { typed: ['serve', '--config', 'por'], offered: [':files'] },
  { typed: ['user', 'import', ''], offered: [':files'] },
  { typed: ['user', 'import', 'people.csv', ''], offered: [] },
  { typed: ['token', ''], offered: ['revoke'] },
  { typed: [], offered: [] },
];

test('the program says what may follow', () => {
  for (const { typed, offered } of program)
    assert.deepEqual(words(output(porchlight, ['completion', 'candidates', '--', ...typed])), offered, typed.join(' '));
});

test('the program says what a word is', () => {
  assert.equal(output(porchlight, ['completion', 'candidates', '--', 'ser']), 'serve\tServe the presence API\n');
});

// bash: the function is called as readline calls it.
function bash(...typed) {
  const script = `source <(porchlight completion bash)
COMP_WORDS=(porchlight "$@"); COMP_CWORD=$#; compopt() { :; }; _porchlight; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return lines(output('bash', ['--norc', '-c', script, 'bash', ...typed], { env, cwd: folder })).sort();
}

test('bash', needs('bash'), () => {
  for (const { typed, offered } of rows) assert.deepEqual(bash(...typed), offered, typed.join(' '));
  assert.deepEqual(bash('serve', '--clock', '=', 'm'), ['manual']);
  assert.deepEqual(bash('serve', '--clock', '='), ['manual', 'system']);
  assert.deepEqual(bash('init', '--data', 'da'), ['data folder']);
  assert.deepEqual(bash('user', 'import', 'da'), ['data folder', 'data.csv']);
});

test('fish', needs('fish'), () => {
  const fish = (typed) => {
    const script = 'porchlight completion fish | source; complete -C $argv[1]';
    return words(output('fish', ['--no-config', '-c', script, typed], { env, cwd: folder }));
  };
  for (const { typed, offered } of rows) assert.deepEqual(fish(`porchlight ${typed.join(' ')}`), offered, typed.join(' '));
  assert.deepEqual(fish('porchlight init --data da'), ['data folder/']);
  assert.deepEqual(fish('porchlight user import da'), ['data folder/', 'data.csv']);
});

// zsh: a shell on a terminal of its own gets the keys, and prints and forgets its command line when it gets ^X.
function zsh(...typed) {
  const script = `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PROMPT= RPROMPT=; autoload -U compinit; compinit -u -D; source <(porchlight completion zsh)'
zpty -w shell 'show() { print -r -- "<<$BUFFER>>"; BUFFER=; }; zle -N show; bindkey "^X" show; print re""ady'
zpty -r shell line '*ready*'
for keys; do
  zpty -w -n shell "$keys"$'\\t\\C-x'
  zpty -r shell line '*<<*>>*'
  print -r -- "$line"
done`;
  const shown = output('zsh', ['-f', '-c', script, 'zsh', ...typed], { env, cwd: folder, timeout: 60_000 });
  return [...shown.matchAll(/<<(.*)>>/g)].map(([, line]) => line);
}

test('zsh', needs('zsh'), () => {
  const completed = new Map([
    ['porchlight ser', 'porchlight serve '],
    ['porchlight user rem', 'porchlight user remove '],
    ['porchlight serve --clock m', 'porchlight serve --clock manual '],
    ['porchlight app register Board --kind pu', 'porchlight app register Board --kind public '],
    ['porchlight init --data da', 'porchlight init --data data\\ folder/'],
    ['porchlight user import data.', 'porchlight user import data.csv '],
  ]);
  assert.deepEqual(zsh(...completed.keys()), [...completed.values()]);
});
