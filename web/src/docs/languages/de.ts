import type { en } from './en';

export const de: Record<keyof typeof en, string> = {
  'docs.title': 'API-Referenz',
  'docs.which': 'Beschreibung',
  'docs.graph': 'Microsoft Graph',
  'docs.own': 'Porchlight',
  'docs.search': 'Routen suchen',
  'docs.links': 'Links',
  'docs.board': 'Tafel',
  'docs.theme': 'Hell oder dunkel',
  'docs.signedIn': 'Anfragen werden mit dem Token Ihrer Anmeldung gesendet und ändern echte Daten.',
  'docs.signedOut': 'Um von dieser Seite Anfragen zu senden, melden Sie sich auf der Tafel an.',
  'docs.signIn': 'Tafel öffnen',
  'docs.count': '{count} Routen',
  'docs.permissions': 'Berechtigungen',
  'docs.responses': 'Antworten',
  'docs.body': 'Rumpf',
  'docs.send': 'Senden',
  'docs.answer': 'Antwort',
};
