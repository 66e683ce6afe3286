// A browser without scripts that supports what the sign-in pages need: cookies and forms.
export class Browser {
  #cookies = new Map();

  // Opens an address, then signs in as `person` and consents as the pages ask. Returns the address of the first
  // redirect, or the text of the first page without such a form. Throws after eight pages.
  async walk(start, person) {
    let answer = await this.#fetch(start);
    for (let step = 0; step < 8; ++step) {
      const place = answer.headers.get('location');
      if (place) return place;
      const page = await answer.text();
      if (page.includes('name="password"')) {
        const { name: username, password } = person;
        answer = await this.#post(answer.url, page, { step: 'sign_in', username, password });
      } else if (page.includes('name="decision"')) {
        answer = await this.#post(answer.url, page, { step: 'consent', decision: 'accept' });
      } else {
        return page;
      }
    }
    throw new Error('the sign-in did not end within 8 pages');
  }

  #post(address, page, fields) {
    const word = page.match(/name="word" value="([^"]*)"/)[1];
    return this.#fetch(address, {
      method: 'POST',
      headers: { Origin: new URL(address).origin },
      body: new URLSearchParams({ ...fields, word }),
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
