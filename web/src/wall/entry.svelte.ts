// How a wall is signed in: with what it has kept, with a device code, or with one click in the demo. It has no keyboard, so
// it tries again whatever has failed.
import { clock } from '../lib/clock.svelte';
import { type Facts, loadFacts } from '../lib/facts';
import type { HubClient } from '../lib/hub_client';
import type { Credential } from '../lib/session';
import type { DeviceCode } from '../lib/sign_in';
import type { Options } from './options';

export type Step = 'loading' | 'unreachable' | 'tenant' | 'unknownTenant' | 'disabled' | 'noAuthority' | 'demo' | 'code' | 'in';

const keptKey = 'porchlight-wall-sign-in';
// Shared with the board, so that a person who enters there is known here.
const demoKey = 'porchlight-demo-person';
const retryTime = 5000;

export class Entry {
  step = $state<Step>('loading');
  facts = $state.raw<Facts>();
  code = $state.raw<DeviceCode>();
  private isBegun = false;

  constructor(
    private readonly hub: HubClient,
    private readonly options: Options,
  ) {
    hub.listen((message) => {
      if (message.type === 'rotated') localStorage.setItem(keptKey, JSON.stringify(message.credential));
      else if (message.type === 'session' && (!message.signedIn || !this.isBegun)) void this.begin(message.signedIn);
    });
  }

  // The sign-in has ended for good.
  forget(): void {
    localStorage.removeItem(keptKey);
    this.hub.post({ type: 'signOut' });
  }

  enterDemo(): void {
    const people = this.facts!.demo!.people;
    const user = (people.find(({ id }) => id === sessionStorage.getItem(demoKey)) ?? people[0]!).id;
    sessionStorage.setItem(demoKey, user);
    this.enter({ kind: 'demo', user, application: 'board' });
  }

  private async begin(isSignedIn: boolean): Promise<void> {
    this.isBegun = true;
    this.step = 'loading';
    while (!(await this.attempt(isSignedIn))) await new Promise((resolve) => setTimeout(resolve, retryTime));
  }

  // Returns whether nothing is left to do: the wall is signed in, or waits for a click.
  private async attempt(isSignedIn: boolean): Promise<boolean> {
    try {
      const isFirst = !this.facts;
      this.facts = await loadFacts(this.options.tenant);
      if (isFirst) clock.start(this.facts);
    } catch (error) {
      return this.wait((error as Error).message === '404' ? 'unknownTenant' : 'unreachable');
    }
    const { tenant, demo, enabled, authority } = this.facts;
    if (!tenant) return this.wait('tenant');
    if (isSignedIn) return this.isIn();
    if (demo) return this.isDemoEntered();
    if (!enabled) return this.wait('disabled');
    if (!authority) return this.wait('noAuthority');
    try {
      return this.enter(this.kept(tenant.id) ?? (await this.pair(this.facts)));
    } catch {
      return this.wait('unreachable');
    }
  }

  // Loaded if it is needed: once in the life of a display.
  private async pair(facts: Facts): Promise<Credential> {
    const { signInByDevice } = await import('../lib/sign_in');
    return signInByDevice(facts, 'wall', (code) => {
      this.code = code;
      this.step = 'code';
    });
  }

  private wait(step: Step): false {
    this.step = step;
    return false;
  }

  private isIn(): true {
    this.step = 'in';
    return true;
  }

  private isDemoEntered(): true {
    if (this.options.isDemo || sessionStorage.getItem(demoKey)) this.enterDemo();
    else this.step = 'demo';
    return true;
  }

  // Stored first: a token that is lost in a power cut cannot be used again.
  private enter(credential: Credential): true {
    if (credential.kind === 'refresh') localStorage.setItem(keptKey, JSON.stringify(credential));
    this.hub.post({ type: 'signIn', credential });
    return this.isIn();
  }

  private kept(tenant: string): Credential | undefined {
    const credential = JSON.parse(localStorage.getItem(keptKey) ?? 'null') as Credential | null;
    return credential?.kind === 'refresh' && credential.authority.tenant === tenant ? credential : undefined;
  }
}
