// The models of docs/spec/replication.md, checked by spin: every state of the sound ones is visited without an error, and
// all their statements are reached. With a rule taken away by a macro, the named formula must fail.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { needs, output } from '../cli/tools.mjs';
import { root } from '../docs/tree.mjs';

const folder = join(root, 'tests/protocol');
const memoryMaxMiB = 2000;

// What the formulas need of the verifier: without cycles to look for, it is faster.
const models = {
  replication: {
    formulas: { safe: ['-DSAFETY'], ends: [] },
    faults: {
      NO_FENCE: 'safe',
      FORGET_IDS: 'safe',
      APPLY_EARLY: 'safe',
      NO_REREAD_AFTER_UNKNOWN: 'safe',
      NO_TAIL_WHILE_UNSURE: 'ends',
      NO_TAIL_WHEN_UNHEARD: 'ends',
      NO_HEARTBEAT: 'ends',
    },
    unreached: [],
  },
  hold: {
    formulas: { seen: ['-DSAFETY'], fresh: ['-DSAFETY'], gone: [], ends: [] },
    faults: {
      ENDLESS_HOLD: 'ends',
      NO_HOLD: 'seen',
      NO_AFTER_GOOD: 'seen',
      NO_SECOND_FAILURE: 'seen',
      HOLD_EVERYONE: 'fresh',
    },
    unreached: ['Shard -end-'], // the time does not end
  },
};

// The statements that the verifier lists as unreached, but those of the formula, as `process statement`.
function unreachedIn(report) {
  const statements = [];
  let process;
  for (const line of report.split('\n')) {
    const [, kind, name] = /^unreached in (proctype|claim|init)\s*(\S*)/.exec(line) ?? [];
    if (kind) process = kind === 'claim' ? undefined : name || kind;
    const [, statement] = /, state \d+, "(.*)"$/.exec(line) ?? [];
    if (statement && process) statements.push(`${process} ${statement}`);
  }
  return statements;
}

// Visits the states of a model until a formula fails; returns {errors, states, isComplete, unreached, report}.
function verify(model, formula, { macros = [], flags = [] } = {}) {
  const cwd = mkdtempSync(join(tmpdir(), 'porchlight-spin-'));
  try {
    output('spin', [...macros.map((name) => `-D${name}`), '-a', join(folder, `${model}.pml`)], { cwd });
    output('gcc', ['-w', '-O2', `-DMEMLIM=${memoryMaxMiB}`, ...flags, '-o', 'pan', 'pan.c'], { cwd });
    const isSafety = flags.includes('-DSAFETY');
    const report = output('./pan', [...(isSafety ? [] : ['-a']), '-N', formula], { cwd, stdio: ['ignore', 'pipe', 'ignore'] });
    return {
      errors: Number(/errors: (\d+)/.exec(report)[1]),
      states: Number(/(\d+) states, stored/.exec(report)[1]),
      isComplete: !/Search not completed|max search depth too small/.test(report),
      unreached: unreachedIn(report),
      report,
    };
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

for (const [model, { formulas, faults, unreached }] of Object.entries(models)) {
  for (const [formula, flags] of Object.entries(formulas)) {
    test(`${model}: ${formula}`, needs('spin', 'gcc'), (t) => {
      const found = verify(model, formula, { flags });
      assert.equal(found.errors, 0, found.report);
      assert.ok(found.isComplete, found.report);
      assert.deepEqual(found.unreached, unreached);
      t.diagnostic(`${found.states} states`);
    });
  }
  for (const [fault, formula] of Object.entries(faults)) {
    test(`${model}: ${formula} fails with ${fault}`, needs('spin', 'gcc'), () => {
      const found = verify(model, formula, { macros: [fault], flags: formulas[formula] });
      assert.ok(found.errors > 0, found.report);
    });
  }
}
