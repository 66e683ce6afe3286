// How values are written in all screens.
import { formatTime, number } from '../lib/i18n';

// A date with the time of day; "–" without a date.
export const dateTimeText = (iso: string | null | undefined) =>
  iso ? formatTime(Date.parse(iso), { dateStyle: 'medium', timeStyle: 'medium' }) : '–';

export const dateText = (iso: string) => formatTime(Date.parse(iso), { dateStyle: 'medium' });

// A number of bytes, in MB or GB.
export function sizeText(bytes: number): string {
  const [unit, size] = bytes < 1e9 ? ['MB', 1e6] : ['GB', 1e9];
  return `${number(Math.round((10 * bytes) / size) / 10)} ${unit}`;
}

// The words of a text, between blanks, commas or line ends.
export const words = (text: string) => text.split(/[\s,]+/).filter((word) => word !== '');

// Offers a text to the user as a file.
export function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  URL.revokeObjectURL(url);
}
