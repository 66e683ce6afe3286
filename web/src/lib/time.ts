// Times as people say them: "11:30", "Tue 11:30", "in 12 min".
import { formatTime, t, tn } from './i18n';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

// The time of day; with the weekday if it is another day than `now`, with the date if it is more than six days away.
export function clockText(at: number, now: number, zone?: string): string {
  const date = (ms: number) => formatTime(ms, { dateStyle: 'short' }, zone);
  if (date(at) === date(now)) return formatTime(at, { hour: '2-digit', minute: '2-digit' }, zone);
  if (Math.abs(at - now) < 6 * day)
    return formatTime(at, { weekday: 'short', hour: '2-digit', minute: '2-digit' }, zone);
  return formatTime(at, { day: 'numeric', month: 'short', year: 'numeric' }, zone);
}

// How long it is until `at`, rounded up to seconds below a minute, else to minutes or hours: "in 12 min".
export function countdownText(at: number, now: number): string {
  const left = Math.max(0, at - now);
  if (left < minute) return tn('time.inSeconds', Math.ceil(left / 1000));
  if (left < 90 * minute) return tn('time.inMinutes', Math.ceil(left / minute));
  if (left < 36 * hour) return tn('time.inHours', Math.round(left / hour));
  return tn('time.inDays', Math.round(left / day));
}

// "until 11:30 · in 12 min", or without the countdown if it is more than a day.
export function untilText(at: number, now: number): string {
  const until = t('time.until', { time: clockText(at, now) });
  return at - now < day ? `${until} · ${countdownText(at, now)}` : until;
}

export function sinceText(at: number, now: number): string {
  return t('time.since', { time: clockText(at, now) });
}

// An ISO 8601 duration of whole minutes, as Graph takes them.
export function isoDuration(ms: number): string {
  return `PT${Math.max(1, Math.round(ms / minute))}M`;
}
