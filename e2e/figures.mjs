// What pages weigh and how soon they are seen, on a slow phone: `cargo xtask figures`. Prints the table of
// docs/develop/bench.md and fails when a figure is not as wanted.

import { openBrowser } from './lib/browser.mjs';
import { DESK, PORTAL, signIn } from './lib/pages.mjs';
import { startPortico } from './lib/portico.mjs';

/** "Slow 4G" as Lighthouse has it, and a processor four times as slow. */
const SLOW_4G = { offline: false, latency: 150, downloadThroughput: 1_638_400 / 8, uploadThroughput: 768_000 / 8 };
const SLOWER = 4;
/** How often a page is opened; the median counts. */
const TIMES = 5;
const KIB = 1024;

const ends = [];
const t = { after: (end) => ends.push(end) };
const portico = await startPortico();
const browser = await openBrowser();
let failed = 0;

const row = (what, measured, wanted, good) => {
  if (!good) failed += 1;
  console.log(`| ${what} | ${measured} | ${wanted} | ${good ? '✓' : '✗'} |`);
};
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** Somebody who is signed in and looks at a page for the first time: nothing is cached. */
async function visitor(who, viewport) {
  const page = await browser.page(t, { baseUrl: portico.baseUrl, viewport });
  await signIn(page, portico.demo.pages[who], who === 'admin' ? '/desk' : '/home');
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Network.enable');
  return { page, cdp };
}

/** The bytes that a first view takes on the wire, and what is wrong with how they are sent. */
async function weight({ page, cdp }, address) {
  let bytes = 0;
  const wrong = [];
  const answered = ({ response: { url, headers, mimeType } }) => {
    const header = (name) => Object.entries(headers).find(([n]) => n.toLowerCase() === name)?.[1] ?? '';
    const long = Number(header('content-length') || KIB) >= KIB;
    if (/text|javascript|json|svg/.test(mimeType) && long && header('content-encoding') !== 'gzip') wrong.push(`${url} is not compressed`);
    if (url.includes('/assets/') && !header('cache-control').includes('immutable')) wrong.push(`${url} is not kept`);
  };
  const loaded = ({ encodedDataLength }) => { bytes += encodedDataLength; };
  cdp.on('Network.responseReceived', answered);
  cdp.on('Network.loadingFinished', loaded);
  await cdp.send('Network.setCacheDisabled', { cacheDisabled: true });
  await page.goto(address, { waitUntil: 'networkidle' });
  cdp.off('Network.responseReceived', answered);
  cdp.off('Network.loadingFinished', loaded);
  return { bytes, wrong };
}

/** The largest paint in seconds and the layout shift of one view. */
async function view({ page, cdp }, address) {
  await cdp.send('Network.clearBrowserCache');
  await page.goto(address, { waitUntil: 'networkidle' });
  return page.evaluate(() => new Promise((resolve) => {
    const seen = { paint: 0, shift: 0 };
    new PerformanceObserver((list) => list.getEntries().forEach((e) => { seen.paint = e.startTime / 1000; }))
      .observe({ type: 'largest-contentful-paint', buffered: true });
    new PerformanceObserver((list) => list.getEntries().forEach((e) => { seen.shift += e.value; }))
      .observe({ type: 'layout-shift', buffered: true });
    // Buffered entries come before the next frame but one.
    requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(() => resolve(seen))));
  }));
}

try {
  console.log('| what | measured | wanted | |\n|---|---|---|---|');
  for (const [name, who, viewport, address, most] of [
    ['resident home', 'tenant', 'phone', PORTAL.home, 150],
    ['report form list', 'tenant', 'phone', PORTAL.report, 150],
    ['desk', 'admin', 'desk', DESK.dashboard, 250],
    ['desk, tickets', 'admin', 'desk', DESK['desk-tickets'], 250],
  ]) {
    const { bytes, wrong } = await weight(await visitor(who, viewport), address);
    row(`first view of ${name}`, `${(bytes / KIB).toFixed(1)} KiB`, `≤ ${most} KiB`, bytes <= most * KIB);
    row(`compressed and kept, ${name}`, wrong.join(', ') || 'yes', 'yes', wrong.length === 0);
  }
  for (const [name, who, viewport, address] of [
    ['resident home', 'tenant', 'phone', PORTAL.home],
    ['desk', 'admin', 'desk', DESK.dashboard],
  ]) {
    const guest = await visitor(who, viewport);
    await guest.cdp.send('Network.emulateNetworkConditions', SLOW_4G);
    await guest.cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
    const views = [];
    for (let i = 0; i < TIMES; i += 1) views.push(await view(guest, address));
    const [paint, shift] = [median(views.map((v) => v.paint)), Math.max(...views.map((v) => v.shift))];
    row(`${name}: largest paint, slow 4G, ${SLOWER}× CPU`, `${paint.toFixed(2)} s`, '≤ 2.0 s', paint > 0 && paint <= 2);
    row(`${name}: layout shift`, shift.toFixed(3), '≤ 0.02', shift <= 0.02);
  }
} finally {
  for (const end of ends) await end();
  await browser.close();
  await portico.stop();
}
process.exit(failed ? 1 : 0);
