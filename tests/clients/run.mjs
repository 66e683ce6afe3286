// Usage: node run.mjs PATH/TO/porchlight [NAME.test.mjs]
// Runs each *.test.mjs of this folder, or only the named one, in turn. Each has its own server with a new demo and a
// manual clock, and so its own budgets, over TLS; node trusts the demo's CA. NAME.toml, if it exists, is added to the
// server's configuration.
import { spawn, execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const porchlight = process.argv[2] ?? join(here, '../../build/release/porchlight');
let passed = true;
const only = process.argv[3];
for (const name of readdirSync(here).filter((name) => name.endsWith('.test.mjs') && name === (only ?? name))) {
  if (!(await passes(join(here, name)))) passed = false;
}
process.exit(passed ? 0 : 1);

async function passes(file) {
  const folder = mkdtempSync(join(tmpdir(), 'porchlight-clients-'));
  const data = join(folder, 'data');
  execFileSync(porchlight, ['init', '--data', data, '--demo'], { stdio: 'ignore' });
  // The test's process receives change notifications at this port, or serves the pages that open streams.
  const receiverPort = await freePort();
  const config = join(folder, 'porchlight.toml');
  writeFileSync(config, `[webhooks]
allow_ranges = ["127.0.0.0/8", "::1/128"]
ports = [${receiverPort}]
ca_file = "data/tls/ca.pem"
[streams]
origins = ["https://localhost:${receiverPort}"]
`);
  const settings = file.replace('.test.mjs', '.toml');
  if (existsSync(settings)) appendFileSync(config, readFileSync(settings));
  const server = spawn(
    porchlight,
    ['serve', '--data', data, '--config', config, '--listen', '127.0.0.1:0', '--tls-listen', '127.0.0.1:0', '--clock', 'manual',
      '--authority', 'on'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const tests = spawn(process.execPath, ['--test', file], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      NODE_EXTRA_CA_CERTS: join(data, 'tls', 'ca.pem'),
      PORCHLIGHT_URL: await address(server),
      PORCHLIGHT_DATA: data,
      PORCHLIGHT_RECEIVER_PORT: receiverPort,
      PORCHLIGHT: porchlight,
    },
  });
  const code = await ended(tests);
  server.removeAllListeners('exit');
  server.kill('SIGTERM');
  const stopped = await ended(server);
  rmSync(folder, { recursive: true });
  if (stopped !== 0) console.error(`the server ended with ${stopped}`);
  return code === 0 && stopped === 0;
}

// Returns the server's https address, from the lines that it prints when it is ready.
function address(server) {
  return new Promise((resolve, reject) => {
    const seen = {};
    server.once('exit', (code) => reject(new Error(`the server ended with ${code} before it was ready`)));
    createInterface(server.stdout).on('line', (line) => {
      const found = line.match(/(https?):\/\/[^ ]*:(\d+)/);
      if (found) seen[found[1]] = `${found[1]}://localhost:${found[2]}`;
      if (seen.http && seen.https) resolve(seen.https);
    });
  });
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function ended(child) {
  return new Promise((resolve) => child.once('exit', resolve));
}
