import { describe, expect, test } from 'vitest';
import { type Block, type Cell, type Layout, layOut, pageAt, pageTime, shiftAt, tileWidths } from '../src/wall/layout';
import { isStale, staleAfter } from '../src/lib/staleness';
import { optionsOf } from '../src/wall/options';

type Group = Block & { people: number[] };

// `count` people in groups of at most `size`.
function groupsOf(count: number, size: number): Group[] {
  const groups: Group[] = [];
  for (let i = 0; i < count; i += size)
    groups.push({ isCounted: false, people: Array.from({ length: Math.min(size, count - i) }, (_, k) => i + k) });
  return groups;
}

const automatic = { names: 'full', columns: 0, hasMessages: true } as const;
const screens = [
  { width: 1920, height: 940 },
  { width: 1060, height: 1780 },
  { width: 1280, height: 600 },
  { width: 390, height: 740 },
  { width: 3840, height: 1900 },
];

const layOutOn = (groups: Group[], screen: (typeof screens)[number], options = {}): Layout<Group> =>
  layOut(groups, screen, Math.min(screen.width, screen.height), { ...automatic, ...options });

// The rows that the cells of a page take.
function rowsOf(page: Cell<Group>[], { columns, isAligned }: Layout<Group>): number {
  if (!isAligned) return Math.ceil(page.length / columns);
  let rows = 0;
  let used = columns;
  for (const { person } of page) {
    if (used === columns || person === undefined) {
      rows += 1;
      used = 0;
    }
    used += 1;
  }
  return rows;
}

describe('a layout', () => {
  const cases = screens.flatMap((screen) => [0, 1, 2, 5, 12, 80, 400].flatMap((count) => [1, 7, 40, 400].map((size) => ({ screen, count, size }))));

  test.each(cases)('shows all of $count people in groups of $size on $screen.width x $screen.height', ({ screen, count, size }) => {
    const layout = layOutOn(groupsOf(count, size), screen);
    const people = layout.pages.flatMap((page) => page.flatMap(({ person }) => person ?? []));
    expect(people).toEqual(Array.from({ length: count }, (_, i) => i));
    for (const page of layout.pages) {
      expect(rowsOf(page, layout)).toBeLessThanOrEqual(layout.rows);
      expect(page[0]!.person, 'a page begins with a heading').toBeUndefined();
      expect(page.at(-1)!.person, 'and does not end with one').toBeDefined();
    }
    expect(layout.rows * layout.height).toBeLessThanOrEqual(screen.height + 0.01);
    expect(layout.em).toBeGreaterThanOrEqual(Math.max(12, Math.min(screen.width, screen.height) / 48) - 0.01);
    expect(layout.columns * layout.em * tileWidths.full).toBeLessThanOrEqual(screen.width + 0.01);
  });

  test('fits 80 people in 8 groups on one page of a full HD screen', () => {
    expect(layOutOn(groupsOf(80, 10), screens[0]!).pages).toHaveLength(1);
  });

  test('gives few people large tiles with messages', () => {
    const { em, lines, isAligned } = layOutOn(groupsOf(12, 4), screens[0]!);
    expect({ lines, isAligned }).toEqual({ lines: 3, isAligned: true });
    expect(em).toBeGreaterThan(35);
  });

  test('leaves out messages before it makes groups continue in one sequence, and that before pages', () => {
    const kinds = [60, 80, 85, 200].map((count) => {
      const { lines, isAligned, pages } = layOutOn(groupsOf(count, 10), screens[0]!);
      return `${lines} ${isAligned} ${pages.length > 1}`;
    });
    expect(kinds).toEqual(['3 true false', '2 true false', '2 false false', '2 false true']);
  });

  test('has two lines without messages', () => {
    expect(layOutOn(groupsOf(12, 4), screens[0]!, { hasMessages: false }).lines).toBe(2);
  });

  test.each([1, 3, 12])('has the %i columns that were asked for', (columns) => {
    expect(layOutOn(groupsOf(80, 10), screens[0]!, { columns }).columns).toBe(columns);
  });

  test('has more columns of initials', () => {
    const count = (names: string) => layOutOn(groupsOf(400, 400), screens[0]!, { names }).columns;
    expect(count('initials')).toBeGreaterThan(count('full'));
  });

  test('shows counts alone of a group that is too small', () => {
    const [page] = layOutOn([{ isCounted: true, people: [1, 2] }, { isCounted: false, people: [3] }], screens[0]!).pages;
    expect(page!.map(({ person }) => person)).toEqual([undefined, undefined, 3]);
  });

  test('puts counts alone side by side', () => {
    const counted = Array.from({ length: 12 }, () => ({ isCounted: true, people: [1] }));
    const { columns, rows, isAligned } = layOutOn([...counted, ...groupsOf(3, 3)], screens[0]!);
    expect({ isAligned, rows }).toEqual({ isAligned: true, rows: Math.ceil(12 / columns) + Math.ceil(4 / columns) });
  });

  test('has a page even if the screen has no size yet', () => {
    const { pages } = layOut(groupsOf(3, 3), { width: 0, height: 0 }, 0, automatic);
    expect(pages.map((page) => page.map(({ person }) => person))).toEqual([
      [undefined, 0],
      [undefined, 1],
      [undefined, 2],
    ]);
  });
});

test('pages follow each other', () => {
  expect([0, pageTime - 1, pageTime, 2 * pageTime, 3 * pageTime].map((now) => pageAt(now, 3))).toEqual([0, 0, 1, 2, 0]);
  expect(pageAt(pageTime, 0)).toBe(0);
});

test('the picture moves by 2 px each minute, and comes back', () => {
  const places = Array.from({ length: 9 }, (_, minute) => shiftAt(minute * 60_000));
  places.slice(1).forEach(({ x, y }, i) => expect(Math.abs(x - places[i]!.x) + Math.abs(y - places[i]!.y)).toBe(2));
  expect(places[8]).toEqual(places[0]);
  expect(Math.max(...places.flatMap(({ x, y }) => [x, y]))).toBe(4);
});

test.each([
  ['at the limit', staleAfter, staleAfter, false],
  ['past the limit', staleAfter + 1, staleAfter + 1, true],
  ['after the wall clock was set back', -3_600_000, staleAfter + 1, true],
  ['after the computer has slept', 3_600_000, 10, true],
  ['at once', 0, 0, false],
])('a sign of life is stale %s', (_, wallAge, steadyAge, expected) => {
  const at = Date.parse('2030-01-07T09:00:00Z');
  expect(isStale({ at, notedAt: 500 }, at + wallAge, 500 + steadyAge)).toBe(expected);
});

test.each([
  ['', { tenant: null, group: '', names: 'full', hasMessages: true, columns: 0, min: 0, isDemo: false }],
  ['?group=Sales%20West&names=first&messages=0', { group: 'Sales West', names: 'first', hasMessages: false }],
  ['?cols=auto&names=toString', { columns: 0, names: 'full' }],
  ['?cols=64', { columns: 64 }],
  ['?cols=65', { columns: 64 }],
  ['?cols=-1&min=1.5', { columns: 0, min: 0 }],
  ['?min=5&demo=1&tenant=Contoso', { min: 5, isDemo: true, tenant: 'Contoso' }],
])('the options of "%s"', (search, options) => expect(optionsOf(search)).toMatchObject(options));
