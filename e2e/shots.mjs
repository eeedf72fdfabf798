// Pictures of every page, on a phone and a desk, light and dark: `cargo xtask shots`, or with the names of some pages.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { VIEWPORTS, openBrowser } from './lib/browser.mjs';
import { DESK, FRONT, PORTAL, PUBLISH, open, signIn } from './lib/pages.mjs';
import { startPortico } from './lib/portico.mjs';

const folder = process.env.PORTICO_SHOTS ?? 'shots';
const wanted = process.argv.slice(2);
const chosen = (pages) => Object.entries(pages).filter(([name]) => wanted.length === 0 || wanted.includes(name));
/** `t` of a test, as far as pages need it. */
const ends = [];
const t = { after: (end) => ends.push(end) };

const portico = await startPortico();
const browser = await openBrowser();
try {
  await mkdir(folder, { recursive: true });
  for (const viewport of Object.keys(VIEWPORTS)) {
    for (const theme of ['light', 'dark']) {
      const locale = theme === 'dark' ? 'de-DE' : 'en-GB';
      const shoot = async (page, name) => {
        const path = join(folder, `${name}-${viewport}-${theme}.png`);
        await page.screenshot({ path, fullPage: viewport === 'desk' || name.startsWith('full') });
        console.log(path);
      };
      const visit = async (pages, who) => {
        const page = await browser.page(t, { baseUrl: portico.baseUrl, viewport, theme, locale });
        if (who) await signIn(page, who);
        for (const [name, way] of chosen(pages)) {
          if (await open(page, way)) await shoot(page, name);
          else console.log(`nothing leads to ${name}`);
        }
      };
      await visit(FRONT);
      await visit(PORTAL, portico.demo.pages.tenant);
      await visit({ ...DESK, ...PUBLISH, parts: '/desk/settings/parts' }, portico.demo.pages.admin);
    }
  }
} finally {
  for (const end of ends) await end();
  await browser.close();
  await portico.stop();
}
