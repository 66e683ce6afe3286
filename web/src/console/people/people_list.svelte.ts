// The people of the tenant, page by page, or those that a search finds. The server lists by id and does not search: a
// search reads the pages one after the other.
import { type Admin, type Page, pageMax, type User } from '../admin.svelte';
import { faultText } from '../work.svelte';

const pageSize = 100;
export const hitsMax = 200;

export class PeopleList {
  users = $state.raw<User[]>();
  // Where the next page begins; undefined at the end.
  next = $state<string>();
  fault = $state('');
  // How many people a running search has read; undefined if there is no search.
  searched = $state<number>();
  private starts: (string | undefined)[] = [undefined];
  private work = 0;

  constructor(private readonly admin: Admin) {
    void this.reload();
  }

  get hasPrevious(): boolean {
    return this.starts.length > 1;
  }

  reload = () => this.read(async () => {
    const page = await this.admin.get<Page<User>>('users', { limit: pageSize, after: this.starts.at(-1) });
    return { users: page.value, next: page.next };
  });

  goOn(): void {
    this.starts.push(this.next);
    void this.reload();
  }

  goBack(): void {
    this.starts.pop();
    void this.reload();
  }

  // Finds people whose name or userPrincipalName has the text, at most `hitsMax`.
  search(text: string): void {
    if (text === '') return void this.reload();
    const wanted = text.toLowerCase();
    void this.read(async (isCurrent) => {
      const users: User[] = [];
      let after: string | undefined;
      this.searched = 0;
      do {
        const page: Page<User> = await this.admin.get('users', { limit: pageMax, after });
        if (!isCurrent()) return { users };
        const found = page.value.filter(({ displayName, userPrincipalName, id }) =>
          `${displayName}\n${userPrincipalName}\n${id}`.toLowerCase().includes(wanted),
        );
        users.push(...found);
        this.searched += page.value.length;
        after = page.next;
      } while (after && users.length < hitsMax);
      return { users: users.slice(0, hitsMax) };
    });
  }

  // Of several reads the last counts.
  private async read(work: (isCurrent: () => boolean) => Promise<{ users: User[]; next?: string }>): Promise<void> {
    const number = ++this.work;
    const isCurrent = () => number === this.work;
    this.fault = '';
    this.searched = undefined;
    try {
      const { users, next } = await work(isCurrent);
      if (!isCurrent()) return;
      this.users = users;
      this.next = next;
    } catch (error) {
      if (isCurrent()) this.fault = faultText(error);
    }
  }
}
