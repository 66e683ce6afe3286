// The overview as it is read again and again, with the rates of the last minutes.
import type { Admin } from '../admin.svelte';
import { faultText } from '../work.svelte';
import { type Overview, type Rates, ratesBetween, type Sample } from './rates';

export const interval = 5000;
// What is kept: ten minutes.
export const pointsMax = 120;

export type Point = { rates: Rates; memoryMb: number };

export class Series {
  overview = $state.raw<Overview>();
  points = $state.raw<Point[]>([]);
  fault = $state('');
  private last: Sample | undefined;

  // `isOfServer`: of all tenants together, for the operator's administrators.
  constructor(
    private readonly admin: Admin,
    private readonly isOfServer: boolean,
  ) {}

  read = async (): Promise<void> => {
    try {
      this.overview = await (this.isOfServer ? this.admin.serverCall<Overview>('GET', 'overview') : this.admin.get<Overview>('overview'));
      this.fault = '';
      if (this.overview.server) this.add({ at: performance.now(), numbers: this.overview.server });
    } catch (error) {
      this.fault = faultText(error);
    }
  };

  private add(sample: Sample): void {
    const rates = this.last && ratesBetween(this.last, sample);
    this.last = sample;
    if (!rates) return;
    const point = { rates, memoryMb: (sample.numbers.memoryBytes ?? 0) / 1e6 };
    this.points = [...this.points, point].slice(-pointsMax);
  }
}
