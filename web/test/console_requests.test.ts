import { expect, test } from 'vitest';
import { advanceText } from '../src/console/clock/steps';
import { curlLine, matches } from '../src/console/requests/requests';

const entry = { dateTime: '', method: 'GET', route: 'v1.0/users/{id}/presence', status: 404, microseconds: 120, requestId: 'ab-1' };

test.each([
  ['', true],
  ['get presence', true],
  ['404 board', true],
  ['AB-1', true],
  ['get groups', false],
])('the filter %j', (filter, isShown) => {
  expect(matches(entry, 'Board', filter)).toBe(isShown);
});

test('a line for the shell', () => {
  expect(curlLine(entry, 'https://host')).toBe(
    `curl -X GET -H "Authorization: Bearer $TOKEN" 'https://host/v1.0/users/{id}/presence'`,
  );
  expect(curlLine({ ...entry, route: "/a'b" }, 'https://host')).toContain("'https://host/a%27b'");
});

test('a clock moves on by whole seconds, and never back', () => {
  expect(advanceText(60_000)).toBe('PT60S');
  expect(advanceText(1)).toBe('PT1S');
  expect(advanceText(0)).toBeUndefined();
});
