// The demo: entered with one click, as one of its people.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { tile } from './screens.mjs';
import { ana, ben, Site, violations } from './site.mjs';

let site;
before(async () => (site = await Site.open({ clock: 'system', options: ['--demo'] })));
after(() => site.close());

it('is entered with one click', async () => {
  const page = await site.tab();
  await page.goto(`${site.url}/`);
  await page.getByRole('button', { name: `Enter as ${ana.name}` }).waitFor();
  assert.deepEqual(await violations(page), []);
  await page.getByRole('button', { name: `Enter as ${ana.name}` }).click();
  await tile(page, ben.name).first().waitFor();
  await page.reload();
  await tile(page, ben.name).first().waitFor();
  assert.deepEqual(site.faults, []);
  await page.context().close();
});

it('has people whose presence changes', async () => {
  const page = await site.tab();
  await page.goto(`${site.url}/board/`);
  await page.getByRole('button', { name: `Enter as ${ana.name}` }).click();
  await tile(page, ben.name).first().waitFor();
  const states = () => page.locator('.tile .state').allInnerTexts();
  const first = (await states()).join();
  await page.waitForFunction((text) => [...document.querySelectorAll('.tile .state')].map((one) => one.innerText).join() !== text, first, {
    timeout: 60_000,
  });
  await page.context().close();
});

it('leads from the board to the console, if the person is an administrator', async () => {
  for (const { name, links } of [{ name: ana.name, links: 1 }, { name: ben.name, links: 0 }]) {
    const page = await site.tab();
    await page.goto(`${site.url}/board/`);
    await page.getByRole('button', { name: `Enter as ${name}` }).click();
    await tile(page, ben.name).first().waitFor();
    assert.equal(await page.getByRole('link', { name: 'Console' }).count(), links, name);
    await page.context().close();
  }
});

it('leads a browser without scripts to the API', async () => {
  const page = await site.tab(undefined, { javaScriptEnabled: false });
  await page.goto(`${site.url}/board/`);
  await page.locator('noscript a[href="/v1.0/"]').waitFor();
  await page.context().close();
});

it('works in a browser without SharedWorker', async () => {
  const page = await site.tab();
  await page.context().addInitScript(() => delete globalThis.SharedWorker);
  await page.goto(`${site.url}/board/`);
  await page.getByRole('button', { name: `Enter as ${ana.name}` }).click();
  await tile(page, ben.name).first().waitFor();
  assert.deepEqual(site.faults, []);
  await page.context().close();
});
