// How the tiles of the wall fill the screen, and whether they may be believed. Pure: sizes are in CSS pixels, times in ms.

// A group to show. `isCounted`: as counts alone, without its people.
export type Block = { people: readonly unknown[]; isCounted: boolean };

// A cell of the grid: the heading of a group, or one of its people.
export type Cell<B extends Block> = { block: B; person?: B['people'][number] };

// Pages of cells in `columns` columns and at most `rows` rows. `em`: the font size of a name. `height`: that of a tile.
// `lines`: lines of text in a tile. `isAligned`: cells follow each other in rows, and each group that shows its people begins
// one; else they follow each other in columns.
export type Layout<B extends Block> = {
  columns: number;
  rows: number;
  em: number;
  height: number;
  lines: number;
  isAligned: boolean;
  pages: Cell<B>[][];
};

export type Screen = { width: number; height: number };

// Sizes of a tile, in em.
export const tileWidths = { full: 12, first: 11, initials: 9 };
export type NameForm = keyof typeof tileWidths;
// A tile with two lines of text, and what a third one adds.
const tileHeight = 2.9;
const lineHeight = 1;
// How much higher a tile may be if there is room.
const stretchMax = 1.4;

// The font sizes of names, as parts of the shorter side of the screen. The capitals of the smallest one are 10 mm high on a
// screen of 55 inches, which is what can be read at 5 m.
const emMin = 1 / 48;
const emMax = 1 / 14;
// On a phone, which is not read at 5 m.
const emFloor = 12;
// More columns are never wide enough.
export const columnsMax = 64;

type Kind = { lines: number; isAligned: boolean };
type Grid = { columns: number; rows: number; em: number };

const cellsOf = (block: Block) => 1 + (block.isCounted ? 0 : block.people.length);

// Counts alone need no row of their own.
function rowsNeeded(blocks: readonly Block[], columns: number, isAligned: boolean): number {
  let cells = 0;
  for (const block of blocks) {
    if (isAligned && !block.isCounted) cells = Math.ceil(cells / columns) * columns;
    cells += cellsOf(block);
  }
  return Math.ceil(cells / columns);
}

const heightOf = ({ lines }: Kind) => tileHeight + (lines - 2) * lineHeight;

// The grid of a number of columns that shows all blocks; its em may be too small to read.
function gridOf(blocks: readonly Block[], screen: Screen, names: NameForm, kind: Kind, columns: number): Grid {
  const rows = Math.max(1, rowsNeeded(blocks, columns, kind.isAligned));
  const em = Math.min(screen.width / columns / tileWidths[names], screen.height / rows / heightOf(kind));
  return { columns, rows, em };
}

// The grid with the largest tiles.
function bestGrid(blocks: readonly Block[], screen: Screen, names: NameForm, kind: Kind, columns: number): Grid {
  if (columns > 0) return gridOf(blocks, screen, names, kind, columns);
  const all = Array.from({ length: columnsMax }, (_, i) => gridOf(blocks, screen, names, kind, i + 1));
  return all.reduce((best, grid) => (grid.em > best.em ? grid : best));
}

// Cells of one page after the other. A group that continues on another page has its heading there again.
function pagesOf<B extends Block>(blocks: readonly B[], perPage: number): Cell<B>[][] {
  const pages: Cell<B>[][] = [];
  let page: Cell<B>[] = [];
  const next = () => {
    if (page.length > 0) pages.push(page);
    page = [];
  };
  for (const block of blocks) {
    // A heading is not the last cell of a page, unless it stands alone.
    if (page.length >= perPage - (block.isCounted ? 0 : 1)) next();
    page.push({ block });
    for (const person of block.isCounted ? [] : block.people) {
      if (page.length >= perPage) {
        next();
        page.push({ block });
      }
      page.push({ block, person });
    }
  }
  next();
  return pages;
}

// Lays the blocks out on the screen. All fit on one page if they are readable there, first with messages and with each
// group on rows of its own, then without messages, then in one sequence; else they are divided into pages. `columns`: 0
// chooses. A chosen number is obeyed even where names are cut off.
export function layOut<B extends Block>(
  blocks: readonly B[],
  screen: Screen,
  shorterSide: number,
  options: { names: NameForm; columns: number; hasMessages: boolean },
): Layout<B> {
  const { names, columns, hasMessages } = options;
  const min = Math.max(emFloor, shorterSide * emMin);
  const kinds: Kind[] = [
    ...(hasMessages ? [{ lines: 3, isAligned: true }] : []),
    { lines: 2, isAligned: true },
    { lines: 2, isAligned: false },
  ];
  for (const kind of kinds) {
    const grid = bestGrid(blocks, screen, names, kind, columns);
    const isReadable = columns > 0 ? screen.height / grid.rows / heightOf(kind) >= min : grid.em >= min;
    if (!isReadable) continue;
    const em = Math.max(min, Math.min(grid.em, shorterSide * emMax));
    const height = Math.min(screen.height / grid.rows, em * heightOf(kind) * stretchMax);
    return { ...grid, em, height, ...kind, pages: pagesOf(blocks, Infinity) };
  }
  const kind = kinds.at(-1)!;
  const across = columns || Math.max(1, Math.floor(screen.width / (min * tileWidths[names])));
  const rows = Math.max(1, Math.floor(screen.height / (min * heightOf(kind))));
  // A page has room for a heading and a person, however small the screen is.
  const pages = pagesOf(blocks, Math.max(2, across * rows));
  return { columns: across, rows, em: min, height: min * heightOf(kind), ...kind, pages };
}

// How long a page is shown.
export const pageTime = 12_000;

// The index of the page that is shown, of `count` pages.
export const pageAt = (now: number, count: number) => (count > 0 ? Math.floor(now / pageTime) % count : 0);

const step = 2;
const around = [[0, 0], [1, 0], [2, 0], [2, 1], [2, 2], [1, 2], [0, 2], [0, 1]] as const;

// Where the picture is at this time, so that nothing burns into the screen: it moves by 2 px each minute, in a square.
export function shiftAt(now: number): { x: number; y: number } {
  const [x, y] = around[Math.floor(now / 60_000) % around.length]!;
  return { x: x * step, y: y * step };
}
