// The screen that the address names: "#/people/ID".
const parse = () =>
  location.hash
    .replace(/^#\/?/, '')
    .split('/')
    .map((part) => decodeURIComponent(part));

class Route {
  private parts = $state.raw(parse());

  constructor() {
    addEventListener('hashchange', () => (this.parts = parse()));
  }

  get screen(): string {
    return this.parts[0]!;
  }

  // What the screen is about, such as a user; undefined for the list of all.
  get item(): string | undefined {
    return this.parts[1] || undefined;
  }
}

export const route = new Route();

export const link = (...parts: string[]) => `#/${parts.map(encodeURIComponent).join('/')}`;

export function goTo(...parts: string[]): void {
  location.hash = link(...parts);
}
