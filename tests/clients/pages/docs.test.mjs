// The reference of the API.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { ana, Site, sizes, violations } from './site.mjs';

let site;
before(async () => (site = await Site.open({ clock: 'system', options: ['--demo'] })));
after(() => site.close());

const route = (page, text) => page.locator('details', { hasText: text }).first();

for (const size of sizes)
  for (const colorScheme of ['light', 'dark'])
    it(`has no violation at ${size.width}x${size.height}, ${colorScheme}`, async () => {
      const page = await site.tab(size, { colorScheme });
      await page.goto(`${site.url}/docs/`);
      await route(page, '/me/presence').locator('summary').click();
      assert.deepEqual(await violations(page), []);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
      assert.deepEqual(site.faults, []);
      await page.context().close();
    });

it('sends a request with the token of the reader', async () => {
  const page = await site.tab();
  await page.goto(`${site.url}/board/`);
  await page.getByRole('button', { name: `Enter as ${ana.name}` }).click();
  const docs = site.watched(await page.context().newPage());
  await page.locator('.tile').first().waitFor();
  await docs.goto(`${site.url}/docs/`);
  await docs.getByRole('button', { name: 'Porchlight' }).click();
  await docs.getByRole('searchbox').fill('explain me');
  const one = route(docs, '/porchlight/v1/me/presence/explain');
  await one.locator('summary').click();
  await one.getByRole('button', { name: 'Send' }).click();
  await one.getByText(/"rule":/).waitFor();
  assert.deepEqual(site.faults, []);
  await page.context().close();
});
