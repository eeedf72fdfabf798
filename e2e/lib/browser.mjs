// Chromium for the journeys: pages as different people see them, and what must hold on every page.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import axeCore from 'axe-core';
import { chromium } from 'playwright-core';
import { byKeyboard } from './keyboard.mjs';

/** A phone and a desk. */
export const VIEWPORTS = {
  phone: { width: 390, height: 844 },
  desk: { width: 1440, height: 900 },
};
/** What pages are looked at with besides. */
const OTHERS = { laptop: { width: 1180, height: 760 } };

/** The contexts whose pages run no scripts, and their settings. */
const withoutScripts = new WeakMap();

/** Passkeys are for names, so there is one besides the number. */
const OURS = ['127.0.0.1', 'localhost'];
/** The rules that themes and widths matter to. */
const LOOK = ['color-contrast', 'link-in-text-block', 'target-size', 'scrollable-region-focusable'];
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa'];

/**
 * Starts Chromium. Gives `page(t, options)` and `close()`.
 *
 * `page` opens a page with cookies of its own. It closes when the test `t` ends, and the test fails if the page asked
 * for anything that is not on this machine, or if one of its scripts threw an error. Options:
 *
 * - `baseUrl`: what relative addresses are relative to
 * - `viewport`: `'phone'` (390 px) or `'desk'` (1440 px, the default)
 * - `theme`: `'light'` (the default) or `'dark'`
 * - `scripts`: whether JavaScript runs (the default)
 * - `locale`: the language that the browser asks for (`'en-GB'`)
 * - `keyboard`: whether it is used by keyboard alone
 */
export async function openBrowser() {
  const browser = await chromium.launch({
    executablePath: process.env.PORTICO_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-gpu',
      '--disable-quic',
      '--disable-sync',
      '--no-first-run',
      // Blocks what is not ours also where requests cannot be intercepted: redirects, preconnects, web sockets.
      `--host-resolver-rules=MAP * ~NOTFOUND, ${OURS.map((name) => `EXCLUDE ${name}`).join(', ')}`,
    ],
  });

  async function page(t, options = {}) {
    const { baseUrl, viewport = 'desk', theme = 'light', scripts = true, locale = 'en-GB', keyboard = false } = options;
    const settings = {
      baseURL: baseUrl,
      viewport: { ...VIEWPORTS, ...OTHERS }[viewport],
      colorScheme: theme,
      javaScriptEnabled: scripts,
      locale,
      timezoneId: 'Europe/Berlin',
      reducedMotion: 'reduce',
    };
    const context = await browser.newContext(settings);
    if (!scripts) withoutScripts.set(context, settings);
    const problems = [];
    const note = (url) => {
      if (!isOurs(url)) problems.push(`asked for ${url}`);
    };
    context.on('request', (request) => note(request.url()));
    context.on('page', (opened) => opened.on('websocket', (socket) => note(socket.url())));
    context.on('weberror', (error) => problems.push(`a script threw ${error.error()}`));
    t.after(async () => {
      await context.close();
      assert.deepEqual(problems, [], 'the page did what no page may do');
    });
    const opened = await context.newPage();
    return keyboard ? byKeyboard(opened) : opened;
  }

  return { page, close: () => browser.close() };
}

/** Fails if axe finds an offence against WCAG 2.2, levels A and AA, and says what to repair. */
export const axe = (page) => judged(page, { type: 'tag', values: WCAG });

/** The same for what depends on colours and sizes alone. */
export const axeOfLook = (page) => judged(page, { type: 'rule', values: LOOK });

async function judged(page, runOnly) {
  const { violations } = await analyze(page, runOnly);
  const found = violations.map(({ id, impact, help, helpUrl, nodes }) => {
    const places = nodes.map((node) => {
      const repair = node.failureSummary.replaceAll('\n', '\n      ');
      return `    ${node.target.flat().join(' ')}\n      ${node.html}\n      ${repair}`;
    });
    return `  ${id} (${impact}): ${help}\n  ${helpUrl}\n${places.join('\n')}`;
  });
  assert.ok(found.length === 0, `${page.url()} is not accessible:\n${found.join('\n\n')}`);
}

/**
 * axe is a script itself, and on a page without scripts it never ends. Such a page is judged by a twin: what it shows,
 * at the same address, in a browser that runs scripts but finds none.
 */
async function analyze(page, runOnly) {
  const settings = withoutScripts.get(page.context());
  if (!settings) return run(page, runOnly);
  const context = await page.context().browser().newContext({ ...settings, javaScriptEnabled: true });
  try {
    await context.addCookies(await page.context().cookies());
    const twin = await context.newPage();
    const address = page.url().split('#')[0];
    const body = (await page.content()).replace(/<script\b.*?<\/script>|<\/?noscript\b[^>]*>/gs, '');
    await twin.route(address, (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body }));
    await twin.goto(address);
    return await run(twin, runOnly);
  } finally {
    await context.close();
  }
}

/** Runs axe in a page; it is put there once, however often the page is judged. */
async function run(page, runOnly) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeCore.source);
  return page.evaluate((options) => window.axe.run(document, options), { runOnly, resultTypes: ['violations'] });
}

/** Keeps a picture of the whole page as `NAME.png` in the folder `PORTICO_SHOTS`, if that is set. */
export async function shot(page, name) {
  const folder = process.env.PORTICO_SHOTS;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

function isOurs(url) {
  const { protocol, hostname } = new URL(url);
  return OURS.includes(hostname) || ['about:', 'blob:', 'data:'].includes(protocol);
}
