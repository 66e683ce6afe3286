// The board: sign-in, every screen in each size and theme and by keys alone, a countdown, a restart, and who appears.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { screenFaults, violations } from './access.mjs';
import { boardScreens, closeDialog, openBoard, tile } from './screens.mjs';
import { ana, ben, Site, sizes } from './site.mjs';

let site;
before(async () => (site = await Site.open()));
after(() => site.close());

const board = (options) => openBoard(site, options);

describe('screens', () => {
  for (const size of sizes)
    it(`have no fault at ${size.width}x${size.height}`, async () => {
      const page = await board({ size, options: { reducedMotion: 'reduce' } });
      for (const [name, open] of Object.entries(boardScreens)) {
        await open(page);
        assert.deepEqual(await screenFaults(page), [], name);
        await closeDialog(page);
        if (name !== 'board') assert.notEqual(await page.evaluate(() => document.activeElement.tagName), 'BODY', `the focus after ${name}`);
      }
      assert.deepEqual(site.faults, []);
      await page.context().close();
    });
});

it('finds a violation that is planted', async () => {
  const page = await board();
  await page.evaluate(() => document.body.append(document.createElement('img')));
  assert.match((await violations(page)).join(), /image-alt/);
  await page.evaluate(() => document.body.setAttribute('style', 'color: red'));
  // The browser reports it, and then the page's own listener.
  while (!site.faults.some((fault) => fault.startsWith('policy: style-src'))) await page.evaluate(() => {});
  await page.context().close();
  site.faults = [];
});

