// A folder like a clone of the project after ./run: the built server, and its demo served on free ports.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from './tree.mjs';

// The ports in documents: of the demo (HTTP and HTTPS), of a second server, and of a receiver of notifications.
const documented = [8080, 8443, 8081, 9443];

// Ports that are free, found by listening on all of them at the same time.
async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

export class Demo {
  // `porchlight`: the path of the built server.
  constructor(porchlight) {
    if (!existsSync(porchlight)) throw new Error(`${porchlight} does not exist: ./run builds it`);
    this.folder = mkdtempSync(join(tmpdir(), 'porchlight-reader-'));
    this.#link('', ['build', '.git', 'tests']);
    this.#link('tests', ['transcripts']);
    // A copy of the script that finds the server by its own path.
    this.#link('tests/transcripts', ['run.mjs']);
    copyFileSync(join(root, 'tests/transcripts/run.mjs'), join(this.folder, 'tests/transcripts/run.mjs'));
    mkdirSync(join(this.folder, 'build/release'), { recursive: true });
    mkdirSync(join(this.folder, 'home'));
    symlinkSync(porchlight, join(this.folder, 'build/release/porchlight'));
    this.environment = {
      ...process.env,
      HOME: join(this.folder, 'home'),
      PATH: `${join(this.folder, 'build/release')}:${process.env.PATH}`,
      CLIENTS: join(root, 'tests/clients/node_modules'),
    };
  }

  // Fills a folder with links to the contents of the project's folder `path`, without those in `except`.
  #link(path, except) {
    mkdirSync(join(this.folder, path), { recursive: true });
    for (const name of readdirSync(join(root, path)))
      if (!except.includes(name)) symlinkSync(join(root, path, name), join(this.folder, path, name));
  }

  // Serves the demo in a new data folder, with these options of ./run.
  async start(options = []) {
    await this.stop();
    this.ports = await freePorts(documented.length);
    const [http, https] = this.ports;
    const data = join(this.folder, 'build/demo');
    rmSync(data, { recursive: true, force: true });
    execFileSync('build/release/porchlight', ['init', '--data', data, '--demo'], { cwd: this.folder });
    const config = join(data, 'demo.toml');
    writeFileSync(config, readFileSync(config, 'utf8').replace('9443', this.ports[3]));
    const args = ['--listen', `127.0.0.1:${http}`, '--tls-listen', `127.0.0.1:${https}`, ...options];
    this.child = spawn('scripts/demo', ['build/release/porchlight', 'build/demo', ...args], {
      cwd: this.folder,
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.log = '';
    this.child.stderr.on('data', (text) => (this.log += text));
    this.ended = once(this.child, 'exit');
    const explained = new Promise((resolve) => {
      // The last sentence of the demo's explanation follows the addresses that the server listens on.
      createInterface(this.child.stdout).on('line', (line) => line.startsWith('Ctrl-C stops') && resolve());
    });
    const early = this.ended.then(([code]) => Promise.reject(new Error(`the demo ended with ${code}:\n${this.log}`)));
    await Promise.race([explained, early]);
    early.catch(() => {});
  }

  // `text` with the ports of this demo in place of the documented ones.
  here(text) {
    const known = new RegExp(`\\b(${documented.join('|')})\\b`, 'g');
    return text.replace(known, (port) => this.ports[documented.indexOf(Number(port))]);
  }

  // Runs a script in bash, in the folder, for two minutes at most. Resolves to {code, output}, with both outputs in one.
  async run(script) {
    const child = spawn('bash', ['-c', `exec 2>&1\n${script}`], {
      cwd: this.folder,
      env: this.environment,
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 120_000,
    });
    let output = '';
    child.stdout.on('data', (text) => (output += text));
    const [code] = await once(child, 'close');
    return { code, output };
  }

  async stop() {
    if (!this.child) return;
    this.child.kill('SIGTERM');
    await this.ended;
    this.child = undefined;
  }

  async remove() {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
