// What happened between two reads of the overview. Pure.
type Times = { count: number; sumMs: number; p50Ms: number; p99Ms: number };

// The state of a tenant or, with `server`, of the whole server (docs/administration.md). Counts are since the start.
export type Overview = {
  version: string;
  ready: boolean;
  reason?: string;
  users: number;
  groups: number;
  applications: number;
  streams: number;
  waits: number;
  subscriptions: number;
  server?: ServerNumbers;
};

export type ServerNumbers = {
  uptimeSeconds: number;
  sessions: number;
  responses: Record<string, number>;
  requestTimes: Times;
  writes: number;
  syncTimes: Times;
  notificationsPending: number;
  webhookHosts: { well: number; slow: number; dropped: number };
  memoryBytes?: number;
  diskFreeBytes?: number;
  certificateExpires?: string;
  lastBackup?: string;
};

// The numbers, and when they were read, in ms of any clock that runs evenly.
export type Sample = { at: number; numbers: ServerNumbers };

// Per second; times are means in ms, undefined if nothing was measured.
export type Rates = { requests: number; failures: number; writes: number; requestMs?: number; syncMs?: number };

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, count) => total + count, 0);

function meanMs(before: Times, after: Times): number | undefined {
  const count = after.count - before.count;
  return count > 0 ? (after.sumMs - before.sumMs) / count : undefined;
}

// Undefined if no time passed, or the server has started again in between.
export function ratesBetween(before: Sample, after: Sample): Rates | undefined {
  const seconds = (after.at - before.at) / 1000;
  const [old, now] = [before.numbers, after.numbers];
  if (seconds <= 0 || now.uptimeSeconds < old.uptimeSeconds) return undefined;
  const perSecond = (count: number) => Math.max(0, count) / seconds;
  return {
    requests: perSecond(sum(now.responses) - sum(old.responses)),
    failures: perSecond((now.responses['5xx'] ?? 0) - (old.responses['5xx'] ?? 0)),
    writes: perSecond(now.writes - old.writes),
    requestMs: meanMs(old.requestTimes, now.requestTimes),
    syncMs: meanMs(old.syncTimes, now.syncTimes),
  };
}
