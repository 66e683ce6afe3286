import type { en } from './en';

export const fr: Record<keyof typeof en, string> = {
  'docs.title': 'Référence de l’API',
  'docs.which': 'Description',
  'docs.graph': 'Microsoft Graph',
  'docs.own': 'Porchlight',
  'docs.search': 'Rechercher des routes',
  'docs.links': 'Liens',
  'docs.board': 'Tableau',
  'docs.theme': 'Clair ou sombre',
  'docs.signedIn': 'Les requêtes sont envoyées avec le jeton de votre connexion et modifient de vraies données.',
  'docs.signedOut': 'Pour envoyer des requêtes depuis cette page, connectez-vous sur le tableau.',
  'docs.signIn': 'Ouvrir le tableau',
  'docs.count': '{count} routes',
  'docs.permissions': 'Autorisations',
  'docs.responses': 'Réponses',
  'docs.body': 'Corps',
  'docs.send': 'Envoyer',
  'docs.answer': 'Réponse',
};
