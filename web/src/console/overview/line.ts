// The line of a chart. Pure.

// The end of an axis from 0: the least of 1, 2 and 5 times a power of ten that is not below any value; 1 without values.
export function axisEnd(values: (number | null)[]): number {
  const most = Math.max(...values.map((value) => value ?? 0), 0);
  if (most === 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return power * [1, 2, 5, 10].find((step) => step * power >= most)!;
}

// An SVG path in a square of 100: the values from left to right, 0 at the bottom, `end` at the top, with a gap for each
// null. `count`: how many values the width is for.
export function linePath(values: (number | null)[], end: number, count: number): string {
  const left = count - values.length;
  let isGap = true;
  const steps = values.map((value, i) => {
    if (value === null) {
      isGap = true;
      return '';
    }
    const step = isGap ? 'M' : 'L';
    isGap = false;
    return `${step}${((100 * (left + i)) / (count - 1)).toFixed(2)} ${(100 - (100 * value) / end).toFixed(2)}`;
  });
  return steps.join('');
}
