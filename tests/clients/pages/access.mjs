// What every screen must be: usable by keys alone, visible in forced colours, and still if motion is reduced. Each check
// returns the faults of the page as it is, in words.

// The longest change that is no motion, in seconds.
const motionMax = 0.01;

// In the page: notes what Tab has to reach within the element of this selector, or in an open dialog, and how each looks
// without the focus. Returns how many there are.
function noteStops(within) {
  const selector = 'a[href], button, input, select, textarea, summary, [tabindex]';
  const root = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.querySelector(within);
  // Of radio buttons of one group, Tab reaches the chosen one or the first.
  const isOfGroup = (one) => {
    if (one.type !== 'radio') return true;
    const group = [...root.querySelectorAll('input[type="radio"]')].filter(({ name, form }) => name === one.name && form === one.form);
    return one === (group.find(({ checked }) => checked) ?? group[0]);
  };
  const isStop = (one) => one.tabIndex >= 0 && !one.disabled && one.checkVisibility({ visibilityProperty: true }) && isOfGroup(one);
  const look = (one) => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(one);
    return outlineStyle === 'none' || outlineWidth === '0px' ? boxShadow : [outlineStyle, outlineWidth, outlineColor, boxShadow].join();
  };
  document.activeElement.blur();
  if (within !== 'body') root.focus();
  const stops = [...root.querySelectorAll(selector)].filter(isStop);
  globalThis.tabStops = { stops, looks: stops.map(look), look };
  return stops.length;
}

// In the page: the stop that has the focus, and whether that shows. An index of -1 is a place that is no control.
function currentStop() {
  const { stops, looks, look } = globalThis.tabStops;
  const index = stops.indexOf(document.activeElement);
  return { index, isShown: index < 0 || look(document.activeElement) !== looks[index] };
}

const nameOf = (page, index) =>
  page.evaluate((i) => globalThis.tabStops.stops[i].outerHTML.replace(/\s+/g, ' ').slice(0, 120), index);

// Presses Tab once around the page, or once through the element of this selector, which can take the focus.
export async function keyboardFaults(page, within = 'body') {
  const count = await page.evaluate(noteStops, within);
  const order = [];
  const shown = new Set();
  let isAround = count === 0;
  // A field of a date has several parts.
  for (let i = 0; i < 3 * count + 20 && !isAround; ++i) {
    await page.keyboard.press('Tab');
    const { index, isShown } = await page.evaluate(currentStop);
    if (isShown) shown.add(index);
    if (index >= 0 && index === order.at(-1)) continue;
    // Behind the only control, or the last of an element, is another place.
    isAround = index < 0 ? order.length > 0 && (within !== 'body' || count === 1) : index === order[0];
    if (index >= 0 && !isAround) order.push(index);
  }
  const missed = Array.from({ length: count }, (_, i) => i).filter((i) => !order.includes(i));
  const falls = order.filter((index, i) => i > 0 && index < order[i - 1]);
  const faults = [];
  for (const index of missed) faults.push(`Tab does not reach ${await nameOf(page, index)}`);
  for (const index of order.filter((one) => !shown.has(one))) faults.push(`nothing shows the focus of ${await nameOf(page, index)}`);
  // The first stop may be in the middle of the page.
  for (const index of falls.slice(1)) faults.push(`Tab leads back to ${await nameOf(page, index)}`);
  if (!isAround) faults.push('Tab does not come around');
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

// Presses Tab until the control has the focus; throws if it never does.
export async function tabTo(page, control) {
  for (let i = 0; i < 150; ++i) {
    await page.keyboard.press('Tab');
    if (await control.evaluate((one) => one === document.activeElement)) return;
  }
  throw new Error(`Tab does not reach ${control}`);
}
