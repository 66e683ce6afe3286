// Every file and folder that a document names exists; and the check itself finds those that do not.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { checkFiles } from './files.mjs';
import { root, withTree } from './tree.mjs';

test('every file that a document names exists', () => {
  const { faults, found } = checkFiles(root);
  assert.equal(faults.length, 0, `\n${faults.join('\n')}\n`);
  assert.ok(found > 100, `only ${found} names were found`);
});

const files = {
  'src/graph/call/call.cc': '',
  'src/notify/outbox.h': '',
  'tests/graph/reads_test.cc': '',
  'scripts/check_layers': '',
  'docs/waiting.md': '# Waiting\n',
};

// Each row: the text of docs/architecture.md, and the name in it that does not exist.
const rows = [
  ['`graph/call/call.cc`, src/notify/outbox.h and `call.cc`', null],
  ['graph/reads_test, graph/*_test, `notify/`, `graph/call/`, `scripts/check_layers`, src/*/outbox.h', null],
  ['[waiting](waiting.md#waiting), [page](https://example.com/lost.md), `/v1.0/users/`', null],
  ['    src/\n      graph/    routes\n        call/   calls\n      notify/   watches\n\n    other/', null],

  ['1. `graph/call.cc`', 'graph/call.cc'],
  ['`service.cc` reads', 'service.cc'],
  ['src/graph/lost.h', 'src/graph/lost.h'],
  ['| fact | graph/writes_test |', 'graph/writes_test'],
  ['`scripts/check_words`', 'scripts/check_words'],
  ['`watch/`', 'watch/'],
  ['src/*/inbox.h', 'src/*/inbox.h'],
  ['[waiting](lost.md)', 'lost.md'],
];

for (const [text, lost] of rows)
  test(`${lost ? 'finds' : 'accepts'} ${JSON.stringify(text)}`, () => {
    const { faults } = withTree({ ...files, 'docs/architecture.md': `# Architecture\n\n${text}\n` }, checkFiles);
    assert.deepEqual(faults, lost ? [`docs/architecture.md:3: ${lost} does not exist`] : []);
  });

test('finds a folder of a drawing', () => {
  const drawing = '```\nsrc/\n  graph/   routes\n    wire/  bytes\n  notify/\n```\n';
  const { faults } = withTree({ ...files, 'docs/architecture.md': drawing }, checkFiles);
  assert.deepEqual(faults, ['docs/architecture.md:4: src/graph/wire does not exist']);
});

test('looks only at links in docs/spec', () => {
  const page = '`schemas/lost.h`, [presence](presence.md)\n';
  const { faults } = withTree({ ...files, 'docs/spec/clients.md': page }, checkFiles);
  assert.deepEqual(faults, ['docs/spec/clients.md:1: presence.md does not exist']);
});
