// A browser without scripts that supports what the sign-in pages need: cookies and forms.
export class Browser {
  #cookies = new Map();

  // Opens an address, types the `user_code` of its query if the page asks for it, then signs in as `person` and consents
  // as the pages ask. Returns the address of the first redirect, or the text of the first page without such a form.
  // Throws after eight pages.
  async walk(start, person) {
    let answer = await this.#fetch(start);
    for (let step = 0; step < 8; ++step) {
      const place = answer.headers.get('location');
      if (place) return place;
      const page = await answer.text();
      if (page.includes('name="password"')) {
        const { name: username, password } = person;
        answer = await this.#post(answer.url, page, { username, password });
      } else if (page.includes('name="decision"')) {
        answer = await this.#post(answer.url, page, { decision: 'accept' });
      } else if (page.includes('id="user_code"')) {
        answer = await this.#post(answer.url, page, { user_code: new URL(start).searchParams.get('user_code') });
      } else {
        return page;
      }
    }
    throw new Error('the sign-in did not end within 8 pages');
  }

  // Posts the form of a page: its hidden fields and these.
  #post(address, page, fields) {
    const hidden = [...page.matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/g)];
    return this.#fetch(address, {
      method: 'POST',
      headers: { Origin: new URL(address).origin },
      body: new URLSearchParams({ ...Object.fromEntries(hidden.map(([, name, value]) => [name, value])), ...fields }),
    });
  }

  async #fetch(address, options = {}) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...options.headers, Cookie: cookie };
    const answer = await fetch(address, { ...options, redirect: 'manual', headers });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      this.#cookies.set(name, value);
    }
    return answer;
  }
}
