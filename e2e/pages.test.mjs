// What must hold on every page: axe finds nothing (WCAG 2.2, A and AA), in both themes and on phone and desk, nothing is
// wider than the window down to 320 px, and German fits where English does.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { VIEWPORTS, axe, axeOfLook, openBrowser } from './lib/browser.mjs';
import { DESK, FRONT, PORTAL, open, signIn } from './lib/pages.mjs';
import { startPortico } from './lib/portico.mjs';

/** The narrowest window that pages reflow to (WCAG 1.4.10). */
const NARROWEST = { width: 320, height: 640 };

describe('every page', { concurrency: 2 }, () => {
  let portico;
  let browser;
  before(async () => {
    [portico, browser] = await Promise.all([startPortico(), openBrowser()]);
  });
  after(async () => {
    await browser?.close();
    await portico?.stop();
  });

  /** Opens each page once, and looks at it in each of these sizes. */
  const walk = async (t, pages, who, locale, look) => {
    const page = await browser.page(t, { baseUrl: portico.baseUrl, viewport: 'phone', locale });
    if (who) await signIn(page, portico.demo.pages[who], who === 'admin' ? '/desk' : '/home');
    const problems = [];
    for (const [name, way] of Object.entries(pages)) {
      const status = await open(page, way, portico.demo);
      assert.ok(status < 500, `${name} answers ${status}`);
      for (const size of [NARROWEST, ...Object.values(VIEWPORTS)]) {
        await page.setViewportSize(size);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (wide > 0) problems.push(`${name} is ${wide} px too wide for ${size.width} px`);
        await look?.(page, size).catch((error) => problems.push(`${name} at ${size.width} px: ${error.message}`));
      }
    }
    assert.equal(problems.length, 0, problems.join('\n'));
  };

  /** All rules once, on a phone; what depends on theme and width in the three other ways. */
  const accessible = async (page, size) => {
    if (size === NARROWEST) return;
    await page.emulateMedia({ colorScheme: 'light' });
    await (size === VIEWPORTS.phone ? axe(page) : axeOfLook(page));
    await page.emulateMedia({ colorScheme: 'dark' });
    await axeOfLook(page);
  };

  for (const [room, pages, who] of [
    ['front door', FRONT],
    ['portal', PORTAL, 'tenant'],
    ['desk', DESK, 'admin'],
  ]) {
    test(`of the ${room} is accessible and fits`, (t) => walk(t, pages, who, 'en-GB', accessible));
    test(`of the ${room} fits in German`, (t) => walk(t, pages, who, 'de-DE'));
  }
});
