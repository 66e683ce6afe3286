// Starts the built server with a fresh demo and runs the *.test.mjs beside this file against it, over TLS, with the
// demo's CA trusted. Usage: node run.mjs PATH/TO/porchlight
import { spawn, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const porchlight = process.argv[2] ?? join(here, '../../build/dev/porchlight');
const folder = mkdtempSync(join(tmpdir(), 'porchlight-clients-'));
const data = join(folder, 'data');

execFileSync(porchlight, ['init', '--data', data, '--demo'], { stdio: 'ignore' });
const server = spawn(
  porchlight,
  ['serve', '--data', data, '--listen', '127.0.0.1:0', '--tls-listen', '127.0.0.1:0', '--clock', 'manual'],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);

// The ports, from the lines the server prints when it is ready.
const base = await new Promise((resolve, reject) => {
  const seen = {};
  server.once('exit', (code) => reject(new Error(`the server ended with ${code} before it was ready`)));
  createInterface(server.stdout).on('line', (line) => {
    const found = line.match(/(https?):\/\/[^ ]*:(\d+)/);
    if (found) seen[found[1]] = `${found[1]}://localhost:${found[2]}`;
    if (seen.http && seen.https) resolve(seen);
  });
});

const files = readdirSync(here).filter((name) => name.endsWith('.test.mjs')).map((name) => join(here, name));
const tests = spawn(process.execPath, ['--test', ...files], {
  stdio: ['ignore', 'inherit', 'inherit'],
  env: {
    ...process.env,
    NODE_EXTRA_CA_CERTS: join(data, 'tls', 'ca.pem'),
    PORCHLIGHT_URL: base.https,
    PORCHLIGHT_DATA: data,
    PORCHLIGHT: porchlight,
  },
});
const code = await new Promise((resolve) => tests.once('exit', resolve));
server.removeAllListeners('exit');
server.kill('SIGTERM');
const stopped = await new Promise((resolve) => server.once('exit', resolve));
rmSync(folder, { recursive: true });
if (stopped !== 0) console.error(`the server ended with ${stopped}`);
process.exit(code || stopped ? 1 : 0);
