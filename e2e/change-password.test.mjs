// An invited member of the staff sets the first password with the mailed link, with and without JavaScript, in two
// languages.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { axe, openBrowser, shot } from './lib/browser.mjs';
import { startPortico } from './lib/portico.mjs';

const PASSWORD = 'correct-horse-9';

describe('the page that sets a password', () => {
  let portico;
  let browser;
  before(async () => {
    portico = await startPortico();
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await portico?.stop();
  });

  const post = (path, body, token) =>
    fetch(portico.baseUrl + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
    });

  const signIn = (email, password) => post('/api/login', { email, password });

  /** Invites somebody and gives the address in their mail. */
  async function invite(email) {
    const [admin] = portico.demo.dwellingly.users;
    const { access_token: token } = await (await signIn(admin.email, admin.password)).json();
    const person = { email, firstName: 'Amy', lastName: 'Roberts', phone: '965-934-2320', role: 3 };
    const invited = await post('/api/user/invite', person, token);
    assert.equal(invited.status, 201);
    const [newest] = portico.run('mail', 'list').split('\n');
    const mail = portico.run('mail', 'show', newest.split('\t')[0]);
    assert.match(mail, /^Subject: Create Your Dwellingly Account$/m);
    return mail.match(/http:\/\/\S+\/changePassword\?token=\S+/)[0];
  }

  for (const scripts of [true, false]) {
    test(`works ${scripts ? 'with' : 'without'} JavaScript, on a phone`, async (t) => {
      const email = `amy-${scripts}@example.org`;
      const link = await invite(email);
      const page = await browser.page(t, { baseUrl: portico.baseUrl, viewport: 'phone', scripts });
      await page.goto(link);
      await axe(page);
      const [first, second] = await page.locator('input[type=password]').all();

      // Two that differ are told beside the field, and nothing is set.
      await first.fill(PASSWORD);
      await second.fill('correct-horse-8');
      await page.locator('button[type=submit]').click();
      await page.locator('[aria-invalid=true]').first().waitFor();
      await axe(page);
      await shot(page, `change-password-error-${scripts}`);
      assert.equal((await signIn(email, PASSWORD)).status, 401);

      // By keyboard alone.
      const [again, repeat] = await page.locator('input[type=password]').all();
      await again.fill(PASSWORD);
      await repeat.fill(PASSWORD);
      await repeat.press('Enter');
      await page.waitForURL((url) => !url.search.includes('token='));
      await page.locator('input[type=password]').waitFor({ state: 'detached' });
      await axe(page);
      assert.equal((await signIn(email, PASSWORD)).status, 200);

      // The link was for one use.
      const used = await page.goto(link);
      assert.equal(used.status(), 410);
      await axe(page);
    });
  }

  for (const theme of ['light', 'dark']) {
    for (const viewport of ['phone', 'desk']) {
      for (const locale of ['en-GB', 'de-AT']) {
        test(`looks right: ${viewport}, ${theme}, ${locale}`, async (t) => {
          const link = await invite(`${theme}-${viewport}-${locale}@example.org`.toLowerCase());
          const page = await browser.page(t, { baseUrl: portico.baseUrl, viewport, theme, locale });
          for (const [name, address] of [['form', link], ['front', '/'], ['ended', '/changePassword?token=x']]) {
            await page.goto(address);
            assert.equal(await page.locator('html').getAttribute('lang'), locale.slice(0, 2));
            await axe(page);
            const wider = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
            assert.ok(!wider, `${name} scrolls sideways`);
            await shot(page, `${name}-${viewport}-${theme}-${locale.slice(0, 2)}`);
          }
        });
      }
    }
  }
});
