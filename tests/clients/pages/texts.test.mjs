// Names and messages that are markup, run the other way, are long or have no blank: on the board, the wall and the console.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { enterDemo, showScreen, tile } from './screens.mjs';
import { Site, sizes } from './site.mjs';

const names = {
  'markup@contoso.com': '<img src=x onerror=alert(1)>&amp;<b>{time}</b>',
  'override@contoso.com': '\u202Egnp.live',
  'emoji@contoso.com': '👩‍👩‍👧‍👦 🇸🇪 e\u0301',
  'long@contoso.com': 'n'.repeat(256),
};
const messages = ['x'.repeat(280), '\u202E<script>alert(1)</script>\u2067', '🧑🏽‍🚀'.repeat(20), '\u0301'.repeat(280)];

let site;
before(async () => {
  site = await Site.open({ clock: 'system', options: ['--demo'] });
  for (const [i, [upn, name]] of Object.entries(names).entries()) {
    site.command('user', 'add', '--tenant', 'Contoso', '--upn', upn, '--name', name);
    const { id } = JSON.parse(site.command('user', 'show', upn, '--json'));
    await site.call('POST', `/v1.0/users/${id}/presence/setUserPreferredPresence`, { availability: 'Busy', activity: 'Busy', expirationDuration: `PT${i + 5}M` });
    await site.call('POST', `/v1.0/users/${id}/presence/setStatusMessage`, { statusMessage: { message: { content: messages[i], contentType: 'text' } } });
  }
});
after(() => site.close());

// Texts stay texts, in their place and in their direction.
async function check(page, what) {
  const found = await page.evaluate(() => {
    const faults = [];
    if (document.querySelector('img, b, script:not([src]):not(head > script)')) faults.push('text became an element');
    // A text with a direction of its own is isolated, by its element or within the sentence.
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = walker.nextNode(); text; text = walker.nextNode()) {
      if (!text.data.includes('\u202E') || /\u2068[^\u2069]*\u202E/.test(text.data)) continue;
      const { unicodeBidi, display } = getComputedStyle(text.parentElement);
      const isAlone = text.parentElement.childNodes.length === 1 && /^(block|grid|flex|table-cell)/.test(display);
      if (!/isolate|plaintext/.test(unicodeBidi) && !isAlone) faults.push(`${text.parentElement.outerHTML} turns what follows`);
    }
    return faults;
  });
  for (const size of [sizes[1], sizes[2]]) {
    await page.setViewportSize(size);
    if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) found.push(`wider than ${size.width}`);
  }
  assert.deepEqual(found, [], what);
  assert.deepEqual(site.faults, [], what);
}

it('texts of users stay texts', async () => {
  const page = await site.tab();
  await enterDemo(page, site, '/board/');
  for (const name of Object.values(names)) {
    await tile(page, name.slice(0, 60)).first().waitFor();
    await check(page, name);
    await tile(page, name.slice(0, 60)).first().click();
    await page.getByText('As a list').waitFor();
    await check(page, `person: ${name}`);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }
  await page.goto(`${site.url}/board/wall?demo=1`);
  await page.getByText(names['emoji@contoso.com']).first().waitFor();
  await check(page, 'wall');
  await enterDemo(page, site, '/console/');
  await showScreen(page, '#/people');
  await page.getByRole('link', { name: names['markup@contoso.com'] }).waitFor();
  await check(page, 'people');
  for (const name of Object.values(names)) {
    await showScreen(page, '#/people');
    await page.getByRole('link', { name }).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    await page.locator('main').getByText(/^Loading/).first().waitFor({ state: 'detached' });
    await check(page, `console: ${name}`);
  }
  await page.context().close();
});
