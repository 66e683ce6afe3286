// People from a file of any of the forms that can be imported (docs/people_import.md).
import { t } from '../../lib/i18n';
import { readPeopleCsv } from './people_csv';
import { readPeopleJson } from './people_json';
import type { People } from './person_row';
import { decodeText, kindOfOtherFile, type TextFile } from './text_file';

export type PeopleFile = People & Pick<TextFile, 'encoding'>;

// Throws an Error with a sentence if the file is something else.
export function readPeopleFile(bytes: Uint8Array): PeopleFile {
  const kind = kindOfOtherFile(bytes);
  if (kind) throw new Error(t(kind === 'workbook' ? 'file.workbook' : 'file.notPeople'));
  const { text, encoding } = decodeText(bytes);
  if (text.trim() === '') throw new Error(t('file.empty'));
  if (text.includes('\0')) throw new Error(t('file.notPeople'));
  const people = /^[[{]/.test(text.trimStart()) ? readPeopleJson(text) : readPeopleCsv(text);
  return { ...people, encoding };
}
