// A random generator whose numbers depend on the seed only (mulberry32).
export class Random {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  // A number in [0, 1).
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  // A whole number below `limit`.
  below(limit) {
    return Math.floor(this.next() * limit);
  }

  one(list) {
    return list[this.below(list.length)];
  }

  chance(probability) {
    return this.next() < probability;
  }

  // One of the values of [[weight, value], ...].
  weighted(table) {
    let at = this.next() * table.reduce((sum, [weight]) => sum + weight, 0);
    return table.find(([weight]) => (at -= weight) < 0)[1];
  }
}
