// What pages do if something is wrong around them: missing files, a proxy that buffers, no scripts, wrong tokens.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Proxy } from './proxy.mjs';
import { openBoard, tile } from './screens.mjs';
import { ana, ben, Site } from './site.mjs';

let site;
before(async () => (site = await Site.open()));
after(() => site.close());

const pages = { '/board/': 'input[name="password"]', '/board/wall': 'strong.code', '/console/': 'input[name="password"]', '/docs/': 'details' };
const message = 'This page tries again by itself.';

describe('a page whose files are missing', () => {
  for (const [path, shown] of Object.entries(pages))
    it(`loads itself again: ${path}`, async () => {
      const page = await site.tab();
      await page.clock.install();
      await page.route('**/web/*', (route) => route.abort());
      await page.goto(site.url + path);
      await page.getByText(message).waitFor();
      // The server is away: a reload would leave the page for one of the browser.
      await page.route(`**${path}`, (route) => route.abort());
      const [failed] = await Promise.all([page.waitForEvent('requestfailed', (request) => request.method() === 'HEAD'), page.clock.runFor(2000)]);
      assert.equal(new URL(failed.url()).pathname, path);
      await page.getByText(message).waitFor();
      await page.unrouteAll();
      await page.clock.runFor(2000);
      await page.locator(shown).first().waitFor();
      assert.deepEqual(site.faults, []);
      await page.context().close();
    });

  it('says so in the language of the reader', async () => {
    const page = await site.tab(undefined, { locale: 'fr-FR' });
    await page.route('**/web/*', (route) => route.abort());
    await page.goto(`${site.url}/board/`);
    await page.getByText('Cette page réessaie d’elle-même.').waitFor();
    await page.context().close();
  });

  it('does so if a file is missing that it needs later, or in its own language', async () => {
    const page = await openBoard(site);
    await page.route('**/web/PersonPanel*', (route) => route.abort());
    const loaded = page.waitForEvent('load');
    await tile(page, ben.name).click();
    await loaded;
    await page.unrouteAll();
    await tile(page, ben.name).click();
    await page.getByRole('dialog').waitFor();
    await page.context().close();
    const other = await site.tab(undefined, { locale: 'de-DE' });
    await other.route('**/web/de-*', (route) => route.abort());
    await other.goto(`${site.url}/docs/`);
    await other.getByText('Diese Seite versucht es von selbst wieder.').waitFor();
    await other.context().close();
    site.faults = []; // the import that failed
  });
});

it('each page leads a browser without scripts to the API', async () => {
  const page = await site.tab(undefined, { javaScriptEnabled: false });
  for (const path of Object.keys(pages)) {
    await page.goto(site.url + path);
    await page.locator('noscript p', { hasText: 'JavaScript' }).waitFor();
    await page.locator('noscript a[href="/v1.0/"]').waitFor();
  }
  await page.context().close();
});

describe('behind a proxy that buffers', () => {
  let proxy;
  before(async () => (proxy = await Proxy.open(site.port)));
  after(() => proxy.close());

  // A browser without SharedWorker, whose clock the test moves.
  async function tab(path) {
    const page = await site.tab();
    await page.context().addInitScript(() => delete globalThis.SharedWorker);
    await page.clock.install();
    await page.goto(proxy.url + path);
    return page;
  }

  async function signIn(page) {
    await page.fill('input[name="username"]', ana.upn);
    await page.fill('input[name="password"]', site.password);
    await page.keyboard.press('Enter');
  }

  // Moves the clock of the page on until it shows this.
  async function runUntil(page, shown) {
    for (let i = 0; i < 60 && !(await shown.isVisible()); ++i) await page.clock.runFor(1000);
    await shown.waitFor();
  }

  it('the board is grey, says why, and goes on once events come', async () => {
    proxy.isHolding = true;
    const page = await tab('/board/');
    await signIn(page);
    await tile(page, ben.name).waitFor();
    await page.clock.runFor(31_000);
    await page.getByText(/Perhaps a proxy holds its events back/).waitFor();
    await page.locator('.tile.stale').first().waitFor();
    proxy.release();
    await runUntil(page, page.locator('.tile:not(.stale)').first());
    await page.getByText(/Perhaps a proxy/).waitFor({ state: 'detached' });
    await page.context().close();
  });

  it('the wall is grey within 30 s, and goes on once events come', async () => {
    proxy.isHolding = true;
    const wall = await tab('/board/wall');
    const code = await wall.locator('strong.code').innerText();
    const phone = await site.tab();
    await phone.goto(`${site.url}/common/oauth2/v2.0/deviceauth`);
    await phone.fill('input[name="user_code"]', code);
    await phone.keyboard.press('Enter');
    await phone.locator('input[name="password"]').waitFor();
    await signIn(phone);
    await phone.getByRole('button', { name: /Accept|Continue|Allow/ }).first().click();
    await phone.context().close();
    await site.advance('PT6S');
    await runUntil(wall, wall.locator('.wall'));
    assert.equal(await wall.locator('.wall.stale').count(), 0);
    await wall.clock.runFor(31_000);
    await wall.locator('.wall.stale').waitFor();
    await wall.getByText(/No news since/).waitFor();
    proxy.release();
    await runUntil(wall, wall.locator('.wall:not(.stale)'));
    await wall.getByText(ben.name).first().waitFor();
    await wall.context().close();
  });
});

describe('a token', () => {
  let page;
  before(async () => {
    site.faults = []; // requests to the proxy
    await site.kill();
    site.authority = 'off';
    await site.start();
    page = await site.tab();
    await page.goto(`${site.url}/board/`);
  });

  const token = (life) => site.command('token', '--app', 'Demo reader', '--user', ana.upn, '--expires', life).trim();

  async function paste(text) {
    await page.locator('textarea').fill(text);
    await page.getByRole('button', { name: 'Continue' }).click();
  }

  it('that is malformed, forged or expired is refused with a reason', async () => {
    const [head, claims, signature] = token('1h').split('.');
    const forged = [head, Buffer.from(Buffer.from(claims, 'base64url').toString().replace(ana.id, ben.id)).toString('base64url'), signature].join('.');
    const expired = token('5m');
    await site.advance('PT1H');
    for (const text of ['no token', '<img src=x>', forged, expired]) {
      await paste(text);
      await page.getByRole('alert').waitFor();
      assert.equal(await page.locator('.tile').count(), 0, text);
    }
    assert.equal(await page.locator('img').count(), 0);
  });

  it('that ends later ends the board with it', async () => {
    await paste(token('10m'));
    await tile(page, ben.name).waitFor();
    await site.advance('PT1H');
    await page.getByText('Your sign-in has ended').waitFor();
    assert.deepEqual(site.faults, []);
  });
});
