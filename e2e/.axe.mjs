import { readFileSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { openBrowser } from './lib/browser.mjs';
import { DESK, open, signIn } from './lib/pages.mjs';
import { startPortico } from './lib/portico.mjs';
const css=readFileSync('../crates/doors/ui/assets/portico.css','utf8');
const ends=[]; const t={after:(e)=>ends.push(e)};
const portico=await startPortico(); const browser=await openBrowser();
try { for (const c of (process.env.COMBOS??'phone-light desk-dark').split(' ')) { const [viewport,theme]=c.split('-');
 const page=await browser.page(t,{baseUrl:portico.baseUrl,viewport,theme,locale:theme==='dark'?'de-DE':'en-GB'});
 await page.route('**/*.css',(r)=>r.request().url().includes('accent')?r.continue():r.fulfill({contentType:'text/css',body:css}));
 await signIn(page,portico.demo.pages.admin,'/desk');
 for (const [name,way] of Object.entries(DESK)) { await open(page,way);
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22a','wcag22aa']).analyze();
  for (const v of violations) console.log(c,name,v.id,v.nodes.slice(0,3).map(n=>n.target.join(' ')+' :: '+n.html.slice(0,110)).join(' | '));
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth); if(wide>0) console.log(name,c,'wide',wide);
  if (process.env.SHOTS) await page.screenshot({path:`/tmp/work-desk/shots/${name}-${c}.png`}); } } }
finally { for(const e of ends) await Promise.resolve(e()).catch(()=>{}); await browser.close(); await portico.stop(); }
