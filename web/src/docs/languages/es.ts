import type { en } from './en';

export const es: Record<keyof typeof en, string> = {
  'docs.title': 'Referencia de la API',
  'docs.which': 'Descripción',
  'docs.graph': 'Microsoft Graph',
  'docs.own': 'Porchlight',
  'docs.search': 'Buscar rutas',
  'docs.links': 'Enlaces',
  'docs.board': 'Panel',
  'docs.theme': 'Claro u oscuro',
  'docs.signedIn': 'Las solicitudes se envían con el token de su sesión y cambian datos reales.',
  'docs.signedOut': 'Para enviar solicitudes desde esta página, inicie sesión en el panel.',
  'docs.signIn': 'Abrir el panel',
  'docs.count': '{count} rutas',
  'docs.permissions': 'Permisos',
  'docs.responses': 'Respuestas',
  'docs.body': 'Cuerpo',
  'docs.send': 'Enviar',
  'docs.answer': 'Respuesta',
};
