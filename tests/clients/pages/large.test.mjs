// A board of 5,000 people: only the rows near the visible part exist, and each person can be reached.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { openBoard, tile } from './screens.mjs';
import { ana, Site } from './site.mjs';

let site;
before(async () => {
  site = await Site.open();
  site.addPeople(5000);
});
after(() => site.close());

it('has tiles for what is near the visible part', async () => {
  const page = await openBoard(site);
  const count = () => page.locator('.tile').count();
  await page.getByText('Person 000013').waitFor();
  assert.ok((await count()) < 300, `${await count()} tiles`);
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await page.getByText('Person 005012').waitFor();
  assert.ok((await count()) < 300, `${await count()} tiles`);
  assert.deepEqual(site.faults, []);
  await page.context().close();
});

it('leads the keyboard to the last person, and finds one', async () => {
  const page = await openBoard(site);
  await tile(page, ana.name).focus();
  await page.keyboard.press('End');
  await page.waitForFunction(() => document.activeElement.textContent.includes('Person 005012'));
  await page.keyboard.press('/');
  await page.keyboard.type('Person 002500');
  await page.waitForFunction(() => document.querySelectorAll('.tile').length === 1);
  assert.deepEqual(site.faults, []);
  await page.context().close();
});
