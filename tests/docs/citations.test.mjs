// Every citation of docs/spec and of docs/*.md has a target; and the check itself finds those that have none.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { checkCitations } from './citations.mjs';
import { root, withTree } from './tree.mjs';

test('every citation resolves', () => {
  const { faults, resolved } = checkCitations(root);
  assert.equal(faults.length, 0, `\n${faults.join('\n')}\n`);
  assert.ok(resolved.length > 1000, `only ${resolved.length} citations were found`);
});

const presence = `# Presence

## 6. State machine

### 6.2 Rules

| # | Rule |
|---|---|
| <a id="r1"></a>R1 | A session ends. |
| **R2** | The best session wins, see §6.9. |

### 6.9 Invariants

| # | Property |
|---|---|
| invariant 1 | total |

## 10. Errors

| # | Condition |
|---|---|
| P1 | application on /me |

| Step | Check |
|---|---|
| 1 | route |
| 2 | token |

## 12. Test list

1. Pairs.
2. \`PT5M\` is accepted
`;
const clients = `# Clients

## 1. TLS

## 2. Paths
`;

function faultsOf(files) {
  return withTree({ 'docs/spec/presence.md': presence, 'docs/spec/clients.md': clients, ...files }, checkCitations).faults;
}

// Each row: a file, its text, and what is wrong with it: the part of the fault behind its path.
const rows = [
  ['src/a.h', '// Rules (spec presence §6.2 R1, R2; §10 P1, steps 1 and 2).', null],
  ['src/a.h', '// Pairs (spec presence §12 items 1 and 2, §10 row 1), invariant 1.', null],
  ['src/a.h', '// Order of checks of spec\n// presence §10.\nint a;\n\n// Step 2.\nint b;  // §6.2', null],
  ['src/a.h', '// Paths (spec clients 1, 2).', null],
  ['src/a.h', '// Range (spec presence §6.2-6.9, §6 to §10).', null],
  ['src/a.h', '// Text (spec presence §12, "PT5M is accepted").', null],
  ['src/a.h', '// Tags (RFC 9110 §8.8.3, §13.1.2).', null],
  ['src/a.h', 'const char* kText = "spec presence §99";  // a text', null],
  ['tests/a.mjs', "const text = 'spec presence §99 R9'; // (spec presence §6)", null],
  ['docs/spec/clients.md', '## 1. TLS\n\n| invariant 2 | own |\n\nAs invariant 2 says.', null],
  ['docs/a.md', 'See spec presence §10, and docs/spec/clients.md, "2. Paths".', null],

  ['src/a.h', '\n// (spec presence §99)', '2: spec presence has no §99'],
  ['src/a.h', '// (spec presence §6,\n// §6.3)', '2: spec presence has no §6.3'],
  ['src/a.h', 'int a;  // §6.2', '1: §6.2: of which sheet?'],
  ['src/a.h', '// (spec protocol §6)', '1: no docs/spec/protocol.md'],
  ['src/a.h', '// (spec clients 2 and 3)', '1: spec clients has no §3'],
  ['src/a.h', '// (spec presence §6.2-6.5)', '1: spec presence has no §6.5'],
  ['src/a.h', '// (R3)', '1: no rule R3 in docs/spec'],
  ['src/a.h', '// (spec presence §10 R1)', '1: R1 is in spec presence §6.2, not in presence §10'],
  ['src/a.h', '// (spec presence §10, steps 2 and 3)', '1: spec presence §10 has no step 3'],
  ['src/a.h', '// (step 1)', '1: step 1: of which section?'],
  ['src/a.h', '// (spec presence §12 item 3)', '1: spec presence §12 has no item 3'],
  ['src/a.h', '// (invariant 2)', '1: spec presence §6.9 has no invariant 2'],
  ['src/a.h', '// (spec presence §12, "PT4M")', '1: spec presence §12 does not say "PT4M"'],
  ['src/a.h', '// (security requirements "Limits")', '1: cite the sections of docs/spec/security.md: spec security §N'],
  ['src/a.h', '// (docs/lost.md)', '1: no docs/lost.md'],
  ['src/a.h', '// (docs/spec/clients.md, "3. Shape")', '1: docs/spec/clients.md has no heading "3. Shape"'],
  ['src/CMakeLists.txt', '# (spec presence §7)', '1: spec presence has no §7'],
  ['tests/transcripts/a.txt', 'What it shows\n(spec presence §7).\n\nalice: spec presence §8', '2: spec presence has no §7'],
  ['docs/a.md', '| spec presence §7 | R1 |', '1: spec presence has no §7'],
  ['docs/spec/clients.md', '## 1. TLS\n\nAs §1 of presence.md §6 says, and §5.', '3: spec clients has no §5'],
  ['docs/spec/clients.md', '## 1. TLS\n\n| R1 | again |', 'docs/spec/presence.md: R1 of §6.2 is in clients §1 too'],
];

for (const [file, text, fault] of rows)
  test(`${fault ? 'finds' : 'accepts'} ${JSON.stringify(text)}`, () => {
    const faults = faultsOf({ [file]: text });
    const wanted = fault?.startsWith('docs/') ? fault : `${file}:${fault}`;
    assert.deepEqual(faults, fault ? [wanted] : []);
  });
