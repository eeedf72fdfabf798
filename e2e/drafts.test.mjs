// What somebody types is not lost: it survives a reload and a sign-in that has ended, also one under the form that was
// just sent. And it is theirs: whoever comes next on the same device finds nothing of it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openBrowser } from './lib/browser.mjs';
import { signIn } from './lib/pages.mjs';
import { startPortico } from './lib/portico.mjs';

describe('drafts', { concurrency: 2 }, () => {
  let portico;
  let browser;
  before(async () => {
    [portico, browser] = await Promise.all([startPortico(), openBrowser()]);
  });
  after(async () => {
    await browser?.close();
    await portico?.stop();
  });

  const visitor = (t, options) => browser.page(t, { baseUrl: portico.baseUrl, ...options });

  /** What the browser keeps. */
  const kept = (page) => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('draft:')));

  /** Ends all sign-ins of somebody from another browser. */
  const ended = async (t, who) => {
    const elsewhere = await visitor(t, { scripts: false });
    await signIn(elsewhere, who);
    await elsewhere.goto('/me/security');
    await elsewhere.locator('form[action="/me/security/others/end"] button').click();
    await elsewhere.locator('[data-toast]').waitFor();
  };

  const again = async (page, { email, password }) => {
    await page.waitForURL(/\/app\/login/);
    await page.locator('[name=username]').fill(email);
    await page.locator('[name=password]').fill(password);
    await page.locator('[data-testid=login-in]').click();
  };

  /** Opens the newest post and answers its address. */
  const news = async (page) => {
    await page.goto('/news');
    await page.locator('article h2 a').first().click();
    await page.locator('#text').waitFor();
    return new URL(page.url()).pathname;
  };

  test('a comment survives a reload and an ended sign-in, and is nobody else’s', async (t) => {
    const { tenant, owner } = portico.demo.pages;
    const page = await visitor(t, { viewport: 'phone' });
    await signIn(page, tenant);
    const path = await news(page);
    await page.locator('#text').fill('I will be there');
    await page.reload();
    assert.equal(await page.locator('#text').inputValue(), 'I will be there');
    assert.ok(await page.locator('.restored').isVisible(), 'the page says that it is a draft');

    await page.locator('#text').fill('I will be there at nine');
    await ended(t, tenant);
    // Sent, and lost with the sign-in: the way leads back to the page, and the text is there.
    await page.locator('form.reply button[type=submit]').click();
    await again(page, tenant);
    await page.waitForURL((url) => url.pathname === path);
    assert.equal(await page.locator('#text').inputValue(), 'I will be there at nine');

    // Somebody else signs in where the sign-in has only ended.
    await page.context().clearCookies();
    await signIn(page, owner);
    await page.goto(path);
    assert.equal(await page.locator('#text').inputValue(), '');
    assert.deepEqual(await kept(page), [], 'nothing of the other person is left');

    // And where somebody signed out.
    await page.locator('#text').fill('Mine');
    assert.equal((await kept(page)).length, 1);
    await page.goto('/app/sign-out');
    await page.locator('main form button').click();
    await page.waitForURL('**/app/signed-out');
    assert.deepEqual(await kept(page), [], 'signing out leaves nothing behind');
    await signIn(page, owner, path);
    assert.equal(await page.locator('#text').inputValue(), '');
  });

  test('a draft can be discarded, and one that was sent is gone', async (t) => {
    const page = await visitor(t);
    await signIn(page, portico.demo.pages.tenant);
    await news(page);
    await page.locator('#text').fill('Never mind');
    await page.reload();
    await page.locator('.restored button').click();
    assert.equal(await page.locator('#text').inputValue(), '');
    assert.deepEqual(await kept(page), []);
    await page.locator('#text').fill('Thank you');
    await page.locator('form.reply button[type=submit]').click();
    await page.locator('.said.mine', { hasText: 'Thank you' }).waitFor();
    assert.deepEqual(await kept(page), []);
    assert.equal(await page.locator('#text').inputValue(), '');
  });

  for (const { what, list, open, field } of [
    { what: 'news', list: '/desk/community/news?property=1', open: '.head a.button', field: '#title' },
    { what: 'an event', list: '/desk/community/events?property=1', open: '.head a.button', field: '#title' },
    { what: 'an event that is there', list: '/desk/community/events?property=1', open: 'main a.row', field: '#text' },
    { what: 'a question', list: '/desk/community/faq?property=1', open: 'main a.go', field: '#text' },
    { what: 'a document', list: '/desk/community/documents?property=1', open: 'main a.row', field: '#name' },
  ]) {
    test(`the desk keeps what is typed about ${what}`, async (t) => {
      const page = await visitor(t);
      await signIn(page, portico.demo.pages.admin, list);
      await page.locator(open).first().click();
      const before = await page.locator(field).inputValue();
      await page.locator(field).fill(`${before} and more`);
      await page.reload();
      assert.equal(await page.locator(field).inputValue(), `${before} and more`);
      await page.locator('.restored button').click();
      assert.equal(await page.locator(field).inputValue(), before);
      await page.reload();
      assert.equal(await page.locator(field).inputValue(), before);
      assert.deepEqual(await kept(page), []);
    });
  }

  test('a draft does not overwrite what others wrote in the meantime, and is done when it is saved', async (t) => {
    const page = await visitor(t);
    await signIn(page, portico.demo.pages.admin, '/desk/community/events?property=1');
    await page.locator('main a.row').first().click();
    const address = page.url();
    await page.locator('#text').fill('Bring chairs');
    const other = await visitor(t);
    await signIn(other, portico.demo.pages.staff, new URL(address).pathname);
    await other.locator('#text').fill('It is in the garden');
    await other.locator('.finish button[type=submit]').first().click();
    await other.locator('[data-toast]').waitFor();
    await page.goto(address);
    assert.equal(await page.locator('#text').inputValue(), 'It is in the garden');
    await page.locator('#text').fill('It is in the garden. Bring chairs');
    await page.locator('.finish button[type=submit]').first().click();
    await page.locator('[data-toast]').waitFor();
    assert.deepEqual(await kept(page), []);
  });
});
