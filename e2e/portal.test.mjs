// A resident's way through the portal, in two languages, with and without JavaScript: invited, at home, a report with
// photos, an answer, a rating, news, the WiFi, another language; all of it also by keyboard alone.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import jsQR from 'jsqr';
import { PNG } from 'pngjs';
import { axe, openBrowser } from './lib/browser.mjs';
import { WAYS, focused, named, signIn, tabTo } from './lib/pages.mjs';
import { startPortico } from './lib/portico.mjs';

const PASSWORD = 'correct-horse-9';
/** Two pictures of one point, a red one and a blue one. */
const PHOTOS = [
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==',
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPj/HwADAgH/5ncXmgAAAABJRU5ErkJggg==',
].map((data, i) => ({ name: `photo-${i + 1}.png`, mimeType: 'image/png', buffer: Buffer.from(data, 'base64') }));

describe('the portal', { concurrency: 2 }, () => {
  let portico;
  let browser;
  before(async () => {
    [portico, browser] = await Promise.all([startPortico(), openBrowser()]);
  });
  after(async () => {
    await browser?.close();
    await portico?.stop();
  });

  const visitor = (t, options) => browser.page(t, { baseUrl: portico.baseUrl, viewport: 'phone', ...options });
  const resident = async (t, options) => {
    const page = await visitor(t, options);
    await signIn(page, portico.demo.pages.tenant);
    return page;
  };

  /** Somebody of the staff answers a ticket at the desk and closes it. */
  const answered = async (t, number, text) => {
    const desk = await visitor(t, { viewport: 'desk', scripts: false });
    await signIn(desk, portico.demo.pages.staff, `/desk/tickets/${number}`);
    await desk.locator('#text').fill(text);
    await desk.locator('#then').selectOption('done');
    await desk.locator('.answer button[type=submit]').click();
    await desk.locator('.said', { hasText: text }).waitFor();
  };

  /** Follows the notification that leads here, as soon as there is one: a reader of what happened writes it. */
  const told = async (page, path) => {
    for (let asked = 0; asked < 100; asked += 1) {
      await page.goto('/notifications');
      for (const row of (await page.locator('main a.row').all()).slice(0, 8)) {
        const href = await row.getAttribute('href');
        const answer = await page.request.get(href, { maxRedirects: 0 });
        if (answer.headers().location?.startsWith(path)) return page.goto(href);
      }
    }
    return assert.fail(`nobody is told about ${path}`);
  };

  /** Fills in the first form of a report; answers its draft's fields. */
  const reported = async (page, title) => {
    await page.goto('/report');
    await page.locator('a.tile').first().click();
    const form = page.locator('form[enctype]');
    await form.locator('input[type=text]').first().fill(title);
    await form.locator('textarea').first().fill('Water comes through the wall.');
    return form;
  };

  for (const way of WAYS) {
    test(`a report with two photos, its answer and its rating, ${named(way)}`, async (t) => {
      const { scripts } = way;
      const page = await resident(t, way);
      const form = await reported(page, `Cellar, ${named(way)}`);
      if (scripts) {
        await page.reload();
        assert.equal(await form.locator('textarea').first().inputValue(), 'Water comes through the wall.', 'a draft is kept');
      }
      // What is missing is told, and what was typed is kept.
      await form.evaluate((it) => it.setAttribute('novalidate', ''));
      await form.locator('textarea').first().fill(' ');
      await form.locator('button[type=submit]').last().click();
      await page.locator('[aria-invalid=true]').first().waitFor();
      await axe(page);
      assert.equal(await form.locator('input[type=text]').first().inputValue(), `Cellar, ${named(way)}`);
      await form.locator('textarea').first().fill('Water comes through the wall.');

      const picker = form.locator('input[type=file]');
      await picker.setInputFiles(PHOTOS);
      if (scripts) {
        await form.locator('.previews img').nth(1).waitFor();
        await form.locator('.previews button').first().click();
        assert.equal(await form.locator('.previews li').count(), 1, 'a photo is taken out');
        await picker.setInputFiles(PHOTOS[0]);
        await form.locator('.previews li').nth(1).waitFor();
      }
      for (const select of await form.locator('select[required]').all()) await select.selectOption({ index: 1 });
      await form.locator('button[type=submit]').last().click();
      await page.waitForURL(/\/tickets\/\d+/);
      assert.equal(await page.locator('.files li').count(), 2);
      for (const link of await page.locator('.files a').all()) {
        const file = await page.request.get(await link.getAttribute('href'));
        assert.equal(file.status(), 200);
        assert.equal(file.headers()['content-type'], 'image/png');
      }
      assert.ok(await page.locator('[data-toast]').isVisible());

      await page.locator('#text').fill('It gets worse.');
      await page.locator('form.reply input[type=file]').setInputFiles(PHOTOS[1]);
      await page.locator('form.reply button[type=submit]').last().click();
      await page.locator('.said.mine', { hasText: 'It gets worse.' }).waitFor();
      const path = new URL(page.url()).pathname;
      if (scripts) {
        await page.goto('/report');
        await page.locator('a.tile').first().click();
        assert.equal(await page.locator('form[enctype] textarea').first().inputValue(), '', 'a draft that was sent is gone');
      }

      await answered(t, path.split('/').pop(), 'The plumber was there.');
      await told(page, path);
      await page.locator('.said:not(.mine)', { hasText: 'The plumber was there.' }).waitFor();
      await page.locator('label[for=star-4]').click();
      await page.locator('#comment').fill('Quick.');
      await page.locator('#rate button[type=submit]').click();
      await page.locator('.stars').waitFor();
      assert.equal(await page.locator('#rate').count(), 0);
      await axe(page);
    });

    test(`somebody is invited, registers and is at home, ${named(way)}`, async (t) => {
      const who = named(way).replaceAll(/\W+/g, '-');
      const host = await resident(t, way);
      await host.goto('/me/household');
      await host.locator('#first_name').fill('Noa');
      await host.locator('#last_name').fill('McRenter');
      await host.locator('#email').fill(`noa-${who}@mail.example`);
      await host.locator('form[data-draft] button[type=submit]').click();
      await host.locator('[data-toast] button').waitFor();

      const list = portico.run('mail', 'list').split('\n');
      const mine = list.find((line) => line.includes(`noa-${who}@`));
      const mail = portico.run('mail', 'show', mine.split('\t')[0]);
      const link = mail.match(/http:\/\/\S+\/app\/register\?invite_token=\w+/)[0];
      const guest = await visitor(t, way);
      await guest.goto(link);
      await axe(guest);
      await guest.locator('#password').fill(PASSWORD);
      await guest.locator('#repeat').fill('correct-horse-8');
      await guest.locator('button[type=submit]').click();
      await guest.locator('.notice.fault').waitFor();
      await axe(guest);
      await guest.locator('#password').fill(PASSWORD);
      await guest.locator('#repeat').fill(PASSWORD);
      await guest.locator('button[type=submit]').click();
      await guest.waitForURL(/\/home$/);
      assert.match(await guest.locator('h1').innerText(), /Noa/);
      await guest.goto('/me/household');
      assert.match(await guest.locator('main').innerText(), /Renty McRenter/);
    });

    test(`news are read and commented, and a comment is taken back, ${named(way)}`, async (t) => {
      const page = await resident(t, way);
      await page.goto('/news');
      await page.locator('article h2 a').first().click();
      const text = `Thank you, ${named(way)}!`;
      await page.locator('#text').fill(text);
      await page.locator('form.reply button[type=submit]').click();
      const said = page.locator('.said.mine', { hasText: text });
      await said.waitFor();
      await said.locator('form.tiny button').click();
      await page.locator('[data-toast]').waitFor();
      assert.equal(await said.count(), 0);
    });

    test(`the WiFi's picture says what the page says, ${named(way)}`, async (t) => {
      const page = await resident(t, way);
      await page.goto('/wifi');
      const card = page.locator('details.secret').first();
      const passphrase = card.locator('code.address');
      assert.ok(!(await passphrase.isVisible()), 'nobody who looks over a shoulder reads it');
      await card.locator('summary').click();
      const shown = (await passphrase.innerText()).trim();
      for (const code of await card.locator('.qr-card').all()) {
        const ssid = await code.locator('strong').innerText();
        await code.evaluate((it) => it.scrollIntoView({ block: 'center' }));
        const { data, width, height } = PNG.sync.read(await code.locator('.qr').screenshot({ scale: 'css' }));
        const read = jsQR(new Uint8ClampedArray(data), width, height);
        assert.ok(read, 'a camera reads the picture');
        const plain = (s) => s.replaceAll(/\\(.)/g, '$1');
        const [, network, secret] = read.data.match(/^WIFI:T:WPA;S:((?:\\.|[^\\;])*);P:((?:\\.|[^\\;])*);;$/);
        assert.deepEqual([plain(network), plain(secret)], [ssid, shown]);
      }
      assert.ok(await card.locator('.qr-card').count());
    });

    test(`a printer is added to the WiFi, blocked, let in again and removed, ${named(way)}`, async (t) => {
      const page = await resident(t, way);
      await page.goto('/wifi');
      const mac = `02:00:00:00:00:0${WAYS.indexOf(way) + 1}`;
      const card = page.locator('section.card').first();
      const form = card.locator('details', { has: page.locator('[name=mac]') });
      await form.locator('summary').click();
      await form.locator('[name=mac]').fill(mac.replaceAll(':', '-'));
      await form.locator('button').click();
      const device = page.locator('.wifi-devices .row', { hasText: mac });
      await device.waitFor();
      await device.locator('form[action$="/block"] button').click();
      await device.locator('.out').waitFor();
      // "Undo" is in the word about what was done.
      await page.locator('[data-toast] button, .toast button').first().click();
      await device.locator('form[action$="/block"]').waitFor();
      assert.equal(await device.locator('.out').count(), 0);
      await device.locator('details.ask summary').click();
      assert.match(await device.locator('details.ask p').innerText(), new RegExp(mac), 'it says what it will do');
      await device.locator('details.ask button').click();
      await device.waitFor({ state: 'detached' });
    });
  }

  for (const scripts of [true, false]) {
    test(`the language is chosen, ${scripts ? 'with' : 'without'} JavaScript`, async (t) => {
      const page = await visitor(t, { scripts });
      await signIn(page, portico.demo.pages.owner);
      for (const [language, title] of [['de', 'Anliegen'], ['en', 'Tickets']]) {
        await page.goto('/me');
        await page.locator('#language').selectOption(language);
        await page.locator('main form:has(#language) button[type=submit]').click();
        await page.locator(`html[lang=${language}]`).waitFor();
        await page.goto('/tickets');
        assert.equal(await page.locator('h1').innerText(), title);
      }
    });
  }

  test('without a network a page says so, and nothing of anybody is kept', async (t) => {
    const page = await resident(t);
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    await page.goto('/tickets');
    const title = await page.locator('h1').innerText();
    await page.context().setOffline(true);
    await page.goto('/tickets');
    assert.notEqual(await page.locator('h1').innerText(), title);
    assert.ok(!(await page.locator('body').innerText()).includes('McRenter'));
    await axe(page);
    const kept = await page.evaluate(async () => {
      const caches = await Promise.all((await window.caches.keys()).map((name) => window.caches.open(name)));
      const requests = await Promise.all(caches.map((cache) => cache.keys()));
      return requests.flat().map((request) => new URL(request.url).pathname);
    });
    assert.ok(kept.length && kept.every((path) => path === '/offline' || path.startsWith('/assets/')), kept.join(' '));
    await page.context().setOffline(false);
    await page.goto('/tickets');
    assert.equal(await page.locator('h1').innerText(), title);
  });

  test('a report by keyboard alone goes through the page as it is read', async (t) => {
    const page = await resident(t, { viewport: 'desk' });
    await page.goto('/report');
    await page.keyboard.press('Tab');
    assert.ok(await focused(page, '.skip'), 'the first stop leads past the navigation');
    await page.keyboard.press('Enter');
    await tabTo(page, 'a.tile', 1);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/report\/\d+/);

    // Every stop of the form in its order, none twice, each seen.
    const wanted = await page.evaluate(() => {
      const all = [...document.querySelectorAll('main form[enctype] :is(input:not([type=hidden]), textarea, select, button)')];
      const radios = new Set();
      const stops = all.filter((it) => it.type !== 'radio' || (!radios.has(it.name) && radios.add(it.name)));
      return stops.filter((it) => !it.disabled && it.checkVisibility()).map((it) => it.id || it.type);
    });
    await tabTo(page, 'main form[enctype] *');
    const met = [];
    const at = () => page.evaluate(() => {
      const it = document.activeElement;
      const box = it.getBoundingClientRect();
      const style = getComputedStyle(it.matches('[type=file]') ? it.parentElement.querySelector('.pick') : it);
      const seen = box.bottom > 0 && box.top < innerHeight && (style.outlineStyle !== 'none' || style.boxShadow !== 'none');
      return { inside: Boolean(it.closest('form[enctype]')), name: it.id || it.type, seen, send: it.matches('form[enctype] [type=submit]') };
    });
    for (let stop = await at(); stop.inside; stop = await at()) {
      // Parts of a date are stops within one field, drawn by the browser.
      if (met.at(-1) !== stop.name) {
        assert.ok(stop.seen, `${stop.name} shows that it has the focus`);
        met.push(stop.name);
      }
      if (stop.send) break;
      if (await focused(page, 'textarea, input[type=text]:not([inputmode])')) await page.keyboard.type('The lamp is out');
      if (await focused(page, 'select')) await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Tab');
    }
    assert.deepEqual(met, wanted);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/tickets\/\d+/);
    assert.match(await page.locator('h1').innerText(), /The lamp is out/);
  });
});
