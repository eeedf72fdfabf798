// What several journeys do on the pages, and where the pages are.

/** Signs somebody in; `next` is where they wanted to go. */
export async function signIn(page, { email, password }, next = '/home') {
  await page.goto(`/app/login?next=${encodeURIComponent(next)}`);
  await page.locator('[name=username]').fill(email);
  await page.locator('[name=password]').fill(password);
  await page.locator('[data-testid=login-in]').click();
  await page.waitForURL((url) => !url.pathname.includes('login'));
}

/** The pages that nobody needs to sign in for, by name. */
export const FRONT = {
  welcome: '/',
  login: '/app/login',
  forgot: '/forgot',
  'forgot-sent': '/forgot/sent',
  'sign-out': '/app/sign-out',
  'signed-out': '/app/signed-out',
  missing: '/nothing-here',
};

/** The pages of a resident, by name; the first link on a page that matches leads on to the next. */
export const PORTAL = {
  home: '/home',
  report: '/report',
  'report-form': ['/report', 'a.tile'],
  tickets: '/tickets',
  ticket: ['/tickets', 'main a.row'],
  'ticket-closed': ['/tickets', 'section:last-of-type a.row'],
  news: '/news',
  post: ['/news', 'article h2 a'],
  calendar: '/calendar',
  documents: '/documents',
  'community-documents': '/app/c/1/info/documents',
  help: '/help',
  'help-search': '/help?q=water',
  money: '/money',
  ledger: ['/money', 'main article a, main section a'],
  invoice: ['/money', 'main section a', 'a.row'],
  me: '/me',
  household: '/me/household',
  mails: '/me/notifications',
  security: '/me/security',
  data: '/me/data',
  notifications: '/notifications',
};

/** Opens a page of a map by its way; answers whether all links of the way were there. */
export async function open(page, way) {
  const [start, ...links] = [way].flat();
  await page.goto(start);
  for (const link of links) {
    const found = page.locator(link).first();
    if (!(await found.count())) return false;
    await page.goto(await found.getAttribute('href'));
  }
  return true;
}
