// Whether what a page shows may be old. Pure.
// Beyond it what is shown is not believed.
export const staleAfter = 30_000;

// The last sign of life of the stream: when the hub had it, and when the page was notified, by a clock that never jumps.
export type Sign = { at: number; notedAt: number };

// Whether the last sign is too old. Both clocks must say that it is not: the wall clock may be set back, and the steady
// clock stops while the computer sleeps.
export function isStale({ at, notedAt }: Sign, now: number, steady: number): boolean {
  return Math.max(now - at, steady - notedAt) > staleAfter;
}
