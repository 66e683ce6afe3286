import type { en } from './en';

export const de: Record<keyof typeof en, string> = {
  'wall.whichTenant': 'Dieser Server hat mehrere Organisationen. Ergänzen Sie die Adresse dieser Seite um ?tenant=NAME.',
  'wall.demo': 'Dies ist eine Vorführung: Eine Anmeldung ist nicht nötig.',
  'wall.enterDemo': 'Wandanzeige öffnen',
  'wall.pair': 'Diese Anzeige mit {tenant} verbinden',
  'wall.pairOpen': 'Öffnen Sie auf einem Telefon oder Computer',
  'wall.pairEnter': 'Geben Sie diesen Code ein',
  'wall.pairHint': 'Die Anzeige sieht, was das angemeldete Konto sieht. Am besten ist ein Konto nur für Anzeigen.',
  'wall.others': 'Ohne Gruppe',
  'wall.availableOf': '{count} von {all} verfügbar',
  'wall.freeNext': 'Als Nächstes frei: {name} {time} ({in})',
  'wall.page': 'Seite {page} von {pages}',
  'wall.stale': 'Keine Nachrichten seit {time}',
  'wall.denied': 'Das Konto dieser Anzeige darf den Status dieser Personen nicht sehen.',
  'wall.unknownGroup': 'Es gibt keine Gruppe „{group}“.',
  'wall.empty': 'Es gibt noch keine Personen.',
};
