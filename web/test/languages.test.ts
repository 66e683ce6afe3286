// The texts of all pages are complete in the four languages.
import { expect, test } from 'vitest';

type Texts = Record<string, string>;

const others = ['fr', 'de', 'es'] as const;
const files = import.meta.glob<Record<string, Texts>>('../src/*/languages/*.ts', { eager: true });
const folders = [...new Set(Object.keys(files).map((path) => path.split('/')[2]!))];
const textsOf = (folder: string, language: string) => files[`../src/${folder}/languages/${language}.ts`]![language]!;
const placeholders = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort().join(' ');

test.each(folders.flatMap((folder) => others.map((language) => [folder, language] as const)))(
  'the texts of %s are complete in "%s"',
  (folder, language) => {
    const en = textsOf(folder, 'en');
    const other = textsOf(folder, language);
    expect(Object.keys(other).sort()).toEqual(Object.keys(en).sort());
    for (const [key, text] of Object.entries(en)) {
      expect(other[key], key).not.toBe('');
      expect(placeholders(other[key]!), key).toBe(placeholders(text));
    }
  },
);

test.each(folders.filter((folder) => folder !== 'lib'))('%s and lib have no key in common', (folder) => {
  const shared = textsOf('lib', 'en');
  expect(Object.keys(textsOf(folder, 'en')).filter((key) => key in shared)).toEqual([]);
});

test.each(folders)('a counted text of %s has one and other', (folder) => {
  const keys = Object.keys(textsOf(folder, 'en'));
  const stems = (end: string) => keys.filter((key) => key.endsWith(end)).map((key) => key.slice(0, -end.length));
  expect(stems('.one').sort()).toEqual(stems('.other').sort());
});