describe('the board', () => {
  it('is what a browser gets at /', async () => {
    const page = await site.tab();
    await page.goto(`${site.url}/`);
    await page.locator('input[type="password"]').waitFor();
    assert.match(page.url(), /oauth2/);
    await page.context().close();
  });

  it('searches, filters and counts', async () => {
    const page = await board();
    await page.keyboard.press('/');
    await page.keyboard.type('okafor');
    await page.waitForFunction(() => document.querySelectorAll('.tile').length === 1);
    await page.getByRole('searchbox').fill('');
    const busy = page.getByRole('button', { name: /^Busy/ });
    const shown = Number((await busy.textContent()).match(/\d+/)[0]);
    await busy.click();
    await page.waitForFunction((count) => document.querySelectorAll('.tile').length === count, shown);
    await page.context().close();
  });

  it('works by keys alone', async () => {
    const page = await board();
    await page.keyboard.press('Tab');
    for (let i = 0; i < 40 && !(await page.evaluate(() => document.activeElement.classList.contains('tile'))); ++i)
      await page.keyboard.press('Tab');
    const place = () => page.evaluate(() => document.activeElement.dataset.place);
    const first = await place();
    await page.keyboard.press('ArrowRight');
    const second = await place();
    assert.notEqual(first, second);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal(await place(), second, 'the focus returns to the tile');
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Tell me about 1 person' }).waitFor();
    await page.context().close();
  });

  it('counts down, and the tile changes when the time has come', async () => {
    const page = await board();
    await site.call('POST', `/v1.0/users/${ana.id}/presence/setUserPreferredPresence`, {
      availability: 'DoNotDisturb',
      activity: 'DoNotDisturb',
      expirationDuration: 'PT10M',
    });
    const mine = tile(page, ana.name);
    await mine.getByText('Do not disturb').waitFor();
    await mine.getByText(/in 10 min/).waitFor();
    await site.advance('PT9M30S');
    await mine.getByText(/in 30 s/).waitFor();
    await site.advance('PT30S');
    await mine.getByText('Available').waitFor();
    await page.context().close();
  });

  it('tells when a person is available', async () => {
    const page = await board();
    await site.call('POST', `/v1.0/users/${ben.id}/presence/setPresence`, { sessionId: 'desk', availability: 'Busy', activity: 'InACall', expirationDuration: 'PT4H' });
    await tile(page, ben.name).focus();
    await page.keyboard.press('t');
    await page.getByRole('button', { name: 'Wait', exact: true }).click();
    await page.getByText(`Waiting for ${ben.name}`).waitFor();
    await site.call('POST', `/v1.0/users/${ben.id}/presence/setUserPreferredPresence`, { availability: 'Available', activity: 'Available' });
    await page.getByText(`${ben.name}: now`).waitFor();
    await site.call('POST', `/v1.0/users/${ben.id}/presence/clearUserPreferredPresence`, {});
    await page.context().close();
  });

  it('sets the state, a message and the place of the user in a few clicks', async () => {
    const page = await board();
    await page.keyboard.press('m');
    await page.getByRole('button', { name: 'Busy', exact: true }).click();
    const mine = tile(page, ana.name);
    await mine.getByText('Busy').waitFor();
    await page.getByRole('textbox', { name: 'Status message' }).fill('At lunch 🍽️');
    await page.getByRole('button', { name: 'Show message' }).click();
    await mine.getByText('At lunch 🍽️').waitFor();
    await page.getByRole('button', { name: 'Back to automatic' }).click();
    await mine.getByText('Available').waitFor();
    await page.context().close();
  });

  it('is grey while the server is away, and right after its restart', async () => {
    const page = await board();
    await site.kill();
    await page.locator('.tile.stale').first().waitFor();
    await page.getByText(/The server does not answer/).waitFor();
    await site.start();
    await site.call('POST', `/v1.0/users/${ben.id}/presence/setUserPreferredPresence`, { availability: 'BeRightBack', activity: 'BeRightBack' });
    await tile(page, ben.name).getByText('Be right back').waitFor();
    assert.equal(await page.locator('.tile.stale').count(), 0);
    await page.context().close();
  });

  it('shows texts of users as they are', async () => {
    const name = '<img src=x onerror=alert(1)> \u202Eevil';
    site.command('user', 'add', '--tenant', 'Contoso', '--upn', 'odd@contoso.com', '--name', name);
    const odd = JSON.parse(site.command('user', 'show', 'odd@contoso.com', '--json')).id;
    await site.call('POST', `/v1.0/users/${odd}/presence/setStatusMessage`, { statusMessage: { message: { content: 'x'.repeat(280), contentType: 'text' } } });
    const page = await board();
    await tile(page, 'onerror=alert').waitFor();
    assert.equal(await page.locator('img').count(), 0);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
    site.command('user', 'remove', 'odd@contoso.com');
    await tile(page, 'onerror=alert').waitFor({ state: 'detached' });
    assert.deepEqual(site.faults, []);
    await page.context().close();
  });

  it('does not show the presence of a person who hides', async () => {
    await site.call('PUT', `/porchlight/v1/users/${ben.id}/visibility`, { visibleTo: 'nobody', othersSee: 'hidden' });
    const page = await board();
    await tile(page, ben.name).getByText('Unknown').waitFor();
    await tile(page, ben.name).click();
    await page.getByText('This person does not share their presence.').waitFor();
    await site.call('PUT', `/porchlight/v1/users/${ben.id}/visibility`, { visibleTo: 'everyone' });
    await page.context().close();
  });

  it('takes no choice of who sees the user before it has read the present one', async () => {
    const page = await board();
    let release;
    const held = new Promise((resolve) => (release = resolve));
    await page.route('**/porchlight/v1/me/visibility', async (route) => {
      await held;
      await route.continue();
    });
    await page.keyboard.press('v');
    const choice = page.getByLabel('The people and groups that I name');
    await choice.waitFor();
    assert.equal(await choice.isDisabled(), true);
    assert.equal(await page.getByRole('button', { name: 'Save' }).isDisabled(), true);
    release();
    await choice.check();
    await page.context().close();
  });

  it('asks for another sign-in when the tokens have ended', async () => {
    const page = await board();
    site.command('token', 'revoke', '--user', ana.upn);
    await page.getByText('Your sign-in has ended').waitFor();
    await site.advance('PT1S'); // what is issued at the moment of the revocation is revoked too
    await page.context().close();
  });
});

describe('ten tabs', () => {
  it('share one stream', async () => {
    const page = await board();
    const pages = [page];
    while (pages.length < 10) {
      const next = site.watched(await page.context().newPage());
      await next.goto(`${site.url}/board/`);
      await tile(next, ben.name).waitFor();
      pages.push(next);
    }
    assert.equal(await site.metric('porchlight_streams'), 1);
    assert.deepEqual(site.faults, []);
    await page.context().close();
  });
});
