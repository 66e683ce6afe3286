// The built program and the tools of other packages that the tests of this folder need.
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../docs/tree.mjs';

export const porchlight = process.env.PORCHLIGHT_BINARY ?? join(root, 'build/release/porchlight');

export const output = (command, args, options = {}) => execFileSync(command, args, { encoding: 'utf8', ...options });

// The options of a test that needs these programs: it is skipped where one is missing, except in CI.
export function needs(...programs) {
  const missing = programs.filter((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0);
  if (missing.length === 0 || process.env.PORCHLIGHT_ALL_TESTS) return {};
  return { skip: `needs ${missing.join(', ')} (scripts/packages test package)` };
}
