// Texts of the wall.
export const en = {
  'wall.whichTenant': 'This server has several organisations. Add ?tenant=NAME to the address of this page.',
  'wall.demo': 'This is a demo: no sign-in is needed.',
  'wall.enterDemo': 'Show the wall',
  'wall.pair': 'Connect this display to {tenant}',
  'wall.pairOpen': 'On a phone or computer, open',
  'wall.pairEnter': 'Enter this code',
  'wall.pairHint': 'The display sees what the account sees that signs in. An account for displays alone is best.',
  'wall.others': 'In no group',
  'wall.availableOf': '{count} of {all} available',
  'wall.freeNext': 'Next to be free: {name} {time} ({in})',
  'wall.page': 'Page {page} of {pages}',
  'wall.stale': 'No news since {time}',
  'wall.denied': 'The account of this display may not see the presence of these people.',
  'wall.unknownGroup': 'There is no group “{group}”.',
  'wall.empty': 'There are no people yet.',
};
