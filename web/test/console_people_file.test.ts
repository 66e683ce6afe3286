import { describe, expect, test } from 'vitest';
import { readPeopleCsv } from '../src/console/people/people_csv';
import { readPeopleFile } from '../src/console/people/people_file';
import { readPeopleJson } from '../src/console/people/people_json';
import { faultsMax } from '../src/console/people/person_row';

const bytes = (text: string) => new TextEncoder().encode(text);
const nora = { line: 2, id: '', upn: 'nora@contoso.com', name: 'Nora Lind' };

// The texts of the page are not loaded, so a fault shows the key of its text.
describe('CSV', () => {
  test.each([
    ['commas', 'userPrincipalName,displayName\nnora@contoso.com,Nora Lind\n'],
    ['semicolons', 'upn;name\r\nnora@contoso.com;Nora Lind'],
    ['tabs', 'UserName\tDisplay Name\rnora@contoso.com\tNora Lind\r'],
    ['quotes and blanks', ' "upn" , name \n "nora@contoso.com" ,"Nora Lind" '],
    ['other columns', 'upn,phone,name,city\nnora@contoso.com,1,Nora Lind'],
    ['empty surplus fields', 'upn,name\nnora@contoso.com,Nora Lind,,\n,,\n'],
    ['names in brackets', 'User name [userPrincipalName] Required,Name [displayName] Required\nnora@contoso.com,Nora Lind'],
  ])('is read with %s', (_, text) => {
    expect(readPeopleCsv(text)).toEqual({ rows: [nora], faults: [] });
  });

  test('skips lines before the header', () => {
    const text = 'sep=;\nversion:v1.0\n#TYPE User\n;;\nupn;name\nnora@contoso.com;Nora Lind';
    expect(readPeopleCsv(text).rows).toEqual([{ ...nora, line: 6 }]);
  });

  test('takes the best name of each text', () => {
    const text = 'name,displayName,upn,userPrincipalName,Object ID\nx,Nora Lind,x,nora@contoso.com,7';
    expect(readPeopleCsv(text).rows).toEqual([{ ...nora, id: '7' }]);
  });

  test('keeps quotes that are written twice', () => {
    expect(readPeopleCsv('upn,name\na@b.c,"A ""B"" C"').rows[0]?.name).toBe('A "B" C');
    expect(readPeopleCsv('upn,name\na@b.c,"""B"""').rows[0]?.name).toBe('"B"');
  });

  test('counts the lines of quoted fields of other columns', () => {
    const { rows } = readPeopleCsv('upn,name,note\na@b.c,A,"1\n2\r\n3"\nd@b.c,D,');
    expect(rows.map(({ line }) => line)).toEqual([2, 5]);
  });

  test.each([
    ['an open quote', '"a,b\nnora@contoso.com,Nora Lind', 'file.quoteOpen'],
    ['a quote inside', 'a"b,c\nnora@contoso.com,Nora Lind', 'file.quoteInside'],
    ['text behind a quote', '"a" b,c\nnora@contoso.com,Nora Lind', 'file.textAfterQuote'],
    ['a line end inside', '"a\nb",c\nnora@contoso.com,Nora Lind', 'file.lineEndInside'],
    ['too few fields', 'a\nnora@contoso.com,Nora Lind', 'file.fieldCount'],
    ['too many fields', 'a,b,c\nnora@contoso.com,Nora Lind', 'file.fieldCount'],
  ])('leaves out a row with %s, and no other', (_, rows, fault) => {
    const people = readPeopleCsv(`upn,name\n${rows}`);
    expect(people.faults[0]).toEqual({ line: 2, error: fault });
    expect(people.rows.at(-1)?.upn).toBe(nora.upn);
  });

  test('refuses a row that repeats an earlier one', () => {
    const people = readPeopleCsv('upn,name\na@b.c,A\nA@B.C,B');
    expect(people.faults).toEqual([{ line: 3, error: 'file.repeated' }]);
  });

  test.each([
    ['upn,phone', 'file.columnMissing'],
    ['upn,UPN,name', 'file.columnTwice'],
    ['\n;;', 'file.noRows'],
  ])('refuses the header %j', (header, fault) => {
    expect(() => readPeopleCsv(header)).toThrow(fault);
  });

  test.each([faultsMax, faultsMax + 1])('reads %d faults', (count) => {
    const people = readPeopleCsv('upn,name\n' + 'a\n'.repeat(count) + 'a@b.c,A');
    expect(people.rows.length).toBe(count === faultsMax ? 1 : 0);
    expect(people.faults.length).toBe(count);
  });
});

describe('JSON', () => {
  const person = '{"userPrincipalName": "nora@contoso.com", "displayName": "Nora Lind", "id": null}';
  test.each([
    ['a list', `[\n${person}]`],
    ['a page', `{"@odata.context": "{", "value": [\n${person}]}`],
    ['objects one after the other', `\n${person}`],
  ])('is read as %s', (_, text) => {
    expect(readPeopleJson(text)).toEqual({ rows: [nora], faults: [] });
  });

  test('keeps the lines of objects with lists of their own', () => {
    const { rows } = readPeopleJson('[{"upn":"a@b.c","name":"A","phones":["1"],"x":[{"y":1}]},\n{"upn":"d@b.c","name":"D"}]');
    expect(rows.map(({ line }) => line)).toEqual([1, 2]);
  });

  test('says what is wrong', () => {
    expect(readPeopleJson('[{"upn":1,"name":"A"},7]').faults).toEqual([
      { line: 1, error: 'file.noText' },
      { line: 1, error: 'file.noObject' },
    ]);
    expect(readPeopleJson('[{"upn":').faults[0]?.line).toBe(1);
  });
});

describe('a file', () => {
  test.each(['PK\x03\x04', '%PDF-1', ' <!DOCTYPE html>', '', ' \n'])('that begins with %j is refused', (text) => {
    expect(() => readPeopleFile(bytes(text))).toThrow('file.');
  });

  const table = 'upn,name\nnora@contoso.com,Nora Lind';
  const wide = (size: 2 | 4, isLittle: boolean, mark: boolean) => {
    const codes = [...(mark ? '\ufeff' : ''), ...table].map((c) => c.codePointAt(0)!);
    const view = new DataView(new ArrayBuffer(codes.length * size));
    codes.forEach((code, i) => (size === 2 ? view.setUint16(2 * i, code, isLittle) : view.setUint32(4 * i, code, isLittle)));
    return new Uint8Array(view.buffer);
  };
  test.each([
    ['UTF-8', bytes('\ufeff' + table)],
    ['UTF-16', wide(2, true, true)],
    ['UTF-16', wide(2, false, false)],
    ['UTF-32', wide(4, true, true)],
    ['UTF-32', wide(4, false, true)],
  ])('is read in %s', (encoding, file) => {
    expect(readPeopleFile(file)).toEqual({ rows: [nora], faults: [], encoding });
  });

  test('is read as Latin-1 where a line is not UTF-8', () => {
    const file = Uint8Array.from([...bytes('upn,name\na@b.c,Zoë\nd@b.c,Zo'), 0xeb]);
    expect(readPeopleFile(file)).toMatchObject({ rows: [{ name: 'Zoë' }, { name: 'Zoë' }], encoding: 'Latin-1' });
  });
});
