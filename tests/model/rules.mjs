// A second implementation of the rules of presence, written from the specification alone and without regard to speed: where
// the server uses indexes and stored numbers, this model recomputes everything. Times are in milliseconds.

import { nextMidnight, toTime, zoneNames } from './zones.mjs';

const minute = 60_000;
const day = 24 * 60 * minute;

// The pairs that a session may have, and the pairs that may be preferred with their default lives (spec presence §2.4).
export const sessionPairs = [
  'Available/Available',
  'Busy/InACall',
  'Busy/InAConferenceCall',
  'Away/Away',
  'DoNotDisturb/Presenting',
];
export const preferredPairs = {
  'Available/Available': 7 * day,
  'Busy/Busy': day,
  'DoNotDisturb/DoNotDisturb': day,
  'BeRightBack/BeRightBack': 7 * day,
  'Away/Away': 7 * day,
  'Offline/OffWork': 7 * day,
};

// The pairs from the highest rank to the lowest (spec presence §6.2 R4, R5, R7).
export const ranking = [
  'DoNotDisturb/Presenting',
  'DoNotDisturb/Focusing',
  'DoNotDisturb/UrgentInterruptionsOnly',
  'DoNotDisturb/DoNotDisturb',
  'Busy/InAConferenceCall',
  'Busy/InACall',
  'Busy/InAMeeting',
  'Busy/Busy',
  'Available/Available',
  'Available/AvailableInactive',
  'BeRightBack/BeRightBack',
  'Away/Away',
  'Away/BeRightBack',
  'Offline/Offline',
  'Offline/OffWork',
];

const life = { shortest: 5 * minute, longest: 4 * 60 * minute, usual: 5 * minute, preferredLongest: 366 * day };
const fading = { inactive: 5 * minute, away: 10 * minute };
const most = { sessionsOfApp: 16, sessions: 64, messageCharacters: 280 };
const nowhere = { workLocationType: 'unspecified', source: 'none', placeId: null };

// The pairs whose activity becomes OutOfOffice while the user is out of office; other pairs stay (spec presence §8).
const outOfOfficePairs = ['Available/Available', 'Away/Away', 'Busy/Busy', 'Offline/Offline'];

// A time as responses write it.
const written = (time) => new Date(time).toISOString().replace('Z', '0000Z');

const refusal = (status, code) => ({ status, code });
export const outOfRange = refusal(400, 'InvalidArgument');
const done = { status: 200 };

// The pair of a session after fading (spec presence §6.3).
function faded(session, now) {
  const age = now - session.setAt;
  if (session.pair !== 'Available/Available' || session.unending || age < fading.inactive) return session.pair;
  return age < fading.away ? 'Available/AvailableInactive' : 'Away/Away';
}

const within = (spans, now) => spans.some(({ from, until }) => from <= now && now < until);

// The presence of one user.
export class Person {
  // `zone`: the time zone of the tenant, in which the days of work locations end.
  constructor(id, zone) {
    this.id = id;
    this.zone = zone;
    this.sessions = new Map(); // by application and session id
    this.preferred = undefined;
    this.message = undefined;
    this.outOfOffice = undefined;
    this.locations = {}; // by layer
    this.calendar = { busy: [], out: [] };
    this.stamp = 0;
    this.countedUntil = -Infinity; // the time up to which changes are recorded in `stamp`
    this.seen = undefined; // what was visible at that time
  }

  // ---- Reading

  pair(now) {
    const live = [...this.sessions.values()].filter((session) => now < session.expiresAt);
    if (live.length === 0) return 'Offline/Offline';
    const urgent = live.some(({ priority }) => priority);
    if (this.preferred && now < this.preferred.expiresAt && !urgent) return this.preferred.pair;
    const shown = live.map((session) => faded(session, now));
    if (within(this.calendar.busy, now)) shown.push('Busy/InAMeeting');
    return ranking.find((pair) => shown.includes(pair));
  }

  // Everything that the user can read, except the sequence number.
  visible(now) {
    const pair = this.pair(now);
    const reply = this.outOfOffice && within([this.outOfOffice], now) ? this.outOfOffice : undefined;
    const out = reply !== undefined || within(this.calendar.out, now);
    const [availability, activity] = pair.split('/');
    return {
      id: this.id,
      availability,
      activity: out && outOfOfficePairs.includes(pair) ? 'OutOfOffice' : activity,
      statusMessage: this.message && now < this.message.until ? this.message.shown : null,
      outOfOfficeSettings: { message: reply ? reply.message : null, isOutOfOffice: out },
      workLocation: this.location(now),
    };
  }

  // The location of the highest layer that has one (spec presence §9).
  location(now) {
    for (const source of ['manual', 'automatic', 'scheduled']) {
      const { type, place, until } = this.locations[source] ?? { until: now };
      if (now < until) return { workLocationType: type, source, placeId: place };
    }
    return nowhere;
  }

  // All times at which the visible presence may change by itself.
  instants() {
    const all = [];
    for (const { setAt, expiresAt } of this.sessions.values())
      all.push(setAt + fading.inactive, setAt + fading.away, expiresAt);
    if (this.preferred) all.push(this.preferred.expiresAt);
    if (this.message) all.push(this.message.until);
    if (this.outOfOffice) all.push(this.outOfOffice.from, this.outOfOffice.until);
    for (const { until } of Object.values(this.locations)) all.push(until);
    for (const { from, until } of [...this.calendar.busy, ...this.calendar.out]) all.push(from, until);
    return all;
  }

