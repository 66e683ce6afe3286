// What a user can choose for their own presence.
import type { Api } from '../lib/api';
import { formatTime, type Key, t } from '../lib/i18n';

export const preferredStates: { availability: string; activity: string; word: Key }[] = [
  { availability: 'Available', activity: 'Available', word: 'state.available' },
  { availability: 'Busy', activity: 'Busy', word: 'state.busy' },
  { availability: 'DoNotDisturb', activity: 'DoNotDisturb', word: 'state.doNotDisturb' },
  { availability: 'BeRightBack', activity: 'BeRightBack', word: 'state.beRightBack' },
  { availability: 'Away', activity: 'Away', word: 'state.away' },
  { availability: 'Offline', activity: 'OffWork', word: 'mine.appearOffline' },
];

// How long a choice holds. 'open': as long as the server keeps it.
export type Ending = '30m' | '1h' | '2h' | 'afternoon' | 'today' | 'week' | 'open';

const minute = 60_000;
const closingHour = 17;

// When the choice ends, in ms since 1970; undefined if it is open. The week ends with Sunday.
export function endOf(ending: Ending, now: number): number | undefined {
  const at = new Date(now);
  switch (ending) {
    case '30m':
      return now + 30 * minute;
    case '1h':
      return now + 60 * minute;
    case '2h':
      return now + 120 * minute;
    case 'afternoon':
      return at.setHours(closingHour, 0, 0, 0);
    case 'today':
      return at.setHours(24, 0, 0, 0);
    case 'week':
      at.setDate(at.getDate() + ((7 - at.getDay()) % 7));
      return at.setHours(24, 0, 0, 0);
    case 'open':
      return undefined;
  }
}

// The endings that are still to come, with their texts.
export function endings(now: number): { value: Ending; text: string }[] {
  const afternoon = endOf('afternoon', now)!;
  const list: { value: Ending; text: string }[] = [
    { value: '30m', text: t('ending.30m') },
    { value: '1h', text: t('ending.1h') },
    { value: '2h', text: t('ending.2h') },
    { value: 'afternoon', text: t('time.until', { time: formatTime(afternoon, { hour: '2-digit', minute: '2-digit' }) }) },
    { value: 'today', text: t('ending.today') },
    { value: 'week', text: t('ending.week') },
    { value: 'open', text: t('ending.open') },
  ];
  return list.filter(({ value }) => value !== 'afternoon' || afternoon - now > 5 * minute);
}

// Renews the session before it ends: it lives for 5 minutes.
const renewTime = 4 * minute;

// Keeps a session of the board while the page is open, so that a user without another client is not offline.
class SessionKeeper {
  isOn = $state(localStorage.getItem('porchlight-keep-session') === 'yes');

  // Begins to follow `isOn`; ends when the function that it returns is called.
  start(api: Api, client: string): () => void {
    return $effect.root(() => {
      $effect(() => {
        localStorage.setItem('porchlight-keep-session', this.isOn ? 'yes' : 'no');
        if (!this.isOn) return;
        const renew = () =>
          void api
            .call('POST', '/v1.0/me/presence/setPresence', {
              sessionId: client,
              availability: 'Available',
              activity: 'Available',
              expirationDuration: 'PT5M',
            })
            .catch(() => {});
        renew();
        const timer = setInterval(renew, renewTime);
        return () => clearInterval(timer);
      });
    });
  }
}

export const sessionKeeper = new SessionKeeper();
