// A page in a real browser follows the presence of ten users over a stream: by EventSource and WebSocket with a ticket,
// and by fetch with the token. After each step of a scenario under the manual clock, the page shows the same as a read
// of all ten, and has received events only of the users that changed. It also knows until when a presence holds.
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

// The time limit keeps a browser that waits in vain from blocking all tests.
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

// A follower page of `wish` (see follower.html). Compares what the page shows with what a read returns.
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
    assert.deepEqual(told.toSorted(), wish.users.toSorted(), 'the first events are one per user');
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

  // Until when a presence holds as planned; NaN if nothing is planned.
  async until(user) {
    return Date.parse(await this.page.evaluate((id) => document.getElementById(id).dataset.until, user));
  }

  async read() {
    const { api, token: accessToken, users } = this.wish;
    const { value } = await send(api, accessToken, 'POST', '/v1.0/communications/getPresencesByUserId', { ids: users });
    return value;
  }

  // Waits until the page shows these presences. On timeout, fails with what it shows instead.
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

  // Runs a step of the scenario. `expected`: the indexes of the users that it changes.
  async step(what, act, expected) {
    assert.deepEqual(await this.takeTold(), [], `unexpected events before: ${what}`);
    await act();
    await this.showsChanges(what, expected);
  }

  async showsChanges(what, expected) {
    const now = await this.read();
    const changed = now.filter((item, i) => JSON.stringify(item) !== JSON.stringify(this.before[i])).map(({ id }) => id);
    assert.deepEqual(changed, expected.map((number) => this.wish.users[number]), `changed users: ${what}`);
    await this.shows(now);
    assert.deepEqual((await this.takeTold()).toSorted(), changed.toSorted(), `users with events: ${what}`);
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

// The writes of the scenario, at one server, by users and applications.
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
  test(`a page follows ten users by ${way}`, async (t) => {
    const users = Array.from({ length: 10 }, (_, i) =>
      porchlight(['user', 'add', '--upn', `${way}${i}@contoso.com`, '--name', `${way} ${i}`]).id);
    const writer = token('Demo writer', { role: 'Presence.ReadWrite.All' });
    const owner = (user) => token('Demo writer', { user, scope: 'Presence.ReadWrite' });
    const does = new Doings(url, writer, owner);
    const reader = token('Demo reader', { user: me, scope: 'Presence.Read.All' });
    const page = await Page.open(t, { api: url, token: reader, users, way });
    const step = page.step.bind(page);

    await step('a call', () => does.set(users[0], 'Busy', 'InACall'), [0]);
    await step('a user becomes available', () => does.set(users[1], 'Available', 'Available', 'PT1H'), [1]);
    await step('the same session again', () => does.set(users[0], 'Busy', 'InACall'), []);
    await step('five minutes later: the available session fades to inactive', () => advance(minutes(5)), [1]);
    await step('a preference of an offline user', () => does.prefer(users[2], 'DoNotDisturb', 'DoNotDisturb'), []);
    await step('that user gets a session', () => does.set(users[2], 'Available', 'Available'), [2]);
    await step('a message', () => does.say(users[3], 'Back at noon'), [3]);
    const now = await advance('PT0S');
    const later = (count) => new Date(Math.ceil(now.getTime() / 1000) * 1000 + count * 60_000);
    await step('a future meeting', () => does.meet(users[4], later(10), later(20)), []);
    await step('the attendee gets a session', () => does.set(users[4], 'Away', 'Away'), [4]);
    assert.equal(await page.until(users[4]), later(10).getTime(), 'until the meeting begins');
    assert.equal(await page.until(users[0]), NaN, 'a call ends at no planned time');
    await step('the meeting begins; the inactive session fades to away', () => advance(minutes(11)), [1, 4]);
    assert.equal(await page.until(users[4]), later(20).getTime(), 'until the meeting ends');
    await step('a user hides', () => does.letSee(users[5], { visibleTo: 'nobody', othersSee: 'hidden' }), [5]);
    await step('a session of the hidden user', () => does.set(users[5], 'Busy', 'InACall'), []);

    await page.page.evaluate(() => stop());
    await step('a stopped page receives nothing', async () => {}, []);
    await does.set(users[6], 'Busy', 'InAConferenceCall');
    await does.say(users[7], 'Gone fishing');
    await advance(minutes(10)); // the meeting ends
    await page.follow();
    await page.showsChanges('the changes while the page was away, and no others', [4, 6, 7]);
    assert.equal(await page.page.evaluate(() => snapshots), 1, 'the stream resumed without a snapshot');

    await step('the hidden user becomes visible to the caller', () => does.letSee(users[5], { visibleTo: 'named', members: [me] }), [5]);
    await step('the preference ends', () => does.preferNothing(users[2]), [2]);
    await step('four hours later all sessions have expired', () => advance('PT4H'), [0, 1, 2, 4, 5, 6]);
  });
}

// A server of one test that can be killed and restarted at the same address. The browser trusts its certificate.
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
  test(`a page resumes by ${way} after a crash of the server`, async (t) => {
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
    await page.showsChanges('the changes while the page was away, and no others', [1, 2]);
    assert.equal(await page.page.evaluate(() => snapshots), 1, 'the stream resumed without a snapshot');
    await page.step('a change after the stream has resumed', () => does.set(users[3], 'DoNotDisturb', 'Presenting'), [3]);
  });
}
