import { expect, test } from 'vitest';
import { auditCsv } from '../src/console/audit/audit';
import { csvText } from '../src/console/audit/csv';

test('quotes cells, and keeps formulas from being one', () => {
  expect(csvText([['a "b"', 'c,d\n'], ['=1+1', '']])).toBe('"a ""b""","c,d\n"\r\n"\'=1+1",""\r\n');
});

test.each(['=', '+', '-', '@', '\t', '\r'])('a cell that begins with %j begins with an apostrophe', (sign) => {
  expect(csvText([[`${sign}x`]])).toBe(`"'${sign}x"\r\n`);
});

test('an entry of the audit log is a row', () => {
  const actor = { way: 'api', name: 'ana@contoso.com', address: '127.0.0.1' };
  const entry = { id: '1', dateTime: '2030-01-07T09:00:00Z', action: 'user.add', actor, members: ['id', 'upn'], outcome: 'done' };
  expect(auditCsv([entry]).split('\r\n')[1]).toBe(
    '"2030-01-07T09:00:00Z","user.add","api","ana@contoso.com","127.0.0.1","","","","id upn","done"',
  );
});
