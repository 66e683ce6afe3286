// Random iCalendar feeds, and the times at which their owner is busy or out of office (docs/calendars.md).
import { toLocal, toTime, zoneNames } from './zones.mjs';

const minute = 60_000;
const day = 1440 * minute;

// Weights, the lines that mark an event, and how it affects presence.
const marks = [
  [6, ['', 'busy']],
  [2, ['X-MICROSOFT-CDO-BUSYSTATUS:BUSY\r\n', 'busy']],
  [4, ['X-MICROSOFT-CDO-BUSYSTATUS:OOF\r\n', 'out']],
  [1, ['X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE\r\n', undefined]],
  [1, ['TRANSP:TRANSPARENT\r\n', undefined]],
  [1, ['STATUS:CANCELLED\r\n', undefined]],
];
const starts = [-60 * minute, -minute, 0, 5 * minute, 30 * minute, 60 * minute, 1430 * minute];
const lengths = [5 * minute, 15 * minute, 60 * minute, 180 * minute];

// "20300107T090000"
const compact = (local) => new Date(local).toISOString().slice(0, 19).replace(/[-:]/g, '');

// An event that recurs daily in local time, or does not recur. `turns` are the days of its occurrences.
function timedEvent(random, now) {
  const zone = random.one(zoneNames);
  const local = Math.floor(toLocal(now + random.one(starts), zone) / 1000) * 1000;
  const length = random.one(lengths);
  const count = random.chance(0.3) ? 2 + random.below(3) : 1;
  const excepted = count > 2 && random.chance(0.5) ? 1 : undefined;
  const at = (turn) => compact(local + turn * day);
  const text =
    `DTSTART;TZID=${zone}:${at(0)}\r\nDURATION:PT${length / minute}M\r\n` +
    (count > 1 ? `RRULE:FREQ=DAILY;COUNT=${count}\r\n` : '') +
    (excepted ? `EXDATE;TZID=${zone}:${at(excepted)}\r\n` : '');
  const turns = Array.from({ length: count }, (_, turn) => turn).filter((turn) => turn !== excepted);
  const spans = turns.map((turn) => toTime(local + turn * day, zone)).map((from) => ({ from, until: from + length }));
  return { text, spans };
}

// An event of a whole day in the tenant's zone.
function wholeDay(random, now, tenantZone) {
  const midnight = Math.floor(toLocal(now, tenantZone) / day + random.below(3)) * day;
  const span = { from: toTime(midnight, tenantZone), until: toTime(midnight + day, tenantZone) };
  return { text: `DTSTART;VALUE=DATE:${compact(midnight).slice(0, 8)}\r\n`, spans: [span] };
}

// {text, busy, out}: the feed, and its spans.
export function randomFeed(random, now, tenantZone) {
  const times = { busy: [], out: [] };
  let events = '';
  for (let n = random.below(4); n > 0; --n) {
    const { text, spans } = random.chance(0.85) ? timedEvent(random, now) : wholeDay(random, now, tenantZone);
    const [mark, shows] = random.weighted(marks);
    events += `BEGIN:VEVENT\r\nUID:${n}\r\n${text}${mark}END:VEVENT\r\n`;
    if (shows) times[shows].push(...spans);
  }
  return { text: `BEGIN:VCALENDAR\r\nVERSION:2.0\r\n${events}END:VCALENDAR\r\n`, ...times };
}
