import { openBrowser, VIEWPORTS } from './lib/browser.mjs';
import { DESK, open, signIn } from './lib/pages.mjs';
import { startPortico } from './lib/portico.mjs';
const folder='/tmp/work-desk/shots'; const ends=[]; const t={after:(e)=>ends.push(e)};
const portico=await startPortico(); const browser=await openBrowser();
const combos=(process.env.COMBOS??'desk-light phone-light desk-dark').split(' ');
try { for (const c of combos) { const [viewport,theme]=c.split('-');
 const page=await browser.page(t,{baseUrl:portico.baseUrl,viewport,theme,locale:theme==='dark'?'de-DE':'en-GB'});
 page.on('response',r=>{ if(r.status()>=400) console.log(r.status(),r.url()); });
 await signIn(page,portico.demo.pages.admin,'/desk');
 for (const [name,way] of Object.entries(DESK)) { if(process.argv.length>2&&!process.argv.includes(name)) continue;
  try { if(!(await open(page,way))) {console.log('no way',name);continue;}
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth); if(wide>0) console.log(name,c,'wide',wide);
  await page.screenshot({path:`${folder}/${name}-${c}.png`,fullPage:false}); } catch(e){console.log(name,c,String(e).slice(0,200));} } } }
finally { for(const e of ends) await e().catch?.(()=>{}); await browser.close(); await portico.stop(); }
