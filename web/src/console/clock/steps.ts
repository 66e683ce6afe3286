// How a manual clock is moved on. Pure.

// An ISO 8601 duration of at least `ms`, in whole seconds; undefined if the time is not later.
export const advanceText = (ms: number) => (ms > 0 ? `PT${Math.ceil(ms / 1000)}S` : undefined);
