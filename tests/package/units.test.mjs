// The units of systemd: well-formed, hardened, and about the program that the package installs.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { needs, output, porchlight } from '../cli/tools.mjs';
import { root } from '../docs/tree.mjs';

const folder = join(root, 'contrib/systemd');
const units = readdirSync(folder);

// What `systemd-analyze security` calls the exposure of a service, 0 to 10; below 2 is its best word.
const exposureMax = 1.5;

test('no service is exposed more than it must be', needs('systemd-analyze'), () => {
  for (const unit of units.filter((name) => name.endsWith('.service'))) {
    const shown = output('systemd-analyze', ['security', '--offline=true', '--no-pager', join(folder, unit)]);
    const [, exposure] = /Overall exposure level for \S+: ([\d.]+)/.exec(shown);
    assert.ok(Number(exposure) <= exposureMax, `${unit}: ${exposure}`);
  }
});

test('systemd finds no fault but the program, which is not installed', needs('systemd-analyze'), () => {
  const found = spawnSync('systemd-analyze', ['verify', '--man=no', ...units.map((name) => join(folder, name))], { encoding: 'utf8' });
  const faults = found.stderr.split('\n').filter((line) => line && !line.includes('Command /usr/bin/porchlight is not executable'));
  assert.deepEqual(faults, []);
});

test('the program knows each command and option of the units', () => {
  const commands = units.flatMap((name) => readFileSync(join(folder, name), 'utf8').match(/\/usr\/bin\/porchlight [^'$\n]*/g) ?? []);
  assert.ok(commands.length >= 3);
  for (const command of commands) {
    const [, name, ...words] = command.split(' ');
    const options = output(porchlight, ['completion', 'candidates', '--', name, '--']);
    for (const option of words.filter((word) => word.startsWith('--'))) assert.match(options, new RegExp(`^${option}(\t|$)`, 'm'), command);
  }
});
