// What an operator does in the console beside the directory: test posts of subscriptions to a real receiver, and backups.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { certificate } from '../../transcripts/receivers.mjs';
import { violations } from './access.mjs';
import { openConsole, showScreen } from './screens.mjs';
import { ana, ben, Site } from './site.mjs';

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
[backup]
folder = ${JSON.stringify(join(folder, 'backups'))}
`;
}

describe('subscriptions', () => {
  let site;
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
