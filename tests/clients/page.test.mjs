// A page in a real browser follows ten people through a story under the manual clock: by EventSource and by WebSocket with a
// ticket, and by fetch with the token. After each step it shows what a read of all ten gives, and was told of those alone
// who changed.
/* global snapshots, follow, told */ // of follower.html
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createServer as createProbe } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test as nodeTest } from 'node:test';
import { porchlight } from './admin.mjs';
import { launch } from './chromium.mjs';
import { advance, me, token, url } from './demo.mjs';

// A browser that waits for what does not come must not hold up all tests.
const test = (name, body) => nodeTest(name, { timeout: 120_000 }, body);

const ways = ['EventSource', 'fetch', 'WebSocket'];
const minutes = (count) => `PT${count}M`;
let browser, site, origin;

before(async () => {
  const data = process.env.PORCHLIGHT_DATA;
  const tls = { cert: readFileSync(join(data, 'tls/server.pem')), key: readFileSync(join(data, 'tls/server.key')) };
  const html = readFileSync(new URL('follower.html', import.meta.url));
  site = createServer(tls, (request, response) => response.setHeader('Content-Type', 'text/html').end(html));
  site.listen(Number(process.env.PORCHLIGHT_RECEIVER_PORT), '127.0.0.1');
  await once(site, 'listening');
  origin = `https://localhost:${site.address().port}`;
  browser = await launch();
});
after(async () => {
  await browser?.close();
  site?.closeAllConnections();
  site?.close();
});

// The page that follows `users` at the server `api`, and what it shows beside what a read gives.
class Page {
  constructor(page, wish) {
    this.page = page;
    this.wish = wish;
  }

