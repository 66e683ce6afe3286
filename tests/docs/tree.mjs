// The project's folder, and small folders like it for tests of the checks.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

// What `check` returns for a temporary folder with these files, given as {path: text}.
export function withTree(files, check) {
  const folder = mkdtempSync(join(tmpdir(), 'porchlight-docs-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return check(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
