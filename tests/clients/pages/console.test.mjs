// The console: every screen in each size and theme and by keys alone, an import with progress, and what an
// administrator of one tenant sees.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { screenFaults, tabTo } from './access.mjs';
import { consoleScreens, openConsole, showScreen } from './screens.mjs';
import { ana, ben, Site, sizes } from './site.mjs';

let site;
before(async () => (site = await Site.open()));
after(() => site.close());

// Stops the list of requests by keys: rows that come during a walk are in none of its lists.
async function pause(page) {
  await page.locator('main tbody tr').first().waitFor();
  await tabTo(page, page.getByRole('button', { name: 'Pause', exact: true }));
  await page.keyboard.press('Enter');
}

describe('screens', () => {
  for (const size of sizes)
    it(`have no fault at ${size.width}x${size.height}`, async () => {
      const page = await openConsole(site, { size, options: { reducedMotion: 'reduce' } });
      const fold = page.getByRole('button', { name: 'Menu', exact: true });
      if (await fold.isVisible()) {
        await tabTo(page, fold);
        await page.keyboard.press('Enter');
        await page.getByRole('link', { name: 'People' }).waitFor();
        assert.deepEqual(await screenFaults(page), [], 'the menu');
      }
      const hashes = await consoleScreens(page);
      assert.ok(hashes.length >= 13, hashes.join());
      await showScreen(page, '#/applications');
      const application = await page.locator('td a').first().getAttribute('href');
      for (const hash of [...hashes, `#/people/${ben.id}`, application]) {
        await showScreen(page, hash);
        if (hash === '#/requests') await pause(page);
        assert.deepEqual(await screenFaults(page), [], hash);
      }
      assert.deepEqual(site.faults, []);
      await page.context().close();
    });
});

describe('the console', () => {
  it('imports a large file, with a preview and progress', async () => {
    const count = 100_000;
    const page = await openConsole(site);
    await showScreen(page, '#/people');
    await page.getByRole('button', { name: 'Import' }).click();
    const rows = Array.from({ length: count }, (_, i) => `i${i}@contoso.com,Imported ${i}`);
    rows.splice(3, 0, 'no-address,"Wrong"');
    const buffer = Buffer.from(`userPrincipalName,displayName\n${rows.join('\n')}\n`);
    await page.setInputFiles('input[type="file"]', { name: 'people.csv', mimeType: 'text/csv', buffer });
    await page.getByText('Imported 1', { exact: true }).waitFor();
    await page.getByText('Line 5').waitFor();
    await page.getByRole('button', { name: /^Import / }).last().click();
    await page.getByRole('progressbar').waitFor();
    await page.getByText(/100,000 added/).waitFor({ timeout: 120_000 });
    const counted = await site.call('GET', '/v1.0/users/$count', undefined, site.token('Demo reader'), { ConsistencyLevel: 'eventual' });
    assert.equal(Number(await counted.text()), count + site.people);
    assert.deepEqual(site.faults, []);
    await page.context().close();
  });

  it('shows a secret once', async () => {
    const page = await openConsole(site);
    await showScreen(page, '#/applications');
    await page.getByRole('link', { name: 'Demo writer' }).click();
    await page.getByRole('button', { name: 'Add secret' }).click();
    await page.getByRole('dialog').getByRole('button', { name: /Add|Create/ }).click();
    const secret = await page.getByRole('dialog').locator('pre').innerText();
    assert.ok(secret.length >= 30, secret);
    await page.keyboard.press('Escape');
    await page.reload();
    await page.locator('nav a').first().waitFor(); // after a sign-in without a question
    await page.locator('main h1').waitFor();
    assert.equal((await page.content()).includes(secret), false);
    await page.context().close();
  });

  it('advances a manual clock', async () => {
    const page = await openConsole(site);
    await showScreen(page, '#/clock');
    const before = Date.parse((await (await fetch(`${site.url}/porchlight/v1/web`)).json()).now);
    const advanced = page.waitForResponse((response) => response.url().includes('/clock') && response.request().method() === 'POST');
    await page.getByRole('button', { name: '5 min' }).click();
    await advanced;
    const now = Date.parse((await (await fetch(`${site.url}/porchlight/v1/web`)).json()).now);
    assert.equal(now - before, 5 * 60_000);
    await page.context().close();
  });

  it('shows an administrator of one tenant nothing of another', async () => {
    site.command('tenant', 'add', '--name', 'Fabrikam');
    site.command('tenant', 'set', 'Contoso', '--operator', 'off');
    site.command('user', 'add', '--tenant', 'Fabrikam', '--upn', 'eve@fabrikam.com', '--name', 'Eve of Fabrikam');
    const page = await openConsole(site, { path: '/console/?tenant=contoso' });
    for (const hash of await consoleScreens(page)) {
      await showScreen(page, hash);
      assert.doesNotMatch(await page.locator('body').innerText(), /Fabrikam/, hash);
    }
    assert.equal((await consoleScreens(page)).includes('#/settings'), false);
    site.command('tenant', 'set', 'Contoso', '--operator', 'on');
    await page.context().close();
  });

  it('is closed to a user without the role', async () => {
    site.command('admin', 'revoke', ana.upn, '--tenant', 'Contoso');
    const page = await site.signedIn('/console/?tenant=contoso');
    await page.getByText(/administrator/i).first().waitFor();
    assert.equal(await page.locator('table').count(), 0);
    site.command('admin', 'grant', ana.upn, '--tenant', 'Contoso');
    await page.context().close();
  });
});
