// Runs the built server on loopback as a separate process, with its own data folder and a manual clock.
import { execFileSync, spawn } from 'node:child_process';
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { accessSync, constants, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

// Creates a folder for servers' data, in memory if the machine supports it. It is removed when the process exits.
export function scratchFolder(name) {
  let parent = tmpdir();
  try {
    accessSync('/dev/shm', constants.W_OK);
    parent = '/dev/shm';
  } catch {
    // no such folder, or not ours to write: the usual one
  }
  const folder = mkdtempSync(join(parent, `porchlight-${name}-`));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const base64url = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

// Signs tokens as `porchlight token` does, but with any claims.
export class Minter {
  constructor(pem) {
    this.key = createPrivateKey(pem);
    const { e, kty, n } = createPublicKey(this.key).export({ format: 'jwk' });
    this.kid = createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('base64url'); // RFC 7638
  }

  mint(claims, { header = {}, key = this.key } = {}) {
    const text = `${base64url({ typ: 'JWT', alg: 'RS256', kid: this.kid, ...header })}.${base64url(claims)}`;
    return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
  }
}

// A new data folder that is copied for each server, because creating a signing key is the slowest step.
export class Template {
  constructor(porchlight, scratch) {
    this.porchlight = porchlight;
    this.scratch = scratch;
    this.data = join(scratch, 'template');
    this.count = 0;
    execFileSync(porchlight, ['init', '--data', this.data], { stdio: 'ignore' });
    this.minter = new Minter(readFileSync(join(this.data, 'keys', 'signing.pem')));
  }

  // Starts a server in a copy of the folder. `settings`: lines of a configuration file.
  async start({ clock, settings = [], tls = false, threads = 1, throttle = 'on' }) {
    const folder = join(this.scratch, String(++this.count));
    const data = join(folder, 'data');
    mkdirSync(folder);
    cpSync(this.data, data, { recursive: true });
    const config = join(folder, 'porchlight.toml');
    writeFileSync(config, ['log_level = "warn"', ...settings, ''].join('\n'));
    const args = ['serve', '--data', data, '--config', config, '--listen', '127.0.0.1:0', '--clock', 'manual'];
    args.push('--adopt'); // a copy sends no notifications
    args.push('--threads', String(threads), '--throttle', throttle);
    if (tls) args.push('--tls-listen', '127.0.0.1:0');
    const server = new Server(this.porchlight, args, folder, data, tls);
    await server.run(clock);
    return server;
  }
}

class Server {
  constructor(porchlight, args, folder, data, tls) {
    Object.assign(this, { porchlight, args, folder, data, tls });
  }

  // Starts the process with its clock at `clock`, and reads the addresses that it listens on.
  async run(clock) {
    const { tls } = this;
    const child = spawn(this.porchlight, [...this.args, '--clock-start', clock], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    this.said = '';
    child.stderr.on('data', (text) => (this.said += text));
    this.ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
    const ports = {};
    await new Promise((resolve, reject) => {
      this.ended.then((code) => reject(new Error(`the server ended with ${code} before it was ready\n${this.said}`)));
      createInterface(child.stdout).on('line', (line) => {
        const found = line.match(/(https?):\/\/[^ ]*:(\d+)/);
        if (found) ports[found[1]] = Number(found[2]);
        if (ports.http && (ports.https || !tls)) resolve();
      });
    });
    const ca = tls ? readFileSync(join(this.data, 'tls', 'ca.pem')) : undefined;
    this.client = tls ? https : http;
    this.port = tls ? ports.https : ports.http;
    this.host = `localhost:${this.port}`;
    this.url = `${tls ? 'https' : 'http'}://${this.host}`;
    this.agent = new this.client.Agent({ keepAlive: true, ca, servername: 'localhost' });
  }

  // Sends one request. Resolves to {status, headers, body}, with header names in lower case. `sent` is called when the request
  // is written.
  send({ method, path, headers = {}, body, sent }) {
    const where = { host: '127.0.0.1', port: this.port, agent: this.agent, method, path, headers };
    return exchange(this.client, where, body, sent);
  }

  // Sends a GET for a streaming response. Resolves to the response when its headers have arrived.
  open({ path, headers }) {
    const where = { host: '127.0.0.1', port: this.port, agent: this.agent, path, headers: { Host: this.host, ...headers } };
    return new Promise((resolve, reject) => this.client.get({ ...where, setHost: false }, resolve).on('error', reject));
  }

  // Runs one administrative command over the admin socket, as the command line does.
  async admin(command) {
    const headers = { 'Content-Type': 'application/json' };
    const where = { socketPath: join(this.data, 'admin.sock'), path: '/admin', method: 'POST', headers };
    const answer = await exchange(http, where, JSON.stringify(command));
    if (answer.status !== 200) throw new Error(`${command.command}: ${answer.body}`);
    return JSON.parse(answer.body);
  }

  // Kills the process with SIGKILL, and starts it again on the same data.
  async crash(clock) {
    this.agent.destroy();
    this.child.kill('SIGKILL');
    await this.ended;
    await this.run(clock);
  }

  // Stops the process and removes its folder. Throws if the exit code is not 0.
  async stop() {
    this.agent.destroy();
    this.child.kill('SIGTERM');
    const code = await this.ended;
    rmSync(this.folder, { recursive: true, force: true });
    if (code !== 0) throw new Error(`the server ended with ${code}\n${this.said}`);
  }
}

function exchange(client, options, body, sent = () => {}) {
  return new Promise((resolve, reject) => {
    const headers = { Host: options.port ? `localhost:${options.port}` : 'localhost', ...options.headers };
    if (body !== undefined) headers['Content-Length'] = Buffer.byteLength(body);
    const request = client.request({ ...options, headers, setHost: false }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts).toString() }),
      );
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body, sent);
  });
}
