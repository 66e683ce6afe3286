// The wall display: pairing by code, walls of several sizes without scroll bars, and grey without news.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { screenFaults, violations } from './access.mjs';
import { openConsole, showScreen } from './screens.mjs';
import { ana, ben, Site, sizes } from './site.mjs';

let site;
let wall;
before(async () => {
  site = await Site.open({ clock: 'system' }); // a device polls in the time of the machine
  wall = await site.tab(sizes[0], { reducedMotion: 'reduce' });
});
after(() => site.close());

const portrait = { width: 1080, height: 1920 };
const tiles = () => wall.locator('main li');

// Signs the display in from another browser, as a user with a phone does.
async function pair() {
  await wall.goto(`${site.url}/board/wall`);
  const code = await wall.locator('strong.code').innerText();
  assert.deepEqual(await violations(wall), []);
  const phone = await site.tab(sizes[2]);
  await phone.goto(await wall.locator('strong.url').innerText());
  await phone.fill('input[name="user_code"]', code);
  await phone.keyboard.press('Enter');
  await phone.fill('input[name="username"]', ana.upn);
  await phone.fill('input[name="password"]', site.password);
  await phone.keyboard.press('Enter');
  await phone.getByRole('button', { name: /Accept|Continue|Allow/ }).first().click();
  await tiles().filter({ hasText: ben.name }).first().waitFor();
  await phone.context().close();
}

// Waits until all tiles are within the window, and nothing scrolls; a new size takes the page a moment.
const fits = () =>
  wall.waitForFunction(() => {
    const root = document.documentElement;
    const isInside = ({ top, left, bottom, right }) => top >= -1 && left >= -1 && bottom <= innerHeight + 1 && right <= innerWidth + 1;
    const isWhole = [...document.querySelectorAll('main li')].every((tile) => isInside(tile.getBoundingClientRect()));
    return root.scrollWidth <= innerWidth && root.scrollHeight <= innerHeight && isWhole;
  });

describe('the wall', () => {
  it('is paired by a code, and stays so after a reload', async () => {
    await pair();
    await wall.reload();
    await tiles().filter({ hasText: ben.name }).first().waitFor();
  });

  for (const people of [12, 80, 400])
    it(`shows ${people} people without a scroll bar`, async () => {
      if (people > site.people) site.addPeople(people - site.people);
      await wall.goto(`${site.url}/board/wall`);
      for (const size of [...sizes, portrait]) {
        await wall.setViewportSize(size);
        await tiles().first().waitFor();
        await fits();
        if (people < 400) assert.deepEqual(await screenFaults(wall), [], `${size.width}x${size.height}`);
      }
      assert.deepEqual(site.faults, []);
    });

  it('turns grey within 30 s without news, and goes on by itself', async () => {
    await wall.setViewportSize(sizes[0]);
    await wall.clock.install();
    await wall.reload();
    await tiles().first().waitFor();
    assert.equal(await wall.locator('.wall.stale').count(), 0);
    await site.kill();
    await wall.clock.runFor(31_000);
    await wall.locator('.wall.stale').waitFor();
    await wall.getByText(/No news since|no news since/).waitFor();
    await site.start();
    // The hub, which a page's clock does not reach, goes on in the time of the machine.
    for (let i = 0; i < 60 && (await wall.locator('.wall.stale').count()); ++i) {
      await wall.clock.setSystemTime(Date.now());
      await wall.clock.runFor(1000);
    }
    await wall.locator('.wall:not(.stale)').waitFor();
  });

  it('is ended in the console, and shows a code again', async () => {
    const page = await openConsole(site);
    await showScreen(page, '#/displays');
    const signIns = page.getByRole('region', { name: 'Sign-ins' });
    await signIns.getByRole('row', { name: ana.upn }).getByRole('button', { name: 'End' }).click();
    assert.deepEqual(await violations(page), []);
    await page.getByRole('dialog').getByRole('button', { name: 'End sign-in' }).click();
    await signIns.waitFor({ state: 'detached' });
    const display = await wall.context().newPage();
    await wall.close(); // its worker has an access token that is still valid
    await display.goto(`${site.url}/board/wall`);
    await display.locator('strong.code').waitFor();
    assert.deepEqual(site.faults, []);
    await page.context().close();
  });
});
