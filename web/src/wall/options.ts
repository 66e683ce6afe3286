// What the address of a wall chooses (docs/wall.md). A value that is not understood is the default.
import { columnsMax, type NameForm, tileWidths } from './layout';

// `group`: an id or name. `columns`: 0 if the wall chooses. `min`: groups with fewer people show counts alone. `isDemo`:
// enter the demo without a click.
export type Options = {
  tenant: string | null;
  group: string;
  names: NameForm;
  hasMessages: boolean;
  columns: number;
  min: number;
  isDemo: boolean;
};

const wholeNumber = (text: string | null) => (/^\d{1,6}$/.test(text ?? '') ? Number(text) : 0);
const isNameForm = (text: string): text is NameForm => Object.hasOwn(tileWidths, text);

// `search`: the query of the address, as `location.search`.
export function optionsOf(search: string): Options {
  const query = new URLSearchParams(search);
  const names = query.get('names') ?? '';
  return {
    tenant: query.get('tenant'),
    group: query.get('group') ?? '',
    names: isNameForm(names) ? names : 'full',
    hasMessages: query.get('messages') !== '0',
    columns: Math.min(columnsMax, wholeNumber(query.get('cols'))),
    min: wholeNumber(query.get('min')),
    isDemo: query.get('demo') === '1',
  };
}
