// What the wall shows: the groups with their people or counts, and how fresh that is.
import type { Api } from '../lib/api';
import { clock } from '../lib/clock.svelte';
import type { FromHub } from '../lib/hub';
import type { HubClient } from '../lib/hub_client';
import { type Person, Roster } from '../lib/roster.svelte';
import type { Options } from './options';

// A group on the wall. `available` of `people` are free now.
export type WallGroup = { id: string; name: string; people: Person[]; isCounted: boolean; available: number };

export class Wall extends Roster {
  // The server's time of the last sign of life; before the first, of the beginning.
  newsAt = $state(clock.now);

  constructor(
    api: Api,
    hub: Pick<HubClient, 'listen' | 'post'>,
    private readonly options: Options,
  ) {
    super(api, hub, options.group);
  }

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
    if (message.type === 'alive') this.newsAt = clock.now;
  }
}
