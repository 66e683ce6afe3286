import type { en } from './en';

export const es: Record<keyof typeof en, string> = {
  'wall.whichTenant': 'Este servidor tiene varias organizaciones. Añada ?tenant=NOMBRE a la dirección de esta página.',
  'wall.demo': 'Esto es una demostración: no hace falta iniciar sesión.',
  'wall.enterDemo': 'Mostrar la pantalla mural',
  'wall.pair': 'Conectar esta pantalla a {tenant}',
  'wall.pairOpen': 'En un teléfono u ordenador, abra',
  'wall.pairEnter': 'Introduzca este código',
  'wall.pairHint': 'La pantalla ve lo que ve la cuenta que inicia sesión. Lo mejor es una cuenta solo para pantallas.',
  'wall.others': 'Sin grupo',
  'wall.availableOf': '{count} de {all} disponibles',
  'wall.freeNext': 'Próximo en quedar libre: {name} {time} ({in})',
  'wall.page': 'Página {page} de {pages}',
  'wall.stale': 'Sin noticias desde {time}',
  'wall.denied': 'La cuenta de esta pantalla no puede ver la presencia de estas personas.',
  'wall.unknownGroup': 'No existe el grupo «{group}».',
  'wall.empty': 'Todavía no hay personas.',
};
