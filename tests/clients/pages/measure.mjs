// Measures a board of many people: node measure.mjs [PEOPLE]. Prints the time until the first tile, and the times
// between frames while the board scrolls, in ms. For a machine that does nothing else.
import { openBoard } from './screens.mjs';
import { Site, sizes } from './site.mjs';

const people = Number(process.argv[2] ?? 5000);
const site = await Site.open();
try {
  site.addPeople(people);
  const page = await openBoard(site, { size: sizes[0] });
  const again = site.watched(await page.context().newPage());
  const begin = performance.now();
  await again.goto(`${site.url}/board/`);
  await again.locator('.tile').first().waitFor();
  const tiles = performance.now() - begin;
  await again.bringToFront();
  const painted = await again.evaluate(() => performance.getEntriesByType('paint').at(-1)?.startTime ?? 0);
  const frames = await again.evaluate(async () => {
    const times = [];
    let last = await new Promise(requestAnimationFrame);
    while (scrollY + innerHeight < document.documentElement.scrollHeight - 1 && times.length < 600) {
      scrollBy(0, 120);
      const now = await new Promise(requestAnimationFrame);
      times.push(now - last);
      last = now;
    }
    return times.sort((a, b) => a - b);
  });
  const at = (part) => Math.round(frames[Math.floor(part * (frames.length - 1))]);
  console.log(`${people} people: first paint ${Math.round(painted)} ms, first tile ${Math.round(tiles)} ms`);
  console.log(`frames while scrolling: median ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms of ${frames.length}`);
} finally {
  await site.close();
}
