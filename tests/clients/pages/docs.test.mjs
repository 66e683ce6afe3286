// The reference of the API.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { screenFaults, tabTo } from './access.mjs';
import { ana, Site, sizes } from './site.mjs';

let site;
before(async () => (site = await Site.open({ clock: 'system', options: ['--demo'] })));
after(() => site.close());

const route = (page, text) => page.locator('details', { hasText: text }).first();

for (const size of sizes)
  it(`has no fault at ${size.width}x${size.height}`, async () => {
    const page = await site.tab(size, { reducedMotion: 'reduce' });
    await page.goto(`${site.url}/docs/`);
    await page.getByRole('searchbox').fill('me presence');
    await tabTo(page, page.locator('summary').first());
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Send' }).waitFor();
    assert.deepEqual(await screenFaults(page), []);
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