  static async open(t, wish) {
    const context = await browser.newContext();
    t.after(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(origin);
    const opened = new Page(page, wish);
    await opened.follow();
    opened.before = await opened.read();
    await opened.shows(opened.before);
    const told = await opened.takeTold();
    assert.deepEqual(told.toSorted(), wish.users.toSorted(), 'each once at the beginning');
    assert.equal(await page.evaluate(() => snapshots), 1);
    return opened;
  }

  async follow() {
    await this.page.evaluate((wish) => follow(wish), this.wish);
    await this.has('live');
  }

  has(status) {
    return this.page.waitForFunction((wanted) => document.getElementById('status').textContent === wanted, status);
  }

  takeTold() {
    return this.page.evaluate(() => told.splice(0));
  }

  async read() {
    const { api, token: accessToken, users } = this.wish;
    const { value } = await send(api, accessToken, 'POST', '/v1.0/communications/getPresencesByUserId', { ids: users });
    return value;
  }

  // Waits until the page shows these, and says what it shows where it does not come to.
  async shows(wanted) {
    const shown = (ids) => ids.map((id) => JSON.parse(document.getElementById(id)?.dataset.presence ?? 'null'));
    const texts = (ids) => ids.map((id) => document.getElementById(id)?.textContent);
    const all = { ids: wanted.map(({ id }) => id), wanted: wanted.map((item) => JSON.stringify(item)) };
    await this.page
      .waitForFunction(({ ids, wanted }) => ids.every((id, i) => document.getElementById(id)?.dataset.presence === wanted[i]), all)
      .catch(() => {});
    assert.deepEqual(await this.page.evaluate(shown, all.ids), wanted);
    assert.deepEqual(await this.page.evaluate(texts, all.ids), wanted.map((item) => `${item.availability} ${item.activity}`));
  }

  // Does a step of the story. `expected`: the numbers of those who change by it.
  async step(what, act, expected) {
    assert.deepEqual(await this.takeTold(), [], `before: ${what}`);
    await act();
    await this.showsChanges(what, expected);
  }

  async showsChanges(what, expected) {
    const now = await this.read();
    const changed = now.filter((item, i) => JSON.stringify(item) !== JSON.stringify(this.before[i])).map(({ id }) => id);
    assert.deepEqual(changed, expected.map((number) => this.wish.users[number]), `who changes: ${what}`);
    await this.shows(now);
    assert.deepEqual((await this.takeTold()).toSorted(), changed.toSorted(), `who is told: ${what}`);
    this.before = now;
  }
}

async function send(api, accessToken, method, path, body, type = 'application/json') {
  const answer = await fetch(api + path, {
    method,
    headers: { Authorization: `Bearer ${accessToken}`, 'Content-Type': type },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await answer.text();
  assert.equal(answer.status, 200, `${path}: ${text}`);
  return text && JSON.parse(text);
}

// What people and their applications do, at one server.
class Doings {
  constructor(api, writer, owner) {
    Object.assign(this, { api, writer, owner });
  }

  set(user, availability, activity, expirationDuration = 'PT4H') {
    const body = { sessionId: 'story', availability, activity, expirationDuration };
    return send(this.api, this.writer, 'POST', `/v1.0/users/${user}/presence/setPresence`, body);
  }
  prefer(user, availability, activity) {
    return send(this.api, this.writer, 'POST', `/v1.0/users/${user}/presence/setUserPreferredPresence`, { availability, activity });
  }
  preferNothing(user) {
    return send(this.api, this.writer, 'POST', `/v1.0/users/${user}/presence/clearUserPreferredPresence`, {});
  }
  say(user, content) {
    const statusMessage = { message: { content, contentType: 'text' } };
    return send(this.api, this.writer, 'POST', `/v1.0/users/${user}/presence/setStatusMessage`, { statusMessage });
  }
  letSee(user, visibility) {
    return send(this.api, this.owner(user), 'PUT', '/porchlight/v1/me/visibility', visibility);
  }
  meet(user, start, end) {
    const time = (date) => date.toISOString().replace(/[-:]|\.\d+/g, '');
    const event = ['BEGIN:VEVENT', 'UID:1', `DTSTART:${time(start)}`, `DTEND:${time(end)}`, 'END:VEVENT'];
    const text = ['BEGIN:VCALENDAR', ...event, 'END:VCALENDAR', ''].join('\r\n');
    return send(this.api, this.owner(user), 'PUT', '/porchlight/v1/me/calendar', text, 'text/calendar');
  }
}

for (const way of ways) {
  test(`ten people are followed by ${way}`, async (t) => {
    const users = Array.from({ length: 10 }, (_, i) =>
      porchlight(['user', 'add', '--upn', `${way}${i}@contoso.com`, '--name', `${way} ${i}`]).id);
    const writer = token('Demo writer', { role: 'Presence.ReadWrite.All' });
    const owner = (user) => token('Demo writer', { user, scope: 'Presence.ReadWrite' });
    const does = new Doings(url, writer, owner);
    const reader = token('Demo reader', { user: me, scope: 'Presence.Read.All' });
    const page = await Page.open(t, { api: url, token: reader, users, way });
    const step = page.step.bind(page);

    await step('a call', () => does.set(users[0], 'Busy', 'InACall'), [0]);
    await step('somebody comes', () => does.set(users[1], 'Available', 'Available', 'PT1H'), [1]);
    await step('the same again', () => does.set(users[0], 'Busy', 'InACall'), []);
    await step('five minutes: the first fading', () => advance(minutes(5)), [1]);
    await step('a preference of somebody who is not there', () => does.prefer(users[2], 'DoNotDisturb', 'DoNotDisturb'), []);
    await step('who comes', () => does.set(users[2], 'Available', 'Available'), [2]);
    await step('a message', () => does.say(users[3], 'Back at noon'), [3]);
    const now = await advance('PT0S');
    const later = (count) => new Date(Math.ceil(now.getTime() / 1000) * 1000 + count * 60_000);
    await step('a meeting that is to come', () => does.meet(users[4], later(10), later(20)), []);
    await step('who will be in it is there', () => does.set(users[4], 'Away', 'Away'), [4]);
    await step('the meeting begins; the second fading', () => advance(minutes(11)), [1, 4]);
    await step('somebody hides', () => does.letSee(users[5], { visibleTo: 'nobody', othersSee: 'hidden' }), [5]);
    await step('and does something behind it', () => does.set(users[5], 'Busy', 'InACall'), []);

    await page.page.evaluate(() => stop());
    await step('while the page is away nothing is told', async () => {}, []);
    await does.set(users[6], 'Busy', 'InAConferenceCall');
    await does.say(users[7], 'Gone fishing');
    await advance(minutes(10)); // the meeting ends
    await page.follow();
    await page.showsChanges('what happened meanwhile, and only that', [4, 6, 7]);
    assert.equal(await page.page.evaluate(() => snapshots), 1, 'it went on where it was');

    await step('who hid is seen by us', () => does.letSee(users[5], { visibleTo: 'named', members: [me] }), [5]);
    await step('the preference ends', () => does.preferNothing(users[2]), [2]);
    await step('four hours later nobody is there', () => advance('PT4H'), [0, 1, 2, 4, 5, 6]);
  });
}

// A server of the test's own, at one address, with the certificate that the browser trusts. It can be killed.
class Mortal {
  static async start(t) {
    const server = new Mortal();
    server.data = mkdtempSync(join(tmpdir(), 'porchlight-page-'));
    execFileSync(process.env.PORCHLIGHT, ['init', '--data', server.data, '--demo'], { stdio: 'ignore' });
    cpSync(join(process.env.PORCHLIGHT_DATA, 'tls'), join(server.data, 'tls'), { recursive: true });
    server.config = join(server.data, 'page.toml');
    writeFileSync(server.config, `[streams]\norigins = ["${origin}"]\n`);
    const probe = createProbe().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    server.port = probe.address().port;
    probe.close();
    t.after(() => server.end());
    await server.run();
    return server;
  }

  get url() {
    return `https://localhost:${this.port}`;
  }

  async run() {
    const { data, config, port } = this;
    const args = ['serve', '--data', data, '--config', config, '--listen', '127.0.0.1:0', '--tls-listen', `127.0.0.1:${port}`];
    const stdio = ['ignore', 'pipe', 'ignore'];
    this.child = spawn(process.env.PORCHLIGHT, [...args, '--clock', 'manual', '--clock-start', '2030-01-07T09:00:00Z'], { stdio });
    this.ended = once(this.child, 'exit');
    for (let said = ''; !said.includes('https://'); ) {
      const [piece] = await Promise.race([once(this.child.stdout, 'data'), this.ended]);
      assert.ok(piece instanceof Buffer, 'the server ended before it was ready');
      said += piece;
    }
    this.child.stdout.resume();
  }

  async crash() {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  async end() {
    await this.crash();
    rmSync(this.data, { recursive: true });
  }

  command(...args) {
    return execFileSync(process.env.PORCHLIGHT, [...args, '--data', this.data], { encoding: 'utf8' }).trim();
  }
}

for (const way of ways) {
  test(`a page goes on by ${way} after the server was killed`, async (t) => {
    const server = await Mortal.start(t);
    const users = JSON.parse(server.command('user', 'list', '--json')).slice(0, 10).map(({ id }) => id);
    const writer = server.command('token', '--app', 'Demo writer', '--expires', '24h');
    const reader = server.command('token', '--app', 'Demo reader', '--expires', '24h');
    const does = new Doings(server.url, writer);
    const page = await Page.open(t, { api: server.url, token: reader, users, way });
    await page.step('a call', () => does.set(users[0], 'DoNotDisturb', 'Presenting'), [0]);
    await server.crash();
    await page.has('lost');
    await server.run();
    await does.set(users[1], 'DoNotDisturb', 'Presenting');
    await does.say(users[2], 'Here again');
    await page.follow();
    await page.showsChanges('what happened meanwhile, and only that', [1, 2]);
    assert.equal(await page.page.evaluate(() => snapshots), 1, 'it went on where it was');
    await page.step('and so on', () => does.set(users[3], 'DoNotDisturb', 'Presenting'), [3]);
  });
}
