// The scripts: how scripts/build shows progress, that it fails if the build fails, and --help of the others.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { root } from './tree.mjs';

const script = join(root, 'scripts/build');

// Runs the script with a cmake that prints these lines and ends with `code`.
function build(lines, code = 0) {
  const folder = mkdtempSync(join(tmpdir(), 'build-'));
  try {
    const cmake = join(folder, 'cmake');
    writeFileSync(cmake, `#!/bin/sh\n[ "$*" = "--build --preset product" ] || exit 99\ncat <<'END'\n${lines.join('\n')}\nEND\nexit ${code}\n`);
    chmodSync(cmake, 0o755);
    const ran = spawnSync(script, ['product'], { env: { ...process.env, PATH: `${folder}:${process.env.PATH}` }, encoding: 'utf8' });
    return { code: ran.status, out: ran.stdout };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('without a terminal a line is written every few seconds, with the time left', () => {
  const lines = [];
  for (let step = 1; step <= 100; step += 1) lines.push(`@@ ${step} 100 ${(step / 5).toFixed(3)} Building ${step}`);
  assert.deepEqual(build(lines), {
    code: 0,
    out: 'building: 1 %, step 1 of 100, about 0 s left\n'
      + 'building: 25 %, step 25 of 100, about 15 s left\n'
      + 'building: 50 %, step 50 of 100, about 10 s left\n'
      + 'building: 75 %, step 75 of 100, about 5 s left\n'
      + 'building: 100 %, step 100 of 100, about 0 s left\n',
  });
});

test('errors are shown, and the script fails as the build does', () => {
  const lines = ['@@ 0 2 0.010 Re-checking', 'FAILED: a.o', 'a.cc:1: error: wrong', 'ninja: build stopped: subcommand failed.'];
  assert.deepEqual(build(lines, 1), { code: 1, out: `${lines.slice(1).join('\n')}\n` });
});

test('a build with nothing to do prints nothing', () => {
  assert.deepEqual(build(['ninja: no work to do.']), { code: 0, out: '' });
});

for (const name of ['run', 'test', 'bench/run', 'scripts/package', 'scripts/engine', '.ci/run']) {
  test(`${name} --help prints what the script does, and does nothing`, () => {
    const ran = spawnSync(join(root, name), ['--help'], { cwd: tmpdir(), encoding: 'utf8' });
    assert.deepEqual({ code: ran.status, errors: ran.stderr }, { code: 0, errors: '' });
    assert.match(ran.stdout, /^[A-Z][^#]*\.\n/);
    assert.doesNotMatch(ran.stdout, /set -euo|bash/);
  });
}
