// Takes a picture of every screen in each size and theme: node screenshots.mjs FOLDER.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { boardScreens, closeDialog, openBoard } from './screens.mjs';
import { Site, sizes } from './site.mjs';

const [folder] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const site = await Site.open();
try {
  for (const size of sizes) {
    for (const colorScheme of ['light', 'dark']) {
      const page = await openBoard(site, { size, options: { colorScheme, reducedMotion: 'reduce' } });
      for (const [name, open] of Object.entries(boardScreens)) {
        await open(page);
        const file = `${name}-${size.width}x${size.height}-${colorScheme}.png`;
        await page.screenshot({ path: join(folder, file) });
        console.log(file);
        await closeDialog(page);
      }
      await page.context().close();
    }
  }
} finally {
  await site.close();
}
