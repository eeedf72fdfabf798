// A working day at the desk: a ticket is found by its words, assigned, noted and answered with the keyboard alone; the
// same without JavaScript; and what must hold on every page.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { axe, openBrowser } from './lib/browser.mjs';
import { DESK, open, signIn } from './lib/pages.mjs';
import { startPortico } from './lib/portico.mjs';

describe('the desk', () => {
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

  const worker = async (t, options) => {
    const page = await browser.page(t, { baseUrl: portico.baseUrl, ...options });
    await signIn(page, portico.demo.pages.admin, '/desk');
    return page;
  };

  for (const viewport of ['phone', 'desk']) {
    for (const theme of ['light', 'dark']) {
      test(`every page is accessible and fits, ${viewport}, ${theme}`, async (t) => {
        const page = await worker(t, { viewport, theme, locale: theme === 'dark' ? 'de-DE' : 'en-GB' });
        for (const [name, way] of Object.entries(DESK)) {
          assert.ok(await open(page, way), `nothing leads to ${name}`);
          await axe(page);
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(wide <= 0, `${name} is ${wide} px too wide`);
        }
      });
    }
  }

  /** Opens a ticket about the first resident there is; answers its address. */
  const opened = async (page, title) => {
    await page.goto('/desk/people?who=tenants&state=living');
    await page.locator('main a.row').first().click();
    await page.locator('.head a[href*="/tickets/new"]').click();
    await page.locator('[name=title]').fill(title);
    await page.locator('main form button[type=submit]').click();
    await page.waitForURL(/\/desk\/tickets\/\d+/);
    return new URL(page.url()).pathname;
  };

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
    assert.equal(await page.evaluate(() => document.activeElement.id), 'assignee');
    await keyboard.press('ArrowDown');
    const chosen = await page.locator('#assignee').inputValue();
    assert.notEqual(chosen, 'nobody');
    await keyboard.press('Tab');
    await keyboard.press('Enter');
    await page.locator('.toast').waitFor();
    assert.equal(await page.locator('#assignee').inputValue(), chosen);

    await keyboard.press('c');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'text');
    await keyboard.type('It stops at ten.');
    for (let i = 0; i < 12; i += 1) {
      await keyboard.press('Tab');
      if (await page.evaluate(() => document.activeElement.matches('.answer button[type=submit]'))) break;
    }
    await keyboard.press('Enter');
    await page.locator('.said', { hasText: 'It stops at ten.' }).waitFor();

    await keyboard.press('s');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'status');
    await page.locator('h1').click();
    await keyboard.press('?');
    await page.locator('dialog[open]').waitFor();
    await axe(page);
    await keyboard.press('Escape');
    await page.locator('dialog[open]').waitFor({ state: 'hidden' });
  });

  test('a note is unlike an answer, and the resident does not see it', async (t) => {
    const page = await worker(t, { scripts: false });
    const address = await opened(page, 'Pigeons on the roof');
    await page.locator('#to-staff').check({ force: true });
    await page.locator('#text').fill('The roofer knows them.');
    await page.locator('.answer button[type=submit]').click();
    const note = page.locator('.said.internal', { hasText: 'The roofer knows them.' });
    await note.waitFor();
    assert.equal(new URL(page.url()).pathname, address);
    assert.ok(await note.getByText('Internal').count());
    await axe(page);
  });

  test('several at once, undone', async (t) => {
    const page = await worker(t);
    await opened(page, 'Bulk one');
    await opened(page, 'Bulk two');
    await page.goto('/desk/tickets?sort=new');
    for (const title of ['Bulk one', 'Bulk two']) {
      await page.locator('.work-rows li', { hasText: title }).locator('input[type=checkbox]').check();
    }
    await page.locator('#many-status').selectOption('waiting');
    await page.locator('.many button').click();
    await page.locator('.toast').waitFor();
    const waiting = () => page.locator('.work-rows li', { hasText: 'Bulk' }).locator('.badge.waiting').count();
    assert.equal(await waiting(), 2);
    await page.locator('.toast button').click();
    await page.goto('/desk/tickets?sort=new');
    assert.equal(await waiting(), 0);
  });

  test('a quiet bar tells that somebody wrote', async (t) => {
    const [mine, theirs] = [await worker(t), await worker(t)];
    const address = await opened(mine, 'Who is at the door');
    await theirs.goto(address);
    await theirs.locator('#to-staff').check({ force: true });
    await theirs.locator('#text').fill('It was me.');
    await theirs.locator('.answer button[type=submit]').click();
    await theirs.locator('.said', { hasText: 'It was me.' }).waitFor();
    // Coming back to the page asks at once.
    await mine.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await mine.locator('.live').waitFor();
    await mine.locator('.live').click();
    await mine.locator('.said', { hasText: 'It was me.' }).waitFor();
  });
});
