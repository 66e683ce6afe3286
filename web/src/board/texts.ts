// Texts of the board that several of its parts show.
import { t } from '../lib/i18n';
import type { Presence } from '../lib/states';

// Where a user works; empty if nothing is known.
export function placeText({ workLocation }: Pick<Presence, 'workLocation'>): string {
  switch (workLocation?.workLocationType) {
    case 'office':
      return t('place.office');
    case 'remote':
      return t('place.remote');
    case 'timeOff':
      return t('place.timeOff');
    default:
      return '';
  }
}
