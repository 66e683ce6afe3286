// The reader of the tables, and its comparison with the fillers.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mismatches, sharedResources } from './table.mjs';

const head = '| resource | bound | shared by | full | test |\n|---|---|---|---|---|\n';
const document = `# A

${head}| seats | 4 | all | 503 | \`x\` |

### B

${head}| doors | 2 | all | wait | – |

| other | table |
|---|---|
| a | b |
`;

test('the rows of both tables are found, and no other', () => {
  assert.deepEqual(sharedResources(document), [
    { resource: 'seats', bound: '4', 'shared by': 'all', full: '503', test: '`x`' },
    { resource: 'doors', bound: '2', 'shared by': 'all', full: 'wait', test: '–' },
  ]);
});

test('each row needs a filler, and each filler a row', () => {
  const rows = sharedResources(document);
  assert.deepEqual(mismatches(rows, { seats: {}, doors: {} }), []);
  assert.deepEqual(mismatches(rows, { seats: {} }), ['"doors" of docs/security.md has no filler']);
  assert.deepEqual(mismatches(rows, { seats: {}, doors: {}, roofs: {} }), ['docs/security.md has no row "roofs"']);
  assert.deepEqual(mismatches([...rows, rows[0]], { seats: {}, doors: {} }), ['docs/security.md has two rows of one name']);
  assert.deepEqual(mismatches([], {}), ['docs/security.md has no table of what clients share']);
});
