// docs/operate.md lists the packages of the shared libraries that the built server needs, as Debian names them.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './tree.mjs';

const porchlight = process.env.PORCHLIGHT_BINARY ?? join(root, 'build/release/porchlight');

const output = (command, ...args) => execFileSync(command, args, { encoding: 'utf8' });

// On every Debian system.
const base = ['libc6', 'libgcc-s1', 'libstdc++6'];
// Not linked: data that the server reads.
const data = ['ca-certificates', 'cracklib-runtime', 'tzdata'];

test('the packages of the binary are those of the document', () => {
  const libraries = new Set([...output('objdump', '-p', porchlight).matchAll(/NEEDED +(\S+)/g)].map(([, name]) => name));
  // dpkg knows some libraries below /lib and others below /usr/lib.
  const paths = [...output('ldd', porchlight).matchAll(/^\s+(\S+) => (?:\/usr)?(\/\S+)/gm)]
    .filter(([, name]) => libraries.has(name))
    .map(([, , path]) => `*${path}`);
  const owners = [...output('dpkg', '-S', ...paths).matchAll(/^(?!diversion)([^:\n]+):/gm)].map(([, name]) => name);
  const needed = new Set([...owners.filter((name) => !base.includes(name)), ...data]);
  const page = readFileSync(join(root, 'docs/operate.md'), 'utf8');
  const [, list] = page.match(/apt-get install --no-install-recommends ([^;]*?)\n(?! )/);
  assert.deepEqual(list.split(/[\s\\]+/).sort(), [...needed].sort());
});
