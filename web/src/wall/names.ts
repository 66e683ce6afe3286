import { firstName, initials } from '../lib/names';
import type { NameForm } from './layout';

// A name as the wall shows it.
export function nameText(name: string, form: NameForm): string {
  if (form === 'first') return firstName(name);
  return form === 'initials' ? initials(name) : name;
}
