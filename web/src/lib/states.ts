// The states of a presence as the pages show them: a shape, a word and a tone. The shapes differ without colour.
import type { Key } from './i18n';

// The presence of a user, as a stream and `getPresencesByUserId` have it.
export type Presence = {
  id: string;
  availability: string;
  activity: string;
  statusMessage: StatusMessage | null;
  outOfOfficeSettings: { message: string | null; isOutOfOffice: boolean };
  sequenceNumber: string;
  workLocation: { workLocationType: string; source: string; placeId: string | null } | null;
  '@porchlight.validUntil'?: string;
};

export type StatusMessage = {
  message: { content: string; contentType: string };
  publishedDateTime?: string;
  expiryDateTime?: { dateTime: string; timeZone: string } | null;
};

export type Shape =
  | 'available'
  | 'availableInactive'
  | 'busy'
  | 'call'
  | 'meeting'
  | 'doNotDisturb'
  | 'away'
  | 'outOfOffice'
  | 'offline'
  | 'unknown';

// The filters of the board: each state belongs to one.
export const filters = ['available', 'busy', 'doNotDisturb', 'away', 'offline'] as const;
export type Filter = (typeof filters)[number];

export type Look = { shape: Shape; word: Key; tone: Filter };

const looks: Record<string, Look> = {
  Available: { shape: 'available', word: 'state.available', tone: 'available' },
  Busy: { shape: 'busy', word: 'state.busy', tone: 'busy' },
  DoNotDisturb: { shape: 'doNotDisturb', word: 'state.doNotDisturb', tone: 'doNotDisturb' },
  Away: { shape: 'away', word: 'state.away', tone: 'away' },
  BeRightBack: { shape: 'away', word: 'state.beRightBack', tone: 'away' },
  Offline: { shape: 'offline', word: 'state.offline', tone: 'offline' },
};

const unknown: Look = { shape: 'unknown', word: 'state.unknown', tone: 'offline' };

// Activities that say more than the availability.
const activities: Record<string, Partial<Look>> = {
  InACall: { shape: 'call', word: 'activity.inACall' },
  InAConferenceCall: { shape: 'call', word: 'activity.inAConferenceCall' },
  InAMeeting: { shape: 'meeting', word: 'activity.inAMeeting' },
  Presenting: { word: 'activity.presenting' },
  Focusing: { word: 'activity.focusing' },
  UrgentInterruptionsOnly: { word: 'activity.urgentInterruptionsOnly' },
  AvailableInactive: { shape: 'availableInactive', word: 'activity.inactive' },
  BeRightBack: { word: 'state.beRightBack' },
  OutOfOffice: { shape: 'outOfOffice', word: 'activity.outOfOffice' },
  OffWork: { word: 'activity.offWork' },
};

// How a presence is shown.
export function look(presence: Pick<Presence, 'availability' | 'activity'>): Look {
  return { ...(looks[presence.availability] ?? unknown), ...activities[presence.activity] };
}

// When the presence last changed, in ms since 1970: the server's sequence number is that time in seconds, after a
// letter. Undefined if nothing was ever set for the user.
export function changedAt(presence: Pick<Presence, 'sequenceNumber'>): number | undefined {
  const seconds = Number(presence.sequenceNumber.slice(1));
  return seconds > 0 ? seconds * 1000 : undefined;
}

// When the presence changes by itself, in ms since 1970; undefined if it does not.
export function validUntil(presence: Presence): number | undefined {
  const at = Date.parse(presence['@porchlight.validUntil'] ?? '');
  return Number.isNaN(at) ? undefined : at;
}