  // Records the changes by time up to `now` in `stamp`, in the order in which they happened: it becomes the second of the
  // change, or one more than before if that is greater (spec presence §6.6).
  look(now) {
    const passed = this.instants().filter((instant) => this.countedUntil < instant && instant <= now);
    for (const instant of [...new Set(passed)].sort((a, b) => a - b)) this.count(instant);
    this.count(now);
    this.countedUntil = now;
    for (const [key, session] of this.sessions) if (session.expiresAt <= now) this.sessions.delete(key);
  }

  count(now) {
    const seen = JSON.stringify(this.visible(now));
    if (this.seen !== undefined && seen !== this.seen) this.stamp = Math.max(this.stamp + 1, Math.floor(now / 1000));
    this.seen = seen;
  }

  // The presence as the user (`owner`) or another caller reads it (spec presence §1.4).
  read(now, owner) {
    this.look(now);
    const { workLocation, ...rest } = this.visible(now);
    if (rest.statusMessage && !owner) rest.statusMessage = { message: rest.statusMessage.message };
    return { ...rest, sequenceNumber: `A${String(this.stamp).padStart(10, '0')}`, workLocation };
  }

  // The state, and its next change by time.
  explain(now) {
    const stateAt = (time) => {
      const { availability, activity, outOfOfficeSettings } = this.visible(time);
      return { availability, activity, isOutOfOffice: outOfOfficeSettings.isOutOfOffice };
    };
    const state = stateAt(now);
    const later = this.instants().filter((instant) => now < instant && instant < Infinity).sort((a, b) => a - b);
    const at = later.find((instant) => JSON.stringify(stateAt(instant)) !== JSON.stringify(state));
    if (at === undefined) return { ...state, next: null };
    const { availability, activity } = stateAt(at);
    return { ...state, next: { at: written(at), availability, activity } };
  }

  // ---- Changing. Each method returns {status, code}; its change is visible at once.

  act(now, change) {
    this.look(now);
    const answer = change() ?? done;
    this.count(now);
    return answer;
  }

  // `duration`: milliseconds, or undefined. `client`: the application is a signed-in client; `priority`: it
  // is registered with priority.
  setSession(now, { app, session, pair, duration, client, priority }) {
    return this.act(now, () => {
      if (!(client ? ranking : sessionPairs).includes(pair)) return refusal(400, 'InvalidArgument');
      const unending = client && duration === undefined;
      const lives = duration ?? life.usual;
      if (lives < life.shortest || lives > life.longest) return outOfRange;
      const key = `${app} ${session}`;
      const others = [...this.sessions.keys()].filter((known) => known !== key);
      const own = others.filter((known) => known.startsWith(`${app} `));
      if (own.length >= most.sessionsOfApp || others.length >= most.sessions) return refusal(400, 'InvalidArgument');
      this.sessions.set(key, { pair, setAt: now, expiresAt: unending ? Infinity : now + lives, unending, priority });
    });
  }

  clearSession(now, { app, session }) {
    return this.act(now, () => {
      if (!this.sessions.delete(`${app} ${session}`)) return refusal(404, 'NotFound');
    });
  }

  setPreferred(now, { pair, duration }) {
    return this.act(now, () => {
      if (!(pair in preferredPairs)) return refusal(400, 'InvalidArgument');
      const lives = duration ?? preferredPairs[pair];
      if (lives <= 0 || lives > life.preferredLongest) return outOfRange;
      this.preferred = { pair, expiresAt: now + lives };
    });
  }

  clearPreferred(now) {
    return this.act(now, () => void (this.preferred = undefined));
  }

  // `expiry`: undefined or {local, ticks, timeZone, wrong}: the local time, what it has beyond the millisecond, its zone,
  // and whether it was sent in an invalid form.
  setMessage(now, { content, contentType, expiry }) {
    return this.act(now, () => {
      if (contentType !== undefined && contentType !== 'text') return refusal(400, 'InvalidArgument');
      const characters = [...content.trim()].length;
      if (characters > most.messageCharacters) return refusal(400, 'InvalidArgument');
      if (characters === 0) return void (this.message = undefined);
      if (expiry && (expiry.wrong || !zoneNames.includes(expiry.timeZone))) return refusal(400, 'InvalidArgument');
      const until = expiry ? toTime(expiry.local, expiry.timeZone) : Infinity;
      if (until <= now) return refusal(400, 'InvalidArgument');
      const dateTime = expiry && written(expiry.local).replace('0000Z', String(expiry.ticks).padStart(4, '0'));
      const shown = {
        message: { content, contentType: 'text' },
        publishedDateTime: written(now),
        expiryDateTime: expiry ? { dateTime, timeZone: expiry.timeZone } : null,
      };
      this.message = { shown, until };
    });
  }

  setOutOfOffice(now, { message, from = now, until = Infinity }) {
    return this.act(now, () => void (this.outOfOffice = { message, from, until }));
  }

  clearOutOfOffice(now) {
    return this.act(now, () => void (this.outOfOffice = undefined));
  }

  // `busy`, `out`: the spans of the feed.
  setCalendar(now, { busy, out }) {
    return this.act(now, () => {
      this.calendar = { busy, out };
      return { status: 200, anyBody: true };
    });
  }

  clearCalendar(now) {
    return this.act(now, () => void (this.calendar = { busy: [], out: [] }));
  }

  setLocation(now, { layer, type, place }) {
    return this.act(now, () => {
      if (!['office', 'remote', 'timeOff', 'unspecified'].includes(type)) return refusal(400, 'InvalidArgument');
      this.locations[layer] = { type, place: place ?? null, until: nextMidnight(now, this.zone) };
    });
  }

  clearLocations(now, { layers }) {
    return this.act(now, () => {
      for (const layer of layers) delete this.locations[layer];
    });
  }
}
