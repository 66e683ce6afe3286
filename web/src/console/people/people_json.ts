// People in JSON: a list of objects, a page of Graph ({"value": […]}), or one object or page after the other.
import { t } from '../../lib/i18n';
import { findPlaces, type People, PeopleCollector } from './person_row';

// Where a value begins and ends, and on which line.
type Part = { begin: number; end: number; line: number };

// The values at the top of the text, or those of a list or page that begins at `begin`: objects and lists by their
// brackets. What is between them is checked by JSON.parse, of a list or page as a whole.
function* parts(text: string, depth: number): Generator<Part> {
  let open = 0;
  let line = 1;
  let part: Part | undefined;
  for (let at = 0; at < text.length; at++) {
    const c = text[at];
    if (c === '\n' || (c === '\r' && text[at + 1] !== '\n')) line++;
    else if (c === '"') {
      for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === '\\') at++;
    } else if (c === '{' || c === '[') {
      if (open++ === depth && (depth === 0 || c === '{')) part = { begin: at, end: text.length, line };
    } else if (c === '}' || c === ']') {
      if (--open > depth || !part) continue;
      yield { ...part, end: at + 1 };
      part = undefined;
    }
  }
  if (part) yield part;
}

// The lines of the `count` objects of a list or page, as far as they can be found.
function linesOf(document: string, isPage: boolean, count: number, first: number): number[] {
  const lines = [...parts(document, isPage ? 2 : 1)].map(({ line }) => first + line - 1);
  return lines.length === count ? lines : Array.from({ length: count }, () => first);
}

function addObject(value: unknown, line: number, found: PeopleCollector): void {
  if (typeof value !== 'object' || value === null) return found.refuse(line, t('file.noObject'));
  const places = findPlaces(Object.keys(value));
  if ('twice' in places) return found.refuse(line, t('file.memberTwice', { name: places.twice }));
  const values = Object.values(value);
  const read = (place: number | undefined) => (place === undefined ? '' : (values[place] ?? ''));
  const [id, upn, name] = [read(places.id), read(places.upn), read(places.name)];
  if (typeof id !== 'string' || typeof upn !== 'string' || typeof name !== 'string')
    return found.refuse(line, t('file.noText'));
  found.add({ line, id, upn, name });
}

export function readPeopleJson(text: string): People {
  const found = new PeopleCollector();
  for (const { begin, end, line } of parts(text, 0)) {
    const document = text.slice(begin, end);
    let value: unknown;
    try {
      value = JSON.parse(document);
    } catch (error) {
      found.refuse(line, (error as Error).message);
      continue;
    }
    const page = (value as { value?: unknown }).value;
    const list = Array.isArray(value) ? value : Array.isArray(page) ? page : undefined;
    if (!list) addObject(value, line, found);
    const lines = list && linesOf(document, list !== value, list.length, line);
    for (const [i, one] of (list ?? []).entries()) if (!found.isFull) addObject(one, lines![i]!, found);
  }
  return found.people;
}
