// Results of the benchmark as tables of text. Pure.

// A number with three significant digits, and thousands separated.
export function shortNumber(value) {
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(value || 1)));
  return value.toLocaleString('en-US', { maximumFractionDigits: decimals, minimumFractionDigits: Math.min(decimals, 2) });
}

export const figureText = ({ median, least, most }) =>
  least === most ? shortNumber(median) : `${shortNumber(median)} (${shortNumber(least)} to ${shortNumber(most)})`;

export function targetText({ target, met }) {
  if (!target) return '';
  const bound = target.atMost === undefined ? `≥ ${shortNumber(target.atLeast)}` : `≤ ${shortNumber(target.atMost)}`;
  return `${bound}: ${met ? 'met' : 'missed'}`;
}

export const columns = ['what', 'unit', 'Porchlight', 'compared with', 'ratio: median (least to most)', 'target'];

// The texts of a row, by column.
export const cells = (row) => [
  row.what,
  row.unit,
  figureText(row.figure),
  row.other ? `${row.over}: ${shortNumber(row.other.median)}` : '',
  row.ratio ? figureText(row.ratio) : '',
  targetText(row),
];

// The rows of each group, in order.
export function groupsOf({ rows }) {
  const groups = new Map();
  for (const row of rows) groups.set(row.group, [...(groups.get(row.group) ?? []), row]);
  return groups;
}

// For a terminal.
export function textTable(results) {
  const lines = [columns, ...results.rows.map(cells)];
  const widths = columns.map((_, n) => Math.max(...lines.map((line) => line[n].length)));
  const format = (line) =>
    line
      .map((cell, n) => cell.padEnd(widths[n]))
      .join('  ')
      .trimEnd();
  const blocks = [...groupsOf(results)].map(([group, rows]) => [group, ...rows.map((row) => format(cells(row)))].join('\n'));
  const leftOut = results.leftOut.map(({ what, reason }) => `left out: ${what}: ${reason}`);
  return `${[format(columns), ...blocks, ...leftOut].join('\n\n')}\n`;
}

// For docs/performance.md.
export function markdownTable(results) {
  const line = (texts) => `| ${texts.join(' | ')} |`;
  const head = [line(['', ...columns.slice(1)]), `|${'---|'.repeat(columns.length)}`];
  const rows = [...groupsOf(results)].flatMap(([group, ofGroup]) => [
    line([`**${group}**`, ...columns.slice(1).map(() => '')]),
    ...ofGroup.map((row) => line(cells(row)).replace(': missed', ': **missed**')),
  ]);
  const leftOut = results.leftOut.map(({ what, reason }) => `\nLeft out: ${what}: ${reason}.`);
  return `${[...head, ...rows, ...leftOut].join('\n')}\n`;
}
