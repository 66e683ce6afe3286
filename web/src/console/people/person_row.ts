// What a file of people has of one person, and the names of its columns or members (docs/people_import.md).
import { t } from '../../lib/i18n';

// `line`: where the row starts, from 1. `id`: empty for the user with that userPrincipalName, or a new one.
export type PersonRow = { line: number; id: string; upn: string; name: string };
export type RowFault = { line: number; error: string };
export type People = { rows: PersonRow[]; faults: RowFault[] };

// The names of each text of a row, best first.
const names = { id: ['id', 'objectid'], upn: ['userprincipalname', 'upn', 'username'], name: ['displayname', 'name'] };
type Text = keyof typeof names;

// The name in brackets, or the whole name, in lower case and without blanks.
const fold = (name: string) => (/\[(.*?)\]/.exec(name)?.[1] ?? name).replace(/[ \t]/g, '').toLowerCase();

// Where the texts of a row are: for each, the position of its best name; undefined if no column has it.
export type Places = Record<Text, number | undefined>;

// The places of the texts in a list of columns. An error is the name that is there twice.
export function findPlaces(columns: string[]): Places | { twice: string } {
  const places: Places = { id: undefined, upn: undefined, name: undefined };
  const ranks: Partial<Record<Text, number>> = {};
  for (const [position, column] of columns.entries())
    for (const text of Object.keys(names) as Text[]) {
      const rank = names[text].indexOf(fold(column));
      const best = ranks[text];
      if (rank >= 0 && rank === best) return { twice: column };
      if (rank < 0 || (best !== undefined && rank > best)) continue;
      ranks[text] = rank;
      places[text] = position;
    }
  return places;
}

// More faults than this, and the rest of the file is not read.
export const faultsMax = 10_000;

// Collects the rows of a file; a row that repeats an earlier one is a fault.
export class PeopleCollector {
  readonly people: People = { rows: [], faults: [] };
  private readonly lines = new Map<string, number>();

  get isFull(): boolean {
    return this.people.faults.length > faultsMax;
  }

  add(row: PersonRow): void {
    const texts = [row.upn, row.id].filter((text) => text !== '');
    const repeated = texts.find((text) => this.lines.has(text.toLowerCase()));
    if (repeated !== undefined) {
      const earlier = this.lines.get(repeated.toLowerCase())!;
      return this.refuse(row.line, t('file.repeated', { text: repeated, line: earlier }));
    }
    for (const text of texts) this.lines.set(text.toLowerCase(), row.line);
    this.people.rows.push(row);
  }

  refuse(line: number, error: string): void {
    this.people.faults.push({ line, error: this.isFull ? t('file.tooManyFaults', { count: faultsMax }) : error });
  }
}
