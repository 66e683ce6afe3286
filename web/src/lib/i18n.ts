// The texts of the pages in the reader's language, and times in the reader's locale. The texts that all pages share are in
// lib/languages, those of a page in its own folder. English is complete at compile time, and the types hold the other
// languages to the same keys.
import { en } from './languages/en';

// The keys of all texts: each page adds its own by declaration merging.
export interface TextKeys extends Record<keyof typeof en, string> {}
export type Key = keyof TextKeys;

type Texts = Record<string, string>;

// The texts of a page: English at hand, the others loaded if they are needed.
export type Languages = { en: Texts; fr: () => Promise<Texts>; de: () => Promise<Texts>; es: () => Promise<Texts> };

const shared: Languages = {
  en,
  fr: () => import('./languages/fr').then(({ fr }) => fr),
  de: () => import('./languages/de').then(({ de }) => de),
  es: () => import('./languages/es').then(({ es }) => es),
};

let texts: Texts = en;
// The locale of dates and numbers: the reader's own, if it is of the language of the texts.
let locale = 'en-GB';

// Chooses the first of the reader's languages that the pages have, and loads it. Called once, before anything is shown.
export async function useLanguage(tags: readonly string[], page: Languages): Promise<void> {
  const known = tags.find((tag) => /^(en|fr|de|es)\b/i.test(tag)) ?? locale;
  const language = known.slice(0, 2).toLowerCase() as keyof Languages;
  locale = known;
  texts =
    language === 'en' ? { ...en, ...page.en } : { ...(await shared[language]()), ...(await page[language]()) };
  document.documentElement.lang = language;
}

// Letters that run from right to left, and the characters that set directions.
const hasDirection = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]/;

// A name within a sentence: its direction does not reach the words after it (U+2068 and U+2069, an isolate).
const isolated = (value: string) => (hasDirection.test(value) ? `\u2068${value}\u2069` : value);

// The text of the key, with {name} replaced by the value of that name.
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return (texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, name: string) => isolated(String(values[name] ?? whole)));
}

// A key without its ".one" or ".other".
export type CountKey = { [K in Key]: K extends `${infer Stem}.other` ? Stem : never }[Key];

// The text for a count: the key with ".one" if the language counts it as one, else with ".other".
export function tn(key: CountKey, count: number, values: Record<string, string | number> = {}): string {
  const rule = new Intl.PluralRules(locale).select(count) === 'one' ? 'one' : 'other';
  return t(`${key}.${rule}` as Key, { count: number(count), ...values });
}

export function number(value: number): string {
  return new Intl.NumberFormat(locale).format(value);
}

// A comparison of names in the reader's alphabet.
export function collator(): Intl.Collator {
  return new Intl.Collator(locale, { sensitivity: 'base', numeric: true });
}

const formats = new Map<string, Intl.DateTimeFormat>();

// A time of day, a date or both, as the reader's locale writes them. `zone`: an IANA name; the browser's by default.
export function formatTime(ms: number, options: Intl.DateTimeFormatOptions, zone?: string): string {
  const key = JSON.stringify([locale, options, zone]);
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.DateTimeFormat(locale, { ...options, timeZone: zone })));
  return format.format(ms);
}
