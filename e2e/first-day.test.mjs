// The first day of a new organization, without any demonstration data: what an operator types, what an admin finds, and how
// the first property, unit and resident come about, and the first report.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { VIEWPORTS, axe, axeOfLook, openBrowser } from './lib/browser.mjs';
import { DESK, signIn } from './lib/pages.mjs';
import { startPortico } from './lib/portico.mjs';

const EMAIL = 'ada@harbour.example';
const RESIDENT = 'noa@mail.example';
const PASSWORD = 'correct-horse-9';

/** What the README tells operators to type. */
function prepare(run) {
  run('organization', 'create', 'Harbour Housing', '--country', 'US', '--currency', 'USD', '--time-zone', 'America/New_York');
  run('person', 'create', '--first', 'Ada', '--last', 'Moreno', '--email', EMAIL, '--role', 'admin');
  const password = run('login', 'set-password', EMAIL, '--generate').trim().split('\n').pop();
  return { admin: { email: EMAIL, password } };
}

describe('the first day', () => {
  let portico;
  let browser;
  before(async () => {
    [portico, browser] = await Promise.all([startPortico(prepare), openBrowser()]);
  });
  after(async () => {
    await browser?.close();
    await portico?.stop();
  });

  const visitor = (t, options) => browser.page(t, { baseUrl: portico.baseUrl, ...options });

  test('every page that needs nothing says so, is accessible and fits', async (t) => {
    const page = await visitor(t, { viewport: 'phone' });
    await signIn(page, portico.demo.admin, '/desk');
    const problems = [];
    for (const way of Object.values(DESK)) {
      // Where a page is about something, there is nothing yet.
      if (typeof way !== 'string' || way.includes('property=')) continue;
      const answer = await page.goto(way);
      if (answer.status() !== 200) problems.push(`${way} answers ${answer.status()}`);
      for (const size of Object.values(VIEWPORTS)) {
        await page.setViewportSize(size);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (wide > 0) problems.push(`${way} is ${wide} px too wide for ${size.width} px`);
        const judge = size === VIEWPORTS.phone ? axe : axeOfLook;
        await judge(page).catch((error) => problems.push(`${way}: ${error.message}`));
      }
    }
    assert.deepEqual(problems, []);
  });

  test('from nothing to the first report of the first resident', async (t) => {
    const page = await visitor(t);
    const send = () => page.locator('main form button[type=submit]').first().click();
    const next = async () => {
      await page.goto('/desk');
      await page.locator('.first a.tile:not(.done)').first().click();
    };
    await signIn(page, portico.demo.admin, '/desk');
    assert.equal(await page.locator('.first a.tile.done').count(), 0);

    await next();
    await page.locator('#name').fill('Harbour View');
    await page.locator('#street').fill('1 Dock Street');
    await page.locator('#postal').fill('02110');
    await page.locator('#city').fill('Boston');
    await send();
    await page.waitForURL(/\/desk\/properties\/\d+$/);

    await next();
    await page.locator('#number').fill('1A');
    await page.locator('#area').fill('65.5');
    await send();
    await page.waitForURL(/\/desk\/units\/\d+$/);
    assert.match(await page.locator('main').innerText(), /65\.5\sm²/);

    await next();
    // There is one property, so nobody is asked which.
    await page.locator('main a.row', { hasText: '1A' }).click();
    await page.locator('main a.row.with-icon').last().click();
    await page.locator('#first_name').fill('Noa');
    await page.locator('#last_name').fill('Berg');
    await page.locator('#email').fill(RESIDENT);
    await page.locator('#rent').fill('1,250');
    await send();
    await page.locator('.promises', { hasText: RESIDENT }).waitFor();
    await page.locator('button[value=done]').click();
    await page.waitForURL(/\/desk\/ledgers\/\d+$/);
    await page.goto('/desk');
    assert.equal(await page.locator('.first').count(), 0, 'whoever has a resident has begun');

    const mail = portico.run('mail', 'list').split('\n').find((line) => line.includes(RESIDENT) && /invit/i.test(line));
    const link = portico.run('mail', 'show', mail.split('\t')[0]).match(/https?:\/\/\S*(\/app\/register\?invite_token=\w+)/)[1];
    const noa = await visitor(t, { viewport: 'phone' });
    await noa.goto(link);
    await noa.locator('#password').fill(PASSWORD);
    await noa.locator('#repeat').fill(PASSWORD);
    await noa.locator('button[type=submit]').click();
    await noa.waitForURL(/\/home$/);
    await axe(noa);
    for (const path of ['/tickets', '/news', '/calendar', '/documents', '/help', '/wifi', '/money', '/notifications', '/me/household']) {
      assert.equal((await noa.goto(path)).status(), 200, path);
      await axe(noa);
    }
    await noa.goto('/report');
    await noa.locator('a.tile').first().click();
    const form = noa.locator('form[enctype]');
    await form.locator('input[type=text]').first().fill('The tap drips');
    for (const text of await form.locator('textarea').all()) await text.fill('Since yesterday.');
    for (const select of await form.locator('select[required]').all()) await select.selectOption({ index: 1 });
    await form.locator('button[type=submit]').last().click();
    await noa.waitForURL(/\/tickets\/\d+/);

    await page.goto('/desk');
    await page.locator('main a.row', { hasText: 'Noa Berg' }).first().click();
    assert.match(await page.locator('main').innerText(), /The tap drips/);
  });
});
