// What every screen must be: without a violation that axe finds, usable by keys alone, visible in forced colours, and
// still if motion is reduced. Each check returns the faults of the page as it is, in words.
import axe from 'axe-core';

// The criteria that every screen meets (WCAG 2.2 AA).
const criteria = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

// The longest change that is no motion, in seconds.
const motionMax = 0.01;

// The violations that axe finds. Its text, which takes longer to load than to run, is loaded once for each page.
export async function violations(page) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  return page.evaluate(async (values) => {
    const { violations: found } = await globalThis.axe.run({ runOnly: { type: 'tag', values }, resultTypes: ['violations'] });
    return found.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary}`));
  }, criteria);
}

// Whether the page is wider than the window.
const widthFaults = async (page) => {
  const [width, most] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  return width > most ? [`${width} px are wider than the window of ${most} px`] : [];
};

// All checks of a screen in both themes and in forced colours, for a page with reduced motion. The dark theme remains.
export async function screenFaults(page) {
  const faults = [];
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    for (const check of [violations, widthFaults, keyboardFaults, motionFaults])
      for (const fault of await check(page)) faults.push(`${colorScheme}: ${fault}`);
  }
  await page.emulateMedia({ forcedColors: 'active' });
  for (const check of [forcedColorFaults, keyboardFaults])
    for (const fault of await check(page)) faults.push(`forced colours: ${fault}`);
  await page.emulateMedia({ forcedColors: 'none' });
  return faults;
}

// In the page: notes what Tab has to reach within the page or an open dialog, and how each looks without the focus, and
// puts the focus before the first. From now on each of them that gets the focus is noted, with whether that shows.
// Returns how many there are.
function noteStops() {
  const selector = 'a[href], button, input, select, textarea, summary, [tabindex]';
  const root = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body;
  // Of radio buttons of one group, Tab reaches the chosen one or the first.
  const isOfGroup = (one) => {
    if (one.type !== 'radio') return true;
    const group = [...root.querySelectorAll('input[type="radio"]')].filter(({ name, form }) => name === one.name && form === one.form);
    return one === (group.find(({ checked }) => checked) ?? group[0]);
  };
  const isStop = (one) => one.tabIndex >= 0 && !one.matches(':disabled') && one.checkVisibility({ visibilityProperty: true }) && isOfGroup(one);
  const look = (one) => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(one);
    return outlineStyle === 'none' || outlineWidth === '0px' ? boxShadow : [outlineStyle, outlineWidth, outlineColor, boxShadow].join();
  };
  document.activeElement.blur();
  const stops = [...root.querySelectorAll(selector)].filter(isStop);
  const looks = stops.map(look);
  const reached = [];
  const shown = [];
  globalThis.tabWalk?.end.abort();
  globalThis.tabWalk = { stops, reached, shown, end: new AbortController() };
  const note = ({ target }) => {
    const index = stops.indexOf(target);
    if (index < 0) return; // a place that is no control
    reached.push(index);
    if (look(target) !== looks[index]) shown.push(index);
  };
  addEventListener('focusin', note, { signal: globalThis.tabWalk.end.signal });
  root.tabIndex = -1;
  root.focus({ preventScroll: true });
  root.removeAttribute('tabindex');
  return stops.length;
}

// Sends so many presses of Tab without a wait between them, which would take most of the time of a walk.
async function pressTab(page, times) {
  const keys = await page.context().newCDPSession(page);
  const press = { type: 'rawKeyDown', key: 'Tab', code: 'Tab', windowsVirtualKeyCode: 9 };
  await Promise.all(Array.from({ length: times }, () => keys.send('Input.dispatchKeyEvent', press)));
  await keys.detach();
}

// Presses Tab once around the page, or around an open dialog.
export async function keyboardFaults(page) {
  const count = await page.evaluate(noteStops);
  const read = () => page.evaluate(() => (({ reached, shown }) => ({ reached, shown }))(globalThis.tabWalk));
  let walk = { reached: [], shown: [] };
  let order = []; // the stops as they were reached first
  // A field of a date has several parts.
  for (let pressed = 0; pressed < 3 * count && order.length < count; ) {
    const times = count - order.length;
    await pressTab(page, times);
    pressed += times;
    walk = await read();
    order = [...new Set(walk.reached)];
  }
  // Behind the last one is the browser, and then the first one. The browser may lead there twice.
  let around = walk;
  for (let i = 0; i < 10 && around.reached.length === walk.reached.length; ++i) {
    await pressTab(page, 1);
    around = await read();
  }
  const missed = Array.from({ length: count }, (_, i) => i).filter((i) => !order.includes(i));
  const hidden = order.filter((index) => !walk.shown.includes(index));
  const falls = order.filter((index, i) => i > 0 && index < order[i - 1]);
  const name = (index) => page.evaluate((i) => globalThis.tabWalk.stops[i].outerHTML.replace(/\s+/g, ' ').slice(0, 120), index);
  const faults = [];
  if (count > 0 && around.reached.length === walk.reached.length) faults.push('Tab does not come around');
  for (const index of missed) faults.push(`Tab does not reach ${await name(index)}`);
  for (const index of hidden) faults.push(`nothing shows the focus of ${await name(index)}`);
  for (const index of falls) faults.push(`Tab leads back to ${await name(index)}`);
  return faults;
}

// The shapes of states differ from what is behind them. For a page with forced colours.
export const forcedColorFaults = (page) =>
  page.evaluate(() => {
    if (!matchMedia('(forced-colors: active)').matches) return ['the page has no forced colours'];
    const isClear = (color) => color === 'none' || color === 'transparent' || /^rgba.*, 0\)$/.test(color);
    const behind = (one) => {
      for (let at = one; at; at = at.parentElement) {
        const { backgroundColor } = getComputedStyle(at);
        if (!isClear(backgroundColor)) return backgroundColor;
      }
      return 'rgb(255, 255, 255)';
    };
    const faults = [];
    for (const glyph of document.querySelectorAll('svg.glyph')) {
      const ground = behind(glyph.parentElement);
      const solid = glyph.querySelector('.solid');
      for (const shape of glyph.children) {
        const { fill, stroke } = getComputedStyle(shape);
        const color = shape === solid ? fill : stroke;
        const under = shape.classList.contains('cut') ? getComputedStyle(solid).fill : ground;
        if (isClear(color) || color === under) faults.push(`${shape.outerHTML.slice(0, 60)} is ${color} on ${under}`);
      }
    }
    return faults;
  });

// What moves, of a page with reduced motion.
export const motionFaults = (page) =>
  page.evaluate((most) => {
    const seconds = (list) => Math.max(...list.split(',').map((time) => parseFloat(time) / (time.trim().endsWith('ms') ? 1000 : 1)));
    const faults = [];
    for (const one of document.querySelectorAll('*'))
      for (const part of [null, '::before', '::after']) {
        const { animationName, animationDuration, transitionDuration } = getComputedStyle(one, part);
        const time = Math.max(animationName === 'none' ? 0 : seconds(animationDuration), seconds(transitionDuration));
        if (time > most) faults.push(`${one.tagName}.${one.className}${part ?? ''} moves for ${time} s`);
      }
    return faults;
  }, motionMax);

// Presses Tab until the control has the focus; throws if it never does. Of the presses that are sent at once, those
// behind the control do nothing.
export async function tabTo(page, control) {
  const hasFocus = () => control.evaluate((one) => one === document.activeElement);
  await control.evaluate((one) => {
    const stay = (event) => one === document.activeElement && event.key === 'Tab' && event.preventDefault();
    globalThis.stay = new AbortController();
    addEventListener('keydown', stay, { capture: true, signal: globalThis.stay.signal });
  });
  let isReached = false;
  for (let i = 0; i < 10 && !isReached; ++i) {
    await pressTab(page, 20);
    isReached = await hasFocus();
  }
  await page.evaluate(() => globalThis.stay.abort());
  if (!isReached) throw new Error(`Tab does not reach ${control}`);
}
