// The screens of the pages, and how each is reached. Tests check them, and scripts/screenshots takes their pictures.
import { ben } from './site.mjs';

export const tile = (page, name) => page.locator('.tile', { hasText: name });

// Closes what is open over the page.
export async function closeDialog(page) {
  if ((await page.locator('dialog').count()) === 0) return;
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
}

// The board of Ana, with all users on it.
export async function openBoard(site, options) {
  const page = await site.signedIn('/board/', options);
  await tile(page, ben.name).waitFor();
  return page;
}

export const boardScreens = {
  board: async () => {},
  person: async (page) => {
    await tile(page, ben.name).click();
    await page.getByText('As a list').waitFor();
  },
  mine: async (page) => {
    await page.keyboard.press('m');
    await page.getByRole('heading', { name: 'My signed-in clients' }).waitFor();
  },
  visibility: async (page) => {
    await page.keyboard.press('v');
    await page.getByLabel('The people and groups that I name').check();
  },
  tell: async (page) => {
    await tile(page, ben.name).focus();
    await page.keyboard.press('t');
    await page.getByRole('button', { name: 'Wait' }).waitFor();
  },
  keys: async (page) => {
    await page.keyboard.press('?');
    await page.getByText('Mark or unmark the person').waitFor();
  },
};

// The console of Ana, who is an administrator of the operator's tenant.
export async function openConsole(site, options) {
  const page = await site.signedIn(options?.path ?? '/console/', options);
  await page.locator('nav a').first().waitFor({ state: 'attached' });
  return page;
}

// The addresses of the console's screens, from its menu.
export const consoleScreens = (page) =>
  page.locator('nav a[href^="#/"]').evaluateAll((links) => links.map((link) => link.getAttribute('href')));

// Shows a screen of the console, with what it reads.
export async function showScreen(page, hash) {
  await page.evaluate((to) => (location.hash = to), hash);
  await page.locator('main h1').waitFor();
  await page.locator('main').getByText(/^Loading/).first().waitFor({ state: 'detached' });
}

// Opens a page of the demo as its first person. A tab that has entered before enters again by itself.
export async function enterDemo(page, site, path) {
  await page.goto(site.url + path);
  const entry = page.getByRole('button', { name: /^Enter as/ }).first();
  const shown = page.locator(path === '/board/' ? '.tile' : 'nav a').first();
  await entry.or(shown).first().waitFor({ state: 'attached' });
  if (await entry.isVisible()) await entry.click();
  await shown.waitFor({ state: 'attached' });
}
