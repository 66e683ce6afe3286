// A server of its own with the demo, and a browser that looks at its pages. The clock of the server is manual.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const porchlight = process.env.PORCHLIGHT ?? join(import.meta.dirname, '../../../build/release/porchlight');

export const ana = { id: 'fa8bf3dc-eca7-46b7-bad1-db199b62afc3', upn: 'ana@contoso.com', name: 'Ana Lindqvist' };
export const ben = { id: '66825e03-7ef5-42da-9069-724602c31f6b', upn: 'ben@contoso.com', name: 'Ben Okafor' };

export const sizes = [
  { width: 1920, height: 1080 },
  { width: 1280, height: 720 },
  { width: 390, height: 844 },
];

// How long a page may take for what a test waits for, in ms: reached only if the test fails.
export const timeout = 60_000;

export class Site {
  folder = mkdtempSync(join(tmpdir(), 'porchlight-pages-'));
  port = 0;
  password = 'a lantern in the window';
  people = 12; // of the tenant
  authority = 'on'; // from the next start
  // What no page may do: requests elsewhere, violations of the policy, errors of scripts.
  faults = [];

  static async open({ config = '', clock = 'manual', options = [] } = {}) {
    const site = new Site();
    site.options = ['--clock', clock, ...options];
    writeFileSync(join(site.folder, 'porchlight.toml'), config);
    site.command('init', '--demo');
    site.command('tenant', 'set', 'Contoso', '--web', 'on', '--operator', 'on');
    site.setPassword(ana.upn);
    site.command('admin', 'grant', ana.upn);
    await site.start();
    site.browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update'],
    });
    return site;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  // Starts the server; after kill(), on the port that it had.
  async start() {
    const args = ['serve', '--data', join(this.folder, 'data'), '--config', join(this.folder, 'porchlight.toml')];
    args.push('--authority', this.authority, '--listen', `127.0.0.1:${this.port}`, '--throttle', 'off', ...this.options);
    this.server = spawn(porchlight, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    for await (const line of createInterface(this.server.stdout)) {
      this.port = Number(line.match(/^listening on http:.*:(\d+)$/)?.[1] ?? 0);
      if (this.port) break;
    }
    if (!this.port) throw new Error('the server did not start');
    this.server.stdout.resume();
  }

  // Ends the server as a crash does.
  async kill() {
    this.server.kill('SIGKILL');
    await once(this.server, 'exit');
  }

  async close() {
    await this.browser.close();
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  // Runs a command on the data folder; returns what it prints.
  command(...args) {
    return execFileSync(porchlight, [...args, '--data', join(this.folder, 'data')], { encoding: 'utf8' });
  }

  setPassword(user) {
    const file = join(this.folder, 'password');
    writeFileSync(file, this.password);
    this.command('user', 'password', user, '--file', file);
  }

  token(app, ...args) {
    return this.command('token', '--app', app, '--expires', '24h', ...args).trim();
  }

  async call(method, path, body, token = this.token('Demo writer'), more = {}) {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...more };
    const answer = await fetch(this.url + path, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
    return answer;
  }

  // The value of a metric without labels.
  async metric(name) {
    const answer = request({ socketPath: join(this.folder, 'data', 'admin.sock'), path: '/metrics' }).end();
    const [response] = await once(answer, 'response');
    let text = '';
    for await (const part of response) text += part;
    return Number(text.match(new RegExp(`^${name} (\\S+)$`, 'm'))?.[1]);
  }

  advance(duration) {
    return this.call('POST', '/porchlight/v1/clock', { advance: duration }, this.token('Demo writer', '--role', 'Porchlight.Admin'));
  }

  // Imports so many users, "Person 000001" and so on.
  addPeople(count) {
    const rows = Array.from({ length: count }, (_, i) => String(this.people + i + 1).padStart(6, '0'));
    const file = join(this.folder, 'people.csv');
    writeFileSync(file, `userPrincipalName,displayName\n${rows.map((n) => `p${n}@contoso.com,Person ${n}\n`).join('')}`);
    this.command('user', 'import', file, '--tenant', 'Contoso');
    this.people += count;
  }

  // A tab of a browser without history. What it must not do is added to `faults`.
  async tab(size = sizes[1], options = {}) {
    const context = await this.browser.newContext({ viewport: size, locale: 'en-GB', ...options });
    await context.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) =>
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
      );
    });
    context.on('request', (request) => {
      if (!request.url().startsWith(this.url) && !/^(data|blob|about):/.test(request.url()))
        this.faults.push(`a request to ${request.url()}`);
    });
    context.setDefaultTimeout(timeout);
    return this.watched(await context.newPage());
  }

  watched(page) {
    page.on('pageerror', (error) => this.faults.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) this.faults.push(message.text());
    });
    return page;
  }

  // Opens a page and signs in as this user, with the form of the authority.
  async signedIn(path, { size, options, user = ana.upn } = {}) {
    const page = await this.tab(size, options);
    await page.goto(this.url + path);
    await page.fill('input[name="username"]', user);
    await page.fill('input[name="password"]', this.password);
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.pathname === new URL(path, this.url).pathname && !url.search.includes('code='));
    return page;
  }
}
