// What the wall shows: the groups with their people or counts, and how fresh that is.
import type { Api } from '../lib/api';
import { clock } from '../lib/clock.svelte';
import type { FromHub } from '../lib/hub';
import type { HubClient } from '../lib/hub_client';
import { type Person, Roster } from '../lib/roster.svelte';
import { isStale, type Sign } from './layout';
import type { Options } from './options';

// A group on the wall. `available` of `people` are free now.
export type WallGroup = { id: string; name: string; people: Person[]; isCounted: boolean; available: number };

const tick = 1000;

export class Wall extends Roster {
  sign = $state.raw<Sign>();
  // The server's time of the last sign of life.
  newsAt = $state(0);
  // By the page's own clock, which runs whatever the hub and the server do.
  private now = $state({ wall: Date.now(), steady: performance.now() });
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(
    api: Api,
    hub: Pick<HubClient, 'listen' | 'post'>,
    private readonly options: Options,
  ) {
    super(api, hub, options.group);
    this.timer = setInterval(() => (this.now = { wall: Date.now(), steady: performance.now() }), tick);
  }

  override close(): void {
    clearInterval(this.timer);
    super.close();
  }

  // Whether nothing may be believed that the wall shows.
  isStale = $derived.by(() => this.sign !== undefined && isStale(this.sign, this.now.wall, this.now.steady));

  shown = $derived.by((): WallGroup[] =>
    this.byGroup.map((group) => ({
      ...group,
      isCounted: group.people.length < this.options.min,
      available: group.people.filter((person) => this.isAvailable(person)).length,
    })),
  );

  // Who becomes free first, of the people who are shown by name.
  freeNext = $derived.by(() =>
    this.firstFree(this.shown.filter(({ isCounted }) => !isCounted).flatMap(({ people }) => people)),
  );

  protected override receive(message: FromHub): void {
    super.receive(message);
    if (message.type !== 'alive') return;
    this.sign = { at: message.at, notedAt: performance.now() };
    this.newsAt = clock.now;
  }
}
