// What an operator does in the console beside the directory: subscriptions whose receiver fails, their test and replay,
// backups, and the names of displays. The receiver is real.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { certificate } from '../../transcripts/receivers.mjs';
import { violations } from './access.mjs';
import { openConsole, showScreen } from './screens.mjs';
import { ana, ben, Site, sizes, timeout } from './site.mjs';

const folder = mkdtempSync(join(tmpdir(), 'porchlight-operation-'));
after(() => rmSync(folder, { recursive: true, force: true }));

// A receiver on loopback. `status`: what it answers; 200 with the validation token while that is 0.
const receiver = { status: 0, posts: 0, questions: 0 };
async function startReceiver() {
  const { file, tls } = certificate(folder);
  receiver.server = createServer(tls, async (request, response) => {
    for await (const piece of request) void piece;
    const token = new URL(request.url, 'https://localhost').searchParams.get('validationToken');
    if (token === null) receiver.posts++;
    else receiver.questions++;
    response.writeHead(receiver.status || 200, { 'Content-Type': 'text/plain' }).end(token ?? '');
  }).listen(0, '127.0.0.1');
  await once(receiver.server, 'listening');
  receiver.host = `localhost:${receiver.server.address().port}`;
  return `[webhooks]
allow_ranges = ["127.0.0.0/8", "::1/128"]
ports = [${receiver.server.address().port}]
ca_file = ${JSON.stringify(file)}
[subscriptions]
life_max = "1d"
dead_letters = true
[backup]
folder = ${JSON.stringify(join(folder, 'backups'))}
`;
}

describe('subscriptions', () => {
  let site;
  const admin = async (path) =>
    (await site.call('GET', `/porchlight/v1/admin/${path}`, undefined, site.token('Demo reader', '--user', ana.upn, '--scope', 'Porchlight.Admin'))).json();
  // Makes Ben busy for four hours. What he prefers is above what his clients say.
  async function makeBusy() {
    const session = { sessionId: '22553876-f5ab-4529-bffb-cfe50aa89f87', availability: 'Busy', activity: 'InACall', expirationDuration: 'PT4H' };
    await site.call('POST', `/v1.0/users/${ben.id}/presence/setPresence`, session);
    await site.call('POST', `/v1.0/users/${ben.id}/presence/setUserPreferredPresence`, { availability: 'Busy', activity: 'Busy' });
  }
  // The first item of a list once it is as asked.
  async function listed(path, isAsked) {
    for (const end = Date.now() + timeout; Date.now() < end; await setTimeout(20)) {
      const { value } = await admin(path);
      if (value.length > 0 && isAsked(value[0])) return value[0];
    }
    throw new Error(`${path} did not become as asked`);
  }
  // Waits for the failure of the post that comes after the one that failed at this time; returns when that was.
  async function failureAfter(time) {
    const { lastFailure } = await listed('subscriptions', (one) => one.lastFailure && one.lastFailure.dateTime !== time);
    return lastFailure.dateTime;
  }

  before(async () => {
    mkdirSync(join(folder, 'backups'), { mode: 0o700 });
    site = await Site.open({ config: await startReceiver() });
    const { now } = await (await fetch(`${site.url}/porchlight/v1/web`)).json();
    const body = {
      changeType: 'updated',
      notificationUrl: `https://${receiver.host}/hook?key=sesame`,
      resource: `communications/presences/${ben.id}`,
      expirationDateTime: new Date(Date.parse(now) + 23 * 3600_000).toISOString(),
    };
    await site.call('POST', '/v1.0/subscriptions', body, site.token('Demo reader', '--user', ana.upn));
  });
  after(async () => {
    receiver.server.closeAllConnections();
    receiver.server.close();
    await site.close();
  });

  const row = (page) => page.locator('main tbody tr', { hasText: receiver.host });

  it('are tested', async () => {
    const page = await openConsole(site);
    await showScreen(page, '#/subscriptions');
    assert.equal(receiver.questions, 1);
    await row(page).getByRole('button', { name: 'Test' }).click();
    await page.getByText(`${receiver.host} accepted the test post: status 200`).waitFor();
    assert.equal(receiver.questions, 2);
    receiver.status = 500;
    await row(page).getByRole('button', { name: 'Test' }).click();
    await page.getByText(`${receiver.host} did not accept the test post: status 500`).waitFor();
    assert.match(await page.locator('main').innerText(), /HTTP status code is 'InternalServerError'/);
    assert.equal((await page.content()).includes('sesame'), false);
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(site.faults, []);
    await page.context().close();
  });

  it('show that their receiver fails, and what was given up is sent again', async () => {
    receiver.status = 500;
    await makeBusy();
    const failed = await failureAfter(undefined);
    let page = await openConsole(site);
    await showScreen(page, '#/subscriptions');
    assert.match(await row(page).innerText(), /Demo reader[^]*communications\/presences[^]*500 the status is no success/);
    assert.equal(await row(page).locator('td').nth(4).innerText(), '1');
    assert.equal(await page.getByRole('button', { name: 'Send all again' }).isDisabled(), true);
    await page.context().close(); // its tokens end before the next one is opened

    await site.advance('PT2H');
    await failureAfter(failed); // the clock must not move on during a post: the next one may be the last
    await makeBusy();
    await site.advance('PT3H');
    await listed('deadLetters', () => true);
    page = await openConsole(site);
    await showScreen(page, '#/subscriptions');
    const letters = page.getByRole('region', { name: 'Undelivered notifications' });
    await letters.locator('tbody tr').waitFor();
    assert.deepEqual(await violations(page), []);
    receiver.status = 0;
    const posts = receiver.posts;
    await page.getByRole('button', { name: 'Send all again' }).click();
    await page.getByText('1 is sent again.').waitFor();
    await letters.waitFor({ state: 'detached' });
    await listed('subscriptions', ({ lastAccepted }) => lastAccepted !== undefined);
    assert.equal(receiver.posts, posts + 1);
    await page.getByRole('button', { name: 'Refresh' }).click();
    await row(page).getByText('Well').waitFor();
    assert.deepEqual(site.faults, []);
    await page.context().close();
  });

  it('leave backups of the server that made them', async () => {
    const page = await openConsole(site);
    await showScreen(page, '#/backups');
    await page.getByRole('button', { name: 'Back up now' }).click();
    const said = page.getByRole('status').filter({ hasText: 'was complete' });
    await said.waitFor();
    const name = (await said.innerText()).split(' ')[0];
    assert.ok(existsSync(join(folder, 'backups', name, 'manifest.json')));
    await page.getByRole('cell', { name }).waitFor();
    await page.getByText(`porchlight restore --from ${join(folder, 'backups', name)} --data NEW`).waitFor();
    assert.deepEqual(await violations(page), []);
    await showScreen(page, '#/overview');
    assert.doesNotMatch(await page.locator('main').getByText('Last backup').locator('..').innerText(), /–/);
    await page.context().close();
    site.command('tenant', 'set', 'Contoso', '--operator', 'off');
    const other = await openConsole(site, { path: '/console/?tenant=contoso' });
    assert.equal(await other.locator('nav a[href="#/backups"]').count(), 0);
    site.command('tenant', 'set', 'Contoso', '--operator', 'on');
    assert.deepEqual(site.faults, []);
    await other.context().close();
  });
});

