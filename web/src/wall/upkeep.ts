// What keeps a wall going for months without a hand: the screen stays on, and the page replaces itself after an upgrade.
import { clock } from '../lib/clock.svelte';
import { type Facts, loadFacts } from '../lib/facts';

// The screen must not sleep while the page is visible. A browser releases the lock when the page is hidden.
export function keepAwake(): void {
  const ask = () => {
    if (document.visibilityState === 'visible') void navigator.wakeLock?.request('screen').catch(() => {});
  };
  document.addEventListener('visibilitychange', ask);
  ask();
}

// The entity tag of the page as the server has it now.
async function pageTag(): Promise<string | null> {
  const answer = await fetch(location.pathname, { method: 'HEAD', cache: 'no-store' });
  return answer.ok ? answer.headers.get('ETag') : null;
}

// Finds out whether the server has another version, or another page, than the one that runs.
export class Updates {
  private readonly tag = pageTag().catch(() => null);

  constructor(
    private readonly running: Facts,
    private readonly reload: () => void,
  ) {}

  // Also corrects the clock. Does nothing if the server does not answer.
  async check(): Promise<void> {
    try {
      const [facts, tag, first] = await Promise.all([loadFacts(this.running.tenant!.id), pageTag(), this.tag]);
      clock.set(facts);
      const isOtherPage = tag !== null && first !== null && tag !== first;
      if (facts.version !== this.running.version || isOtherPage) this.reload();
    } catch {
      // The next check follows.
    }
  }
}
