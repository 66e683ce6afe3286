// Patterns for expected values: JSON with a few additional words (README.md, "Responses").
//
//   {"a": 1}            exactly this member          {"a": 1, ...}   at least this member
//   [1, ...]            begins with these items      [650 items]     that many items of any value
//   [any order, 1, 2]   these items in any order     "a ... b"       a text that begins and ends like this
//   any, a-text, a-number, a-guid, a-time, a-stamp   any value of that kind; a-stamp is a sequence number
//   any as first        any value, remembered        first           equal to the remembered value
//   after first         a text that sorts after the remembered value
import { isDeepStrictEqual } from 'node:util';

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const kinds = {
  any: () => true,
  'a-text': (value) => typeof value === 'string',
  'a-number': (value) => typeof value === 'number',
  'a-guid': (value) => guid.test(value),
  'a-time': (value) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z$/.test(value),
  'a-stamp': (value) => /^[A-Z]\d{10}$/.test(value),
};

// Returns whether `text` matches `pattern`, in which "..." stands for any text.
export function textMatches(pattern, text) {
  const escaped = pattern.split('...').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('[^]*')}$`).test(text);
}

// Parses a pattern. Throws a SyntaxError that says what is wrong.
export function parsePattern(text) {
  let at = 0;
  const fail = (wanted) => {
    throw new SyntaxError(`${wanted} expected before: ${text.slice(at, at + 30) || 'the end'}`);
  };
  const spaces = () => (at += text.slice(at).match(/^\s*/)[0].length);
  // Consumes `expression` if it comes next. Returns the match; undefined if it does not.
  const take = (expression) => {
    spaces();
    const found = text.slice(at).match(expression);
    if (!found || found.index !== 0) return undefined;
    at += found[0].length;
    return found;
  };

  function value() {
    if (take(/^\{/)) return object();
    if (take(/^\[/)) return array();
    const literal = take(/^("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|true\b|false\b|null\b)/);
    if (literal) return { kind: 'literal', value: JSON.parse(literal[0]) };
    const later = take(/^after ([a-z][\w-]*)/);
    if (later) return { kind: 'after', name: later[1] };
    const word = take(/^([a-z][\w-]*)(?: as ([a-z][\w-]*))?/) ?? fail('a value');
    return { kind: 'word', name: word[1], as: word[2] };
  }

  function object() {
    const node = { kind: 'object', members: [], open: false };
    if (take(/^\}/)) return node;
    do {
      if (take(/^\.\.\./)) {
        node.open = true;
      } else {
        const name = take(/^"(?:[^"\\]|\\.)*"/) ?? fail('a member\'s name or "..."');
        take(/^:/) ?? fail('":"');
        node.members.push([JSON.parse(name[0]), value()]);
      }
    } while (take(/^,/));
    take(/^\}/) ?? fail('"," or "}"');
    return node;
  }

  function array() {
    const count = take(/^(\d+) items\s*\]/);
    if (count) return { kind: 'count', count: Number(count[1]) };
    const node = { kind: 'array', items: [], open: false, anyOrder: Boolean(take(/^any order\s*,/)) };
    if (take(/^\]/)) return node;
    do {
      if (take(/^\.\.\./)) node.open = true;
      else node.items.push(value());
    } while (take(/^,/));
    take(/^\]/) ?? fail('"," or "]"');
    return node;
  }

  const result = value();
  spaces();
  if (at !== text.length) fail('the end');
  return result;
}

const show = (value) => (value === undefined ? 'nothing' : JSON.stringify(value));

// Returns the first difference between `got` and the pattern as {path, expected, got}; undefined if `got` matches. Adds
// remembered values to `names`.
export function mismatch(pattern, got, names, path = '') {
  const differs = (expected) => ({ path: path || 'the body', expected, got: show(got) });
  const inner = (name) => (path ? `${path}.${name}` : name);
  switch (pattern.kind) {
    case 'literal': {
      const text = typeof pattern.value === 'string' && typeof got === 'string';
      const same = text ? textMatches(pattern.value, got) : isDeepStrictEqual(pattern.value, got);
      return same ? undefined : differs(show(pattern.value));
    }
    case 'after':
      if (!names.has(pattern.name)) return differs(`something after "${pattern.name}", which was never remembered`);
      return got > names.get(pattern.name) ? undefined : differs(`a text after ${show(names.get(pattern.name))}`);
    case 'word': {
      const kind = Object.hasOwn(kinds, pattern.name) ? kinds[pattern.name] : undefined;
      if (!kind && !names.has(pattern.name)) return differs(`"${pattern.name}", which was never remembered`);
      if (kind ? got === undefined || !kind(got) : !isDeepStrictEqual(got, names.get(pattern.name)))
        return differs(kind ? pattern.name : show(names.get(pattern.name)));
      if (pattern.as) names.set(pattern.as, got);
      return undefined;
    }
    case 'count':
      if (Array.isArray(got) && got.length === pattern.count) return undefined;
      return { ...differs(`${pattern.count} items`), got: Array.isArray(got) ? `${got.length} items` : show(got) };
    case 'object': {
      if (typeof got !== 'object' || got === null || Array.isArray(got)) return differs('an object');
      for (const [name, member] of pattern.members) {
        const value = Object.hasOwn(got, name) ? got[name] : undefined;
        const found = mismatch(member, value, names, inner(name));
        if (found) return found;
      }
      const known = new Set(pattern.members.map(([name]) => name));
      const extra = pattern.open ? undefined : Object.keys(got).find((name) => !known.has(name));
      return extra === undefined
        ? undefined
        : { path: inner(extra), expected: 'no such member', got: show(got[extra]) };
    }
    case 'array':
      return arrayMismatch(pattern, got, names, path, differs);
  }
}

function arrayMismatch(pattern, got, names, path, differs) {
  if (!Array.isArray(got)) return differs('a list');
  const { items, open } = pattern;
  if (got.length < items.length || (!open && got.length > items.length))
    return { ...differs(`${items.length}${open ? ' or more' : ''} items`), got: show(got) };
  if (!pattern.anyOrder) {
    for (const [index, item] of items.entries()) {
      const found = mismatch(item, got[index], names, `${path}[${index}]`);
      if (found) return found;
    }
    return undefined;
  }
  const left = [...got];
  for (const [index, item] of items.entries()) {
    const place = left.findIndex((value) => !mismatch(item, value, names));
    if (place < 0) return { path: path || 'the body', expected: `something like item ${index}`, got: show(left) };
    left.splice(place, 1);
  }
  return undefined;
}
