// Where the pages are, in one place: pictures, axe and figures all walk these lists. And what several journeys do there.

/**
 * Pages by name. A page is an address, or an address and selectors: the first link that matches each leads on.
 * Addresses may be functions of `demo.json`.
 */

/** The pages that nobody needs to sign in for. */
export const FRONT = {
  welcome: '/',
  login: '/app/login',
  forgot: '/forgot',
  'forgot-sent': '/forgot/sent',
  'set-password': '/changePassword?token=x',
  invitation: ({ casavi }) => `/invite/${casavi.invite_token}`,
  'invitation-ended': '/invite/nothing',
  'wifi-link': ({ ruckus }) => `/portal/${ruckus.property_id}?auth=${ruckus.hashed_secret}`,
  'sign-out': '/app/sign-out',
  'signed-out': '/app/signed-out',
  missing: '/nothing-here',
};

/** The pages of a resident. */
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
  'community-documents': ({ casavi }) => `/app/c/${casavi.community_id}/info/documents`,
  help: '/help',
  'help-search': '/help?q=water',
  'help-none': '/help?q=nothingatall',
  wifi: '/wifi',
  money: '/money',
  ledger: ['/money', 'main article a, main section a'],
  me: '/me',
  household: '/me/household',
  housemate: ['/me/household', '.people .member a'],
  mails: '/me/notifications',
  security: '/me/security',
  data: '/me/data',
  notifications: '/notifications',
  'resident-search': '/search?q=water',
};

const LEDGER = ['/desk/money/ledgers?state=owing', 'tbody th a'];
const LATE = ['/desk/money/arrears', 'tbody th a'];
const NEWS = ({ casavi }) => `/desk/community/news?property=${casavi.community_id}`;
const FREE_UNIT = ['/desk/moves/in', 'main a.row', 'main a.row'];

/** The pages of the staff. */
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
  'property-new': '/desk/properties/new',
  unit: ['/desk/properties', 'main a.row', '#units a.row'],
  'unit-edit': ['/desk/properties', 'main a.row', '#units a.row', 'a[href$="/edit"]'],
  'unit-wifi': ({ casavi }) => `/desk/units/${casavi.unit_id}/wifi`,
  'property-wifi': ({ casavi }) => `/desk/properties/${casavi.community_id}/wifi`,
  'unit-new': ['/desk/properties', 'main a.row', 'a[href$="/units/new"]'],
  organization: '/desk/settings/organization',
  'settings-staff': '/desk/settings/staff',
  'staff-new': '/desk/settings/staff/new',
  'staff-member': ['/desk/settings/staff', 'main a.staff-line:not(:has(.tag))'],
  portals: '/desk/settings/portal',
  'portal-look': ['/desk/settings/portal', 'main a.row'],
  clients: '/desk/settings/clients',
  'client-kinds': '/desk/settings/clients/new',
  'client-new': '/desk/settings/clients/new/oauth2',
  'client-oidc': '/desk/settings/clients/new/oidc',
  client: ['/desk/settings/clients', 'main a.row'],
  invitations: '/desk/invitations',
  search: '/search?q=a',
  'search-none': '/search?q=nothingatall',
  'desk-money': '/desk/money',
  ledgers: '/desk/money/ledgers',
  'ledgers-none': '/desk/money/ledgers?q=nothingatall',
  arrears: '/desk/money/arrears',
  'desk-ledger': LEDGER,
  payment: [...LEDGER, 'a[href$="/payment"]'],
  charge: [...LEDGER, 'a[href$="/charge"]'],
  terms: [...LEDGER, 'a[href$="/terms"]'],
  'arrears-step': [...LATE, 'a[href$="/step"]'],
  'arrears-pause': [...LATE, 'a[href$="/pause"]'],
  'arrears-remind': [...LATE, 'a[href$="/remind"]'],
  'arrears-ledger': LATE,
  'arrears-rules': '/desk/money/rules',
  'desk-invoice': [...LEDGER, 'a.row[href^="/desk/invoices/"]'],
  'move-in': '/desk/moves/in',
  'move-in-unit': ['/desk/moves/in', 'main a.row'],
  'move-in-person': FREE_UNIT,
  'move-in-terms': [...FREE_UNIT, 'main a.row.with-icon'],
  'move-out': '/desk/moves/out?q=a',
  'move-out-check': ['/desk/moves/out?q=a', 'main a.row'],
  import: '/desk/import',
  export: '/desk/export',
  'desk-news': NEWS,
  'desk-post': [NEWS, 'main a.row'],
  'desk-post-new': [NEWS, '.head a.button'],
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
  settings: '/desk/settings',
  audit: '/desk/settings/audit',
  'audit-people': '/desk/settings/audit?name=a',
  outbox: '/desk/settings/outbox',
  mail: ['/desk/settings/outbox', 'tbody th a'],
  providers: '/desk/settings/providers',
  'desk-me': '/desk/me',
  'desk-security': '/desk/me/security',
};

/** Each language, each way of scripts and each way of hands once; what they do has nothing to do with each other. */
export const WAYS = [
  { locale: 'en-GB', scripts: true },
  { locale: 'de-DE', scripts: false },
  { locale: 'en-GB', scripts: true, keyboard: true },
];

/** What a way is called. */
export const named = ({ locale, scripts, keyboard }) =>
  `${locale.slice(0, 2)}, ${keyboard ? 'by keyboard alone' : `${scripts ? 'with' : 'without'} JavaScript`}`;

/** Opens a page by its way; fails where a link of the way is not there. Answers the status. */
export async function open(page, way, demo) {
  const [start, ...links] = [way].flat();
  let answer = await page.goto(typeof start === 'function' ? start(demo) : start);
  for (const link of links) {
    const found = page.locator(link).first();
    if (!(await found.count())) throw new Error(`${page.url()} has no link ${link}`);
    answer = await page.goto(await found.getAttribute('href'));
  }
  return answer.status();
}

/** Signs somebody in; `next` is where they wanted to go. */
export async function signIn(page, { email, password }, next = '/home') {
  await page.goto(`/app/login?next=${encodeURIComponent(next)}`);
  await page.locator('[name=username]').fill(email);
  await page.locator('[name=password]').fill(password);
  await page.locator('[data-testid=login-in]').click();
  await page.waitForURL((url) => !url.pathname.includes('login'));
}

/** Whether the focus is where it is expected. */
export const focused = (page, selector) => page.evaluate((s) => document.activeElement?.matches(s) ?? false, selector);

/** Presses Tab until the focus is at an element, and fails after so many. */
export async function tabTo(page, selector, most = 60) {
  for (let pressed = 0; pressed < most; pressed += 1) {
    await page.keyboard.press('Tab');
    if (await focused(page, selector)) return;
  }
  throw new Error(`Tab does not lead to ${selector} on ${page.url()}`);
}
