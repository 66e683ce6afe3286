// People in a table of text: RFC 4180 with the separators and first lines that spreadsheets and portals write
// (docs/people_import.md, "CSV"). The server's command line reads files by the same rules.
import { t } from '../../lib/i18n';
import { findPlaces, type People, PeopleCollector, type Places } from './person_row';

const separators = [',', ';', '\t'];
const isBlank = (c: string | undefined) => c === ' ' || c === '\t';
const isLineEnd = (c: string | undefined) => c === '\n' || c === '\r';

// The separator that the line has most often outside of quotes; the comma if it has none.
function separatorOf(line: string): string {
  const bare = line.replace(/"[^"]*"?/g, '');
  const counts = separators.map((separator) => bare.split(separator).length);
  return separators[counts.indexOf(Math.max(...counts))]!;
}

// A field or row that cannot be read.
class FieldFault extends Error {}

class CsvReader {
  line = 1;
  private at = 0;
  private separator = ',';

  constructor(private readonly text: string) {}

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  // Skips the lines before the header.
  skipPreamble(): void {
    while (!this.isAtEnd) {
      const line = this.text.slice(this.at, this.endOfLine()).trim();
      if (/^sep=.?$/i.test(line)) this.separator = line[4] ?? '\t'; // blanks were removed
      else if (!/^[",; \t]*$|^#TYPE|^version:/i.test(line)) {
        // A separator that `sep=` named and the header does not have is a remnant of another program.
        if (!line.includes(this.separator) || this.separator === ',') this.separator = separatorOf(line);
        return;
      }
      this.skipLine();
    }
  }

  // The fields of a row, and the line end behind it.
  readFields(): string[] {
    const fields = [this.readField()];
    while (!this.isAtEnd && this.text[this.at] === this.separator) {
      this.at++;
      fields.push(this.readField());
    }
    this.skipLineEnd();
    return fields;
  }

  // Goes back to the row that begins at `mark`, and behind its first line: an open quote takes no other rows with it.
  skipLineFrom(mark: { at: number; line: number }): void {
    this.at = mark.at;
    this.line = mark.line;
    this.skipLine();
  }

  mark = () => ({ at: this.at, line: this.line });

  private endOfLine(): number {
    let end = this.at;
    while (end < this.text.length && !isLineEnd(this.text[end])) end++;
    return end;
  }

  private skipLine(): void {
    this.at = this.endOfLine();
    this.skipLineEnd();
  }

  private skipLineEnd(): void {
    if (this.isAtEnd) return;
    this.at += this.text.startsWith('\r\n', this.at) ? 2 : 1;
    this.line++;
  }

  private skipBlanks(): void {
    while (isBlank(this.text[this.at]) && this.text[this.at] !== this.separator) this.at++;
  }

  private endsField(): boolean {
    return this.isAtEnd || this.text[this.at] === this.separator || isLineEnd(this.text[this.at]);
  }

  private readField(): string {
    this.skipBlanks();
    if (this.text[this.at] === '"') return this.readQuoted();
    const begin = this.at;
    while (!this.endsField()) this.at++;
    const field = this.text.slice(begin, this.at).replace(/[ \t]+$/, '');
    if (field.includes('"')) throw new FieldFault(t('file.quoteInside'));
    return field;
  }

  // A quoted field, in which "" stands for a quote, and the blanks behind it.
  private readQuoted(): string {
    const parts: string[] = [];
    do {
      const end = this.text.indexOf('"', this.at + 1);
      if (end < 0) throw new FieldFault(t('file.quoteOpen'));
      parts.push(this.text.slice(this.at + 1, end));
      this.at = end + 1;
    } while (this.text[this.at] === '"');
    const field = parts.join('"');
    this.line += field.match(/\r\n|[\r\n]/g)?.length ?? 0;
    this.skipBlanks();
    if (!this.endsField()) throw new FieldFault(t('file.textAfterQuote'));
    return field;
  }
}

// Fields at the end may be missing if they are not needed; surplus fields must be empty.
function readRow(fields: string[], columns: number, { id, upn, name }: Places, line: number) {
  const surplus = fields.slice(columns);
  if (fields.length <= Math.max(upn!, name!) || surplus.some((field) => field !== ''))
    throw new FieldFault(t('file.fieldCount', { count: fields.length, expected: columns }));
  const row = { line, id: (id !== undefined && fields[id]) || '', upn: fields[upn!]!, name: fields[name!]! };
  // Most often a quote is missing, so that the field holds the rows behind it.
  if (/[\r\n]/.test(row.id + row.upn + row.name)) throw new FieldFault(t('file.lineEndInside'));
  return row;
}

// Throws an Error with a sentence if the header is not usable.
export function readPeopleCsv(text: string): People {
  const reader = new CsvReader(text);
  reader.skipPreamble();
  if (reader.isAtEnd) throw new Error(t('file.noRows'));
  const columns = reader.readFields();
  const places = findPlaces(columns);
  if ('twice' in places) throw new Error(t('file.columnTwice', { name: places.twice }));
  if (places.upn === undefined || places.name === undefined) throw new Error(t('file.columnMissing'));
  const found = new PeopleCollector();
  while (!reader.isAtEnd && !found.isFull) {
    const mark = reader.mark();
    try {
      const fields = reader.readFields();
      if (fields.some((field) => field !== '')) found.add(readRow(fields, columns.length, places, mark.line));
    } catch (error) {
      if (!(error instanceof FieldFault)) throw error;
      found.refuse(mark.line, error.message);
      reader.skipLineFrom(mark);
    }
  }
  return found.people;
}
