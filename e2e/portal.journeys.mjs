// A resident's way through the portal: a report with photos, answers, a rating, a comment, another language, and somebody
// who is invited and comes; and what must hold on every page.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { axe, openBrowser } from './lib/browser.mjs';
import { FRONT, PORTAL, open, signIn } from './lib/pages.mjs';
import { startPortico } from './lib/portico.mjs';

const PASSWORD = 'correct-horse-9';
/** Two pictures of one point, a red one and a blue one. */
const PHOTOS = [
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==',
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPj/HwADAgH/5ncXmgAAAABJRU5ErkJggg==',
].map((data, i) => ({ name: `photo-${i + 1}.png`, mimeType: 'image/png', buffer: Buffer.from(data, 'base64') }));

describe('the portal', () => {
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

  const visitor = (t, options) => browser.page(t, { baseUrl: portico.baseUrl, ...options });

  for (const viewport of ['phone', 'desk']) {
    for (const theme of ['light', 'dark']) {
      test(`every page is accessible and fits, ${viewport}, ${theme}`, async (t) => {
        const page = await visitor(t, { viewport, theme });
        const check = async (pages) => {
          for (const [name, way] of Object.entries(pages)) {
            if (!(await open(page, way))) continue;
            await axe(page);
            const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
            assert.ok(wide <= 0, `${name} is ${wide} px too wide`);
          }
        };
        await check(FRONT);
        await signIn(page, portico.demo.pages.tenant);
        await check(PORTAL);
      });
    }
  }

  for (const scripts of [true, false]) {
    test(`a report with two photos and its conversation, ${scripts ? 'with' : 'without'} JavaScript`, async (t) => {
      const page = await visitor(t, { viewport: 'phone', scripts });
      await signIn(page, portico.demo.pages.tenant);
      await page.goto('/report');
      await page.locator('a.tile').first().click();
      const form = page.locator('form[enctype]');
      await form.locator('input[type=text]').first().fill(`Cellar ${scripts}`);
      await form.locator('textarea').first().fill('Water comes through the wall.');
      if (scripts) {
        await page.reload();
        assert.equal(await form.locator('textarea').first().inputValue(), 'Water comes through the wall.', 'a draft is kept');
      }
      const select = form.locator('select').last();
      await select.selectOption({ index: 1 });
      await form.locator('input[type=file]').setInputFiles(PHOTOS);
      if (scripts) {
        await form.locator('.previews img').nth(1).waitFor();
        await form.locator('.previews button').first().click();
        assert.equal(await form.locator('.previews li').count(), 1, 'a photo is taken out');
        await form.locator('input[type=file]').setInputFiles(PHOTOS[0]);
        await form.locator('.previews li').nth(1).waitFor();
      }
      await form.locator('button[type=submit]').last().click();
      await page.waitForURL(/\/tickets\/\d+/);
      assert.equal(await page.locator('.files li').count(), 2);
      for (const link of await page.locator('.files a').all()) {
        const file = await page.request.get(await link.getAttribute('href'));
        assert.equal(file.status(), 200);
      }
      assert.ok(await page.locator('[data-toast]').isVisible());

      await page.locator('#text').fill('It gets worse.');
      await page.locator('form.reply input[type=file]').setInputFiles(PHOTOS[1]);
      await page.locator('form.reply button[type=submit]').last().click();
      await page.locator('.said.mine').waitFor();
      assert.match(await page.locator('.said.mine').innerText(), /It gets worse\./);
      if (scripts) {
        const path = new URL(page.url()).pathname;
        await page.goto('/report');
        await page.locator('a.tile').first().click();
        assert.equal(await page.locator('form[enctype] textarea').first().inputValue(), '', 'a draft that was sent is gone');
        await page.goto(path);
      }

      // The management closes it; then it is rated.
      const number = Number(new URL(page.url()).pathname.split('/').pop());
      const [admin] = portico.demo.dwellingly.users;
      const post = (path, method, body, token) =>
        fetch(portico.baseUrl + path, {
          method,
          headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
          body: body && JSON.stringify(body),
        });
      const { access_token: token } = await (await post('/api/login', 'POST', admin)).json();
      const { tickets } = await (await post('/api/tickets', 'GET', undefined, token)).json();
      const id = Math.max(...tickets.map((ticket) => ticket.id));
      assert.equal((await post(`/api/tickets/${id}`, 'PUT', { status: 'Closed' }, token)).status, 200);
      await page.goto(`/tickets/${number}`);
      await page.locator('label[for=star-4]').click();
      await page.locator('#comment').fill('Quick.');
      await page.locator('#rate button[type=submit]').click();
      await page.locator('.stars').waitFor();
      assert.equal(await page.locator('#rate').count(), 0);
    });
  }

  test('news are commented, and a comment is taken back, without JavaScript', async (t) => {
    const page = await visitor(t, { scripts: false });
    await signIn(page, portico.demo.pages.tenant);
    await page.goto('/news');
    await page.locator('article h2 a').first().click();
    const before = await page.locator('.said').count();
    await page.locator('#text').fill('Thank you!');
    await page.locator('form.reply button[type=submit]').click();
    assert.equal(await page.locator('.said').count(), before + 1);
    await page.locator('.said.mine form.tiny button').last().click();
    assert.equal(await page.locator('.said').count(), before);
  });

  test('the language is chosen', async (t) => {
    const page = await visitor(t);
    await signIn(page, portico.demo.pages.owner);
    await page.goto('/me');
    await page.locator('#language').selectOption('de');
    await page.locator('main form button[type=submit]').click();
    await page.locator('html[lang=de]').waitFor();
    await page.goto('/tickets');
    assert.equal(await page.locator('h1').innerText(), 'Anliegen');
  });

  test('somebody is invited, registers without JavaScript, and is at home', async (t) => {
    const host = await visitor(t);
    await signIn(host, portico.demo.pages.tenant);
    await host.goto('/me/household');
    await host.locator('#first_name').fill('Noa');
    await host.locator('#last_name').fill('McRenter');
    await host.locator('#email').fill('noa@mail.example');
    await host.locator('form[data-draft] button[type=submit]').click();
    await host.locator('[data-toast] button').waitFor();

    const [newest] = portico.run('mail', 'list').split('\n');
    const mail = portico.run('mail', 'show', newest.split('\t')[0]);
    const link = mail.match(/http:\/\/\S+\/app\/register\?invite_token=\w+/)[0];
    const guest = await visitor(t, { scripts: false, viewport: 'phone' });
    await guest.goto(link);
    await axe(guest);
    await guest.locator('#password').fill(PASSWORD);
    await guest.locator('#repeat').fill('correct-horse-8');
    await guest.locator('button[type=submit]').click();
    await guest.locator('.notice.fault').waitFor();
    await guest.locator('#password').fill(PASSWORD);
    await guest.locator('#repeat').fill(PASSWORD);
    await guest.locator('button[type=submit]').click();
    await guest.waitForURL(/\/home$/);
    assert.match(await guest.locator('h1').innerText(), /Noa/);
    await guest.goto('/me/household');
    assert.match(await guest.locator('main').innerText(), /Renty McRenter/);
  });
});