describe('displays', () => {
  let site;
  before(async () => (site = await Site.open({ clock: 'system' }))); // a device polls in the time of the machine
  after(() => site.close());

  // Pairs a display from another browser, as a user with a phone does.
  async function pair(name) {
    const wall = await site.tab(sizes[0]);
    await wall.goto(`${site.url}/board/wall`);
    const phone = await site.tab(sizes[2]);
    await phone.goto(await wall.locator('strong.url').innerText());
    await phone.fill('input[name="user_code"]', await wall.locator('strong.code').innerText());
    await phone.keyboard.press('Enter');
    await phone.fill('input[name="username"]', ana.upn);
    await phone.fill('input[name="password"]', site.password);
    await phone.keyboard.press('Enter');
    await phone.getByLabel('Name of the device').fill(name);
    assert.deepEqual(await violations(phone), []);
    await phone.getByRole('button', { name: 'Accept' }).click();
    await wall.locator('main li', { hasText: ben.name }).first().waitFor();
    await phone.context().close();
  }

  it('of one account have different names', async () => {
    await pair('Reception');
    await pair('Canteen <2>');
    const page = await openConsole(site);
    await showScreen(page, '#/displays');
    for (const name of ['Reception', 'Canteen <2>']) {
      const row = page.locator('main tbody tr', { hasText: name });
      assert.match(await row.innerText(), new RegExp(`${ana.name}[^]*${ana.upn}[^]*${name}`));
    }
    await page.locator('main tbody tr', { hasText: 'Canteen' }).getByRole('button').click();
    await page.getByRole('dialog').getByRole('button', { name: 'End sign-in' }).click();
    await page.locator('main tbody tr', { hasText: 'Canteen' }).waitFor({ state: 'detached' });
    assert.equal(await page.locator('main tbody tr').count(), 1);
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(site.faults, []);
    await page.context().close();
  });
});
