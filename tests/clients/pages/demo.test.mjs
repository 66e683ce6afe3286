// The demo: entered with one click, as one of its people.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { screenFaults } from './access.mjs';
import { tile } from './screens.mjs';
import { ana, ben, Site, sizes } from './site.mjs';

let site;
before(async () => (site = await Site.open({ clock: 'system', options: ['--demo'] })));
after(() => site.close());

it('is entered with one click', async () => {
  const page = await site.tab(undefined, { reducedMotion: 'reduce' });
  await page.goto(`${site.url}/`);
  await page.getByRole('button', { name: `Enter as ${ana.name}` }).waitFor();
  for (const size of sizes) {
    await page.setViewportSize(size);
    assert.deepEqual(await screenFaults(page), [], `${size.width}x${size.height}`);
  }
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

it('works in a browser without SharedWorker', async () => {
  const page = await site.tab();
  await page.context().addInitScript(() => delete globalThis.SharedWorker);
  await page.goto(`${site.url}/board/`);
  await page.getByRole('button', { name: `Enter as ${ana.name}` }).click();
  await tile(page, ben.name).first().waitFor();
  assert.deepEqual(site.faults, []);
  await page.context().close();
});
