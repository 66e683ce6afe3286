// The pages of the manual: complete, and free of faults for the programs that print and index them.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../docs/tree.mjs';
import { needs, output, porchlight } from './tools.mjs';

let folder;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'porchlight-manual-'));
  output(porchlight, ['manual', folder]);
});
after(() => rmSync(folder, { recursive: true }));

const sources = () => readdirSync(folder).filter((name) => name.endsWith('.scd'));
const source = (name) => readFileSync(join(folder, name), 'utf8');

// Makes roff of each page with scdoc, and returns the paths.
function pages() {
  return sources().map((name) => {
    const page = join(folder, name.replace('.scd', ''));
    writeFileSync(page, output('scdoc', [], { input: source(name) }));
    return page;
  });
}

// The text of a page as man prints it, in lines of any length, without bold and underlines.
const printed = (page) =>
  output('man', ['-l', page], { env: { ...process.env, MANWIDTH: '400', MAN_KEEP_FORMATTING: '', LC_ALL: 'C.UTF-8' } });

test('each command has a page', () => {
  const commands = output(porchlight, ['completion', 'candidates', '--', '']).matchAll(/^([a-z]+)/gm);
  const expected = ['porchlight.1.scd', 'porchlight.toml.5.scd', ...[...commands].map(([, name]) => `porchlight-${name}.1.scd`)];
  assert.deepEqual(sources().sort(), expected.sort());
});

test('a page has each command of its group, its options and its examples', needs('scdoc', 'man'), () => {
  const page = pages().find((path) => path.endsWith('porchlight-user.1'));
  const text = printed(page);
  assert.match(text, /^ +porchlight user add --data DIR --upn TEXT --name TEXT \[option\.\.\.\]$/m);
  assert.match(text, /^ +--user, --id, --upn TEXT\n +The user, by id or userPrincipalName\. Must be given\.$/m);
  assert.match(text, /^ +porchlight user import people\.csv --data ~\/porch$/m);
});

test('the page of the configuration has every line of the example', needs('scdoc', 'man'), () => {
  const text = printed(pages().find((path) => path.endsWith('.5'))).replace(/\s+/g, ' ');
  for (const line of readFileSync(join(root, 'porchlight.toml.example'), 'utf8').split('\n')) {
    const content = line.replace(/^# ?/, '').replace(/^(\[\w.*?\])( # .*)?$/, '$1').replace(/\s+/g, ' ').trim();
    assert.ok(text.includes(content), content);
  }
});

test('man, mandoc and lexgrog find no fault', needs('scdoc', 'man', 'mandoc', 'lexgrog'), () => {
  for (const page of pages()) {
    // scdoc writes more paragraph macros than are needed.
    const lint = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', page], { encoding: 'utf8' }).stdout;
    assert.deepEqual(lint.split('\n').filter((line) => line && !line.includes('skipping paragraph macro')), [], page);
    const man = spawnSync('man', ['--warnings', '-l', '-Tutf8', '-Z', page], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8', MANWIDTH: '120' },
    });
    assert.equal(man.stderr, '', page);
    assert.equal(spawnSync('lexgrog', [page]).status, 0, page);
  }
});
