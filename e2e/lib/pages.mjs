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

/** The pages of the staff's daily work, by name. */
export const DESK = {
  dashboard: '/desk',
  'desk-tickets': '/desk/tickets',
  'desk-board': '/desk/tickets?as=board',
  'desk-none': '/desk/tickets?q=nothingatall',
  'desk-ticket': ['/desk/tickets?state=in_progress', 'main a.row'],
  'desk-new': '/desk/tickets/new?q=a',
  'desk-new-form': ['/desk/tickets/new?q=a', 'main a.row'],
  people: '/desk/people',
  staff: '/desk/people?who=staff',
  person: ['/desk/people?who=tenants&state=living', 'main a.row'],
  'person-edit': ['/desk/people?state=living', 'main a.row', 'a[href$="/edit"]'],
  'person-new': '/desk/people/new',
  properties: '/desk/properties',
  property: ['/desk/properties', 'main a.row'],
  'property-edit': ['/desk/properties', 'main a.row', 'a[href$="/edit"]'],
  unit: ['/desk/properties', 'main a.row', '#units a.row'],
  'unit-edit': ['/desk/properties', 'main a.row', '#units a.row', 'a[href$="/edit"]'],
  'unit-new': ['/desk/properties', 'main a.row', 'a[href$="/units/new"]'],
  search: '/search?q=a',
  'search-none': '/search?q=nothingatall',
};

/** The pages on which the staff publish, and build forms, by name. */
export const PUBLISH = {
  'publish-news': '/desk/community/news?property=1',
  'publish-news-edit': ['/desk/community/news?property=1', 'main a.row'],
  'publish-events': '/desk/community/events?property=1',
  'publish-event': ['/desk/community/events?property=1', 'main a.row'],
  'publish-event-new': ['/desk/community/events?property=1', '.head a.button'],
  'publish-faq': '/desk/community/faq?property=1',
  'publish-faq-edit': ['/desk/community/faq?property=1', 'main a.go'],
  'publish-documents': '/desk/community/documents?property=1',
  'publish-document': ['/desk/community/documents?property=1', 'main a.row'],
  'publish-document-new': ['/desk/community/documents?property=1', '.head a.button'],
  'publish-contacts': '/desk/community/contacts?property=1',
  'publish-contact': ['/desk/community/contacts?property=1', 'main a.go'],
  'publish-emergency-new': '/desk/community/emergency/new',
  'publish-emergency': ['/desk/community/contacts?property=1', '#emergency li a'],
  'publish-emergency-delete': ['/desk/community/contacts?property=1', '#emergency li a', 'a.danger'],
  forms: '/desk/settings/ticket-types',
  'form-new': '/desk/settings/ticket-types/new',
  'form-edit': ['/desk/settings/ticket-types', 'main a.row'],
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
