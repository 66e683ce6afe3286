// docs/permissions.md lists the permissions that the server takes from tokens: no more, no less, and of which kind each is.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './tree.mjs';

// The names of one table of identity/claims.cc.
function namesOf(source, table) {
  const rows = source.match(new RegExp(`constexpr PermissionName ${table}\\[\\] = \\{([\\s\\S]*?)\\};`))[1];
  return [...rows.matchAll(/\{"([\w.]+)", Permission::/g)].map(([, name]) => name);
}

test('every permission is in the table of the document', () => {
  const source = readFileSync(join(root, 'src/identity/claims.cc'), 'utf8');
  const page = readFileSync(join(root, 'docs/permissions.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([\w.]+)` \| (yes|–) \| (yes|–) \|/gm)];
  const listed = (column) => rows.filter((row) => row[column] === 'yes').map((row) => row[1]);
  assert.deepEqual(listed(2).sort(), namesOf(source, 'kDelegated').sort());
  assert.deepEqual(listed(3).sort(), namesOf(source, 'kApplication').sort());
  assert.ok(rows.every((row) => row[2] === 'yes' || row[3] === 'yes'));
});
