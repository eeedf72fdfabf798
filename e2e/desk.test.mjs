// A working day at the desk, in two languages, with and without JavaScript: tickets are found, assigned, noted and
// answered, also with the keyboard alone; somebody moves in, pays and moves out; news are published; lists come in.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { axe, openBrowser } from './lib/browser.mjs';
import { WAYS, focused, named, signIn, tabTo } from './lib/pages.mjs';
import { startPortico } from './lib/portico.mjs';

const german = ({ locale }) => locale.startsWith('de');

describe('the desk', { concurrency: 2 }, () => {
  let portico;
  let browser;
  before(async () => {
    [portico, browser] = await Promise.all([startPortico(), openBrowser()]);
  });
  after(async () => {
    await browser?.close();
    await portico?.stop();
  });

  const worker = async (t, options) => {
    const page = await browser.page(t, { baseUrl: portico.baseUrl, ...options });
    await signIn(page, portico.demo.pages.admin, '/desk');
    return page;
  };
  const path = (page) => new URL(page.url()).pathname;

  /** Opens a ticket about the first resident there is; answers its address. */
  const opened = async (page, title) => {
    await page.goto('/desk/people?who=tenants&state=living');
    await page.locator('main a.row').first().click();
    await page.locator('.head a[href*="/tickets/new"]').click();
    await page.locator('[name=title]').fill(title);
    await page.locator('main form button[type=submit]').click();
    await page.waitForURL(/\/desk\/tickets\/\d+/);
    return path(page);
  };
  /** Writes under a ticket, to all or to the staff alone. */
  const write = async (page, text, to = 'all') => {
    await page.locator(`[name=to][value=${to}]`).check({ force: true });
    await page.locator('#text').fill(text);
    await page.locator('.answer button[type=submit]').click();
    await page.locator('.said', { hasText: text }).waitFor();
  };

  for (const way of WAYS) {
    test(`a ticket is found, assigned, noted and answered, ${named(way)}`, async (t) => {
      const page = await worker(t, way);
      const title = `Pigeons ${named(way).replaceAll(/\W+/g, '')}`;
      const address = await opened(page, title);
      await page.goto('/desk');
      await page.locator('#q').fill(title);
      await page.locator('#q').press('Enter');
      await page.locator('main a.row', { hasText: title }).click();
      await page.waitForURL((url) => url.pathname === address);
      await page.locator('#assignee').selectOption({ index: 1 });
      const chosen = await page.locator('#assignee').inputValue();
      await page.locator('.work-form button[type=submit]').click();
      await page.locator('.toast').waitFor();
      assert.equal(await page.locator('#assignee').inputValue(), chosen);

      await write(page, 'The roofer knows them.', 'staff');
      const note = page.locator('.said.internal', { hasText: 'The roofer knows them.' });
      assert.match(await note.innerText(), german(way) ? /Intern/ : /Internal/);
      await write(page, 'He comes on Friday.');
      assert.equal(await page.locator('.said.internal', { hasText: 'He comes on Friday.' }).count(), 0);
      await axe(page);
    });

    test(`somebody moves in, is charged, pays and moves out, ${named(way)}`, async (t) => {
      const page = await worker(t, way);
      const sum = (english, other) => (german(way) ? other : english);
      const number = `J-${named(way).replaceAll(/\W+/g, '')}`.slice(0, 20);
      const send = () => page.locator('main form button[type=submit]').first().click();
      await page.goto('/desk/properties');
      await page.locator('main a.row').first().click();
      await page.waitForURL(/\/desk\/properties\/\d+$/);
      const house = path(page).split('/').pop();
      await page.goto(`/desk/properties/${house}/units/new`);
      await page.locator('#number').fill(number);
      await send();
      await page.waitForURL(/\/desk\/units\/\d+/);

      await page.goto(`/desk/moves/in?property=${house}`);
      await page.locator('main a.row', { hasText: number }).click();
      await page.locator('main a.row.with-icon').last().click();
      await page.locator('#first_name').fill('Ida');
      await page.locator('#last_name').fill(`Neumann ${number}`);
      await page.locator('#rent').fill(sum('1,250.50', '1.250,50'));
      await send();
      await page.locator('.promises').waitFor();
      await axe(page);
      await page.locator('button[value=done]').click();
      await page.waitForURL(/\/desk\/ledgers\/\d+$/);
      const ledger = path(page);
      const total = () => page.locator('.stack .sum').first().innerText();

      const before = await total();
      await page.locator('a[href$="/charge"]').click();
      await page.locator('#amount').fill('a lot');
      await page.locator('#text').fill('Second key');
      await send();
      await page.locator('#amount-fault').waitFor();
      await axe(page);
      await page.locator('#amount').fill(sum('25.00', '25,00'));
      await send();
      await page.waitForURL((url) => url.pathname === ledger);
      await page.locator('tbody', { hasText: 'Second key' }).waitFor();
      assert.notEqual(await total(), before);
      await page.locator('a[href$="/payment"]').click();
      await page.locator('[name=means]').first().check();
      await send();
      await page.waitForURL((url) => url.pathname === ledger);
      assert.match(await total(), /\b0[.,]00/, 'what is owed is offered, and pays for all');

      await page.locator('a[href^="/desk/moves/out"]').click();
      await page.waitForURL(/\/desk\/moves\/out/);
      await axe(page);
      await send();
      await page.waitForURL((url) => url.pathname === ledger);
      await page.locator('.toast').waitFor();
      assert.equal(await page.locator('a[href^="/desk/moves/out"]').count(), 0, 'nobody moves out twice');
    });

    test(`news are published for an audience, ${named(way)}`, async (t) => {
      const page = await worker(t, way);
      const title = `Lift, ${named(way)}`;
      await page.goto(`/desk/community/news/new?property=${portico.demo.casavi.community_id}`);
      await page.locator('#title').fill(title);
      await page.locator('#text').fill('It runs again.');
      await page.locator('[name=audience][value=owners]').check();
      await page.locator('main form button[type=submit]').first().click();
      const row = page.locator('a.row', { hasText: title });
      await row.waitFor();
      const id = (await row.getAttribute('href')).split('/').pop();

      const reader = await browser.page(t, { baseUrl: portico.baseUrl, viewport: 'phone', ...way });
      await signIn(reader, portico.demo.pages.tenant);
      assert.equal((await reader.goto(`/news/${id}`)).status(), 404, 'not for tenants');
      await row.click();
      await page.locator('[name=audience][value=everyone]').check();
      await page.locator('main form button[type=submit]').first().click();
      await page.locator('.toast').waitFor();
      assert.equal((await reader.goto(`/news/${id}`)).status(), 200);
      assert.equal(await reader.locator('h1').innerText(), title);
    });
  }

  for (const way of WAYS) {
    test(`a list of 200 tenants with three bad rows is taken, mended and taken back, ${named(way)}`, async (t) => {
      const page = await worker(t, way);
      await page.goto('/desk/properties');
      const house = (await page.locator('main a.row .title').first().innerText()).trim();
      const prefix = `list-${WAYS.indexOf(way)}`;
      const numbers = Array.from({ length: 200 }, (_, i) => `${prefix}-${i}`);
      const csv = (lines) => ({ name: 'list.csv', mimeType: 'text/csv', buffer: Buffer.from(lines.join('\n')) });
      const finished = async () => {
        await page.waitForURL(/\/desk\/import\/\d+$/);
        // The page asks for itself again until all is done.
        await page.locator('.figures').waitFor({ timeout: 60_000 });
      };
      const figures = async () => (await page.locator('.figures .sum').allInnerTexts()).map(Number);
      const send = async (kind, lines) => {
        await page.goto('/desk/import');
        await page.locator(`[name=kind][value=${kind}]`).check();
        await page.locator('#file').setInputFiles(csv(lines));
        await page.locator('main form button[type=submit]').click();
        await finished();
      };
      const go = async (end) => {
        await page.locator(`form[action$="/${end}"] button`).click();
        await page.locator(`form[action$="/${end}"]`).waitFor({ state: 'detached' });
        await finished();
      };
      await send('units', ['property,number', ...numbers.map((n) => `${house},${n}`)]);
      await go('take');
      assert.deepEqual(await figures(), [200, 0, 0, 0]);

      const [head, join] = german(way)
        ? ['Vorname;Nachname;E-Mail;Objekt;Wohnung;Mietbeginn;Miete', (cells) => cells.join(';')]
        : ['first name,last name,email,property,unit,start,rent', (cells) => cells.join(',')];
      const day = german(way) ? '01.11.2026' : '2026-11-01';
      const rent = german(way) ? '950,00' : '950.00';
      const rows = numbers.map((n, i) => [`First${i}`, 'Lister', `${prefix}${i}@list.example`, house, n, day, rent]);
      const bad = structuredClone(rows);
      bad[10][4] = 'no such unit';
      bad[20][5] = 'soon';
      bad[30][2] = 'not an address';
      await send('tenants', [head, ...bad.map(join)]);
      assert.deepEqual((await figures()).at(-1), 3);
      const faults = page.locator('tbody tr');
      assert.equal(await faults.count(), 3);
      assert.deepEqual(await faults.locator('td:first-child').allInnerTexts(), ['12', '22', '32'], 'the lines of the file');
      await axe(page);
      await go('take');
      assert.deepEqual(await figures(), [197, 0, 0, 3]);
      const first = page.url();

      await send('tenants', [head, ...rows.map(join)]);
      assert.deepEqual(await figures(), [3, 0, 197, 0], 'what is there already is left alone');
      await go('take');
      await go('undo');
      await page.goto(first);
      await go('undo');
      await page.goto(`/desk/people?q=lister`);
      assert.equal(await page.locator('main a.row', { hasText: `${prefix}1@list.example` }).count(), 0);
    });
  }

  test('found, assigned, noted and answered by keyboard alone', async (t) => {
    const page = await worker(t);
    const address = await opened(page, 'Xylophone in the stairwell');
    await page.goto('/desk');
    const { keyboard } = page;
    await keyboard.press('/');
    await keyboard.type('xyloph');
    await keyboard.press('Enter');
    await page.waitForURL(/\/search/);
    await keyboard.press('j');
    await keyboard.press('Enter');
    await page.waitForURL((url) => url.pathname === address);

    await keyboard.press('a');
    assert.ok(await focused(page, '#assignee'));
    await keyboard.press('ArrowDown');
    const chosen = await page.locator('#assignee').inputValue();
    assert.notEqual(chosen, 'nobody');
    await keyboard.press('Tab');
    await keyboard.press('Enter');
    await page.locator('.toast').waitFor();
    assert.equal(await page.locator('#assignee').inputValue(), chosen);

    await keyboard.press('c');
    assert.ok(await focused(page, '#text'));
    await keyboard.type('It stops at ten.');
    await tabTo(page, '.answer button[type=submit]', 12);
    await keyboard.press('Enter');
    await page.locator('.said', { hasText: 'It stops at ten.' }).waitFor();

    await keyboard.press('s');
    assert.ok(await focused(page, '#status'));
    await page.locator('h1').click();
    await keyboard.press('?');
    await page.locator('dialog[open]').waitFor();
    await axe(page);
    await keyboard.press('Escape');
    await page.locator('dialog[open]').waitFor({ state: 'hidden' });
  });

  test('j and k move through every list of the desk', async (t) => {
    const page = await worker(t);
    for (const list of ['/desk', '/desk/tickets', '/desk/people', '/desk/properties', '/desk/money/ledgers', '/search?q=a']) {
      await page.goto(list);
      const rows = page.locator('[data-rows] a.row, [data-rows] th a');
      const at = () => page.evaluate(() => document.activeElement.getAttribute('href'));
      await page.keyboard.press('j');
      assert.equal(await at(), await rows.nth(0).getAttribute('href'), list);
      await page.keyboard.press('j');
      assert.equal(await at(), await rows.nth(1).getAttribute('href'), list);
      await page.keyboard.press('k');
      assert.equal(await at(), await rows.nth(0).getAttribute('href'), list);
    }
  });

  test('several at once, undone', async (t) => {
    const page = await worker(t);
    await opened(page, 'Bulk one');
    await opened(page, 'Bulk two');
    await page.goto('/desk/tickets?sort=new&q=bulk');
    for (const title of ['Bulk one', 'Bulk two']) {
      await page.locator('.work-rows li', { hasText: title }).locator('input[type=checkbox]').check();
    }
    await page.locator('#many-status').selectOption('waiting');
    await page.locator('.many button').click();
    await page.locator('.toast').waitFor();
    const waiting = () => page.locator('.work-rows li', { hasText: 'Bulk' }).locator('.badge.waiting').count();
    assert.equal(await waiting(), 2);
    await page.locator('.toast button').click();
    await page.goto('/desk/tickets?sort=new&q=bulk');
    assert.equal(await waiting(), 0);
  });

  test('a quiet bar tells that somebody wrote', async (t) => {
    const [mine, theirs] = [await worker(t), await worker(t)];
    const address = await opened(mine, 'Who is at the door');
    await theirs.goto(address);
    await write(theirs, 'It was me.', 'staff');
    assert.ok(!(await mine.locator('.live').isVisible()));
    // Coming back to the page asks at once.
    await mine.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await mine.locator('.live').waitFor();
    await axe(mine);
    await mine.locator('.live').click();
    await mine.locator('.said', { hasText: 'It was me.' }).waitFor();
  });
});
