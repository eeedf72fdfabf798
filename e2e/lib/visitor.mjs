// A browser without a window: keeps cookies, follows redirects, fills in forms. For journeys in which the pages only
// stand in the way.

import assert from 'node:assert/strict';

/** Cookies and pages of somebody who visits one server. */
export class Visitor {
  #cookies = new Map();
  #base;

  constructor(baseUrl) {
    this.#base = baseUrl;
  }

  /** Sends a request with the cookies; keeps the ones that come. Redirects are not followed. */
  async fetch(address, { method = 'GET', form } = {}) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(new URL(address, this.#base), {
      method,
      redirect: 'manual',
      headers: { ...(cookie && { Cookie: cookie }) },
      body: form && new URLSearchParams(form),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      if (value) this.#cookies.set(name, value);
      else this.#cookies.delete(name);
    }
    return answer;
  }

  /** Follows redirects on this server; gives the page at the end, or the first address elsewhere as a `URL`. */
  async open(address, options) {
    let answer = await this.fetch(address, options);
    for (let hops = 0; hops < 10 && answer.status === 303; hops += 1) {
      const to = new URL(answer.headers.get('location'), this.#base);
      if (to.origin !== new URL(this.#base).origin) return to;
      answer = await this.fetch(to);
    }
    return { status: answer.status, html: await answer.text() };
  }

  /** Fills in the form of a page and sends it. */
  async submit(page, values) {
    const action = page.html.match(/<form method="post" action="([^"]+)"/)?.[1];
    assert.ok(action, `a page with a form was expected\n${page.html}`);
    const hidden = page.html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g);
    const form = Object.fromEntries([...hidden].map(([, name, value]) => [name, unescaped(value)]));
    return this.open(action, { method: 'POST', form: { ...form, ...values } });
  }

  /** Goes where a program sends people: signs in and says yes where asked. Gives where the program is answered. */
  async authorize(address, { username, password, answer = 'allow' }) {
    let page = await this.open(address);
    if (page.html?.includes('data-testid="login-in"')) page = await this.submit(page, { username, password });
    if (page.html?.includes('action="/app/consent"')) page = await this.submit(page, { answer });
    assert.ok(page instanceof URL, `the program was to be answered\n${page.html}`);
    return page;
  }
}

function unescaped(text) {
  const named = { amp: '&', lt: '<', gt: '>', quot: '"' };
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (all, hex, digits, name) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (digits) return String.fromCodePoint(Number(digits));
    return named[name] ?? all;
  });
}
