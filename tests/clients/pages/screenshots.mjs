// Takes a picture of every screen of the demo in each size and theme: node screenshots.mjs FOLDER.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { boardScreens, closeDialog, consoleScreens, enterDemo, showScreen } from './screens.mjs';
import { Site, sizes } from './site.mjs';

const [folder] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const site = await Site.open({ clock: 'system', options: ['--demo'] });

async function takeAll(size, colorScheme) {
  const page = await site.tab(size, { colorScheme, reducedMotion: 'reduce' });
  const take = async (name) => {
    const file = `${name}-${size.width}x${size.height}-${colorScheme}.png`;
    await page.screenshot({ path: join(folder, file) });
    console.log(file);
  };
  await enterDemo(page, site, '/board/');
  for (const [name, open] of Object.entries(boardScreens)) {
    await open(page);
    await take(name);
    await closeDialog(page);
  }
  await page.goto(`${site.url}/board/wall?demo=1`);
  await page.locator('main li').first().waitFor();
  await take('wall');
  await page.goto(`${site.url}/docs/`);
  await page.locator('details').first().waitFor();
  await take('docs');
  await enterDemo(page, site, '/console/');
  for (const hash of await consoleScreens(page)) {
    await showScreen(page, hash);
    await take(`console-${hash.slice(2)}`);
  }
  await page.context().close();
}

try {
  for (const size of sizes) for (const colorScheme of ['light', 'dark']) await takeAll(size, colorScheme);
} finally {
  await site.close();
}
