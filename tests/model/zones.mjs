// Local times by JavaScript's own time zones, which are independent of the server's.
const windows = {
  'Pacific Standard Time': 'America/Los_Angeles',
  'W. Europe Standard Time': 'Europe/Berlin',
  'India Standard Time': 'Asia/Kolkata',
  'AUS Eastern Standard Time': 'Australia/Sydney',
};
export const zoneNames = ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Tokyo', 'Pacific/Apia', ...Object.keys(windows)];

const formats = new Map();
function formatOf(zone) {
  if (!formats.has(zone)) {
    const numeric = Object.fromEntries(['year', 'month', 'day', 'hour', 'minute', 'second'].map((part) => [part, 'numeric']));
    formats.set(zone, new Intl.DateTimeFormat('en-u-hc-h23', { ...numeric, timeZone: windows[zone] ?? zone }));
  }
  return formats.get(zone);
}

// The local time in the zone at `time`, as milliseconds since 1970 in local time.
export function toLocal(time, zone) {
  const parts = Object.fromEntries(formatOf(zone).formatToParts(time).map(({ type, value }) => [type, Number(value)]));
  const whole = Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
  return whole + (((time % 1000) + 1000) % 1000);
}

// The time at which clocks in the zone show `local`. Of two such times the first; a local time that is skipped is converted
// with the offset before the change (spec presence §7).
export function toTime(local, zone) {
  const day = 86_400_000;
  const readings = [local - day, local + day].map((near) => local - (toLocal(near, zone) - near));
  const valid = readings.filter((time) => toLocal(time, zone) === local);
  return valid.length > 0 ? Math.min(...valid) : Math.max(...readings);
}

// The first time after `time` that has another local date in the zone (spec presence §9).
export function nextMidnight(time, zone) {
  const dayOf = (moment) => Math.floor(toLocal(moment, zone) / 86_400_000);
  let [before, after] = [time, time + 2 * 86_400_000];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (dayOf(middle) === dayOf(time)) before = middle;
    else after = middle;
  }
  return after;
}
