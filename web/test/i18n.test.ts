import { expect, test } from 'vitest';
import { t } from '../src/lib/i18n';

test.each([
  ['Ana Lindqvist', '10:30'],
  ['<b>{time}</b> $& $1', '10:30'],
  ['👩‍👩‍👧 Ω', '10:30'],
])('a text has its values as they are: %s', (name, time) => {
  expect(t('{name} until {time}' as never, { name, time })).toBe(`${name} until ${time}`);
});

test.each(['\u202Eevil', 'דנה', 'سارة', '\u2067x', 'a\u200Fb'])('a value with a direction of its own is isolated: %j', (name) => {
  expect(t('{name} until {time}' as never, { name, time: '10:30' })).toBe(`\u2068${name}\u2069 until 10:30`);
});
