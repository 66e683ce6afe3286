// How values are written in all screens.
import { formatTime } from '../lib/i18n';

// A date with the time of day; "–" without a date.
export const dateTimeText = (iso: string | null | undefined) =>
  iso ? formatTime(Date.parse(iso), { dateStyle: 'medium', timeStyle: 'medium' }) : '–';

export const dateText = (iso: string) => formatTime(Date.parse(iso), { dateStyle: 'medium' });

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
