// Pictures of every page, on a phone and a desk, light and dark: `cargo xtask shots`, or with the names of some pages.
// With the name `readme`: the pictures of the README, into `docs/images`.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VIEWPORTS, openBrowser } from './lib/browser.mjs';
import { DESK, FRONT, PORTAL, open, signIn } from './lib/pages.mjs';
import { startPortico } from './lib/portico.mjs';

const folder = process.env.PORTICO_SHOTS ?? 'shots';
const wanted = process.argv.slice(2);
const chosen = (pages) => Object.entries(pages).filter(([name]) => wanted.length === 0 || wanted.includes(name));
/** `t` of a test, as far as pages need it. */
const ends = [];
const t = { after: (end) => ends.push(end) };

const portico = await startPortico();
const browser = await openBrowser();
const { tenant, admin } = portico.demo.pages;

async function everyPage() {
  await mkdir(folder, { recursive: true });
  for (const viewport of Object.keys(VIEWPORTS)) {
    for (const theme of ['light', 'dark']) {
      const locale = theme === 'dark' ? 'de-DE' : 'en-GB';
      const visit = async (pages, who) => {
        if (chosen(pages).length === 0) return;
        const page = await browser.page(t, { baseUrl: portico.baseUrl, viewport, theme, locale });
        if (who) await signIn(page, who);
        for (const [name, way] of chosen(pages)) {
          await open(page, way, portico.demo);
          const path = join(folder, `${name}-${viewport}-${theme}.png`);
          await page.screenshot({ path, fullPage: true });
          console.log(path);
        }
      };
      await visit(FRONT);
      await visit(PORTAL, tenant);
      await visit({ ...DESK, parts: '/desk/settings/parts' }, admin);
    }
  }
}

/** What the README shows: the portal on a phone, the desk. */
async function readme() {
  const images = fileURLToPath(new URL('../docs/images/', import.meta.url));
  for (const [name, viewport, who, way] of [
    ['portal', 'phone', tenant, PORTAL.home],
    ['desk', 'laptop', admin, DESK.dashboard],
  ]) {
    const page = await browser.page(t, { baseUrl: portico.baseUrl, viewport });
    await signIn(page, who);
    await open(page, way, portico.demo);
    await page.screenshot({ path: join(images, `${name}.png`) });
  }
}

try {
  await (wanted.includes('readme') ? readme() : everyPage());
} finally {
  for (const end of ends) await end();
  await browser.close();
  await portico.stop();
}
