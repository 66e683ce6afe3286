import type { en } from './en';

export const fr: Record<keyof typeof en, string> = {
  'wall.whichTenant': 'Ce serveur héberge plusieurs organisations. Ajoutez ?tenant=NOM à l’adresse de cette page.',
  'wall.demo': 'Ceci est une démonstration : aucune connexion n’est nécessaire.',
  'wall.enterDemo': 'Afficher l’écran mural',
  'wall.pair': 'Connecter cet écran à {tenant}',
  'wall.pairOpen': 'Sur un téléphone ou un ordinateur, ouvrez',
  'wall.pairEnter': 'Saisissez ce code',
  'wall.pairHint': 'L’écran voit ce que voit le compte qui se connecte. Un compte réservé aux écrans est préférable.',
  'wall.others': 'Sans groupe',
  'wall.availableOf': '{count} sur {all} disponibles',
  'wall.freeNext': 'Bientôt libre : {name} {time} ({in})',
  'wall.page': 'Page {page} sur {pages}',
  'wall.stale': 'Aucune nouvelle depuis {time}',
  'wall.denied': 'Le compte de cet écran n’est pas autorisé à voir la présence de ces personnes.',
  'wall.unknownGroup': 'Il n’y a pas de groupe « {group} ».',
  'wall.empty': 'Il n’y a encore personne.',
};
