// Passkeys, with Chromium's own virtual authenticator: made, used from the button and from the field, removed; in two
// languages, on a phone and at the desk, and what the pages say where scripts are missing.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { axe, openBrowser, shot } from './lib/browser.mjs';
import { signIn } from './lib/pages.mjs';
import { startPortico } from './lib/portico.mjs';

describe('passkeys', { concurrency: 2 }, () => {
  let portico;
  let browser;
  let baseUrl;
  before(async () => {
    [portico, browser] = await Promise.all([startPortico(), openBrowser()]);
    // Passkeys are for names.
    baseUrl = portico.baseUrl.replace('127.0.0.1', 'localhost');
  });
  after(async () => {
    await browser?.close();
    await portico?.stop();
  });

  /** A page with an authenticator that says yes to everything, or to nothing: what it was asked before that changed waits. */
  const visitor = async (t, options = {}) => {
    const page = await browser.page(t, { baseUrl, ...options });
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('WebAuthn.enable');
    const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: options.present ?? true,
      },
    });
    const credentials = async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials;
    const present = (enabled) => cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });
    const verified = (isUserVerified) => cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
    return { page, credentials, present, verified };
  };

  /** Waits for a page by its path alone: the sign-in names the same path in its query. */
  const at = (page, path) => page.waitForURL((url) => url.pathname === path);

  const signOut = async (page) => {
    await page.goto('/app/sign-out');
    await page.locator('main form button').click();
    await page.waitForURL('**/app/signed-out');
  };

  for (const { who, next, security, locale, viewport } of [
    { who: 'tenant', next: '/home', security: '/me/security', locale: 'en-GB', viewport: 'phone' },
    { who: 'staff', next: '/desk', security: '/desk/me/security', locale: 'de-DE', viewport: 'desk' },
  ]) {
    test(`made, used and removed by the ${who}, ${locale}`, async (t) => {
      const { page, credentials, present } = await visitor(t, { locale, viewport });
      await signIn(page, portico.demo.pages[who], next);
      await page.goto(security);
      await page.locator('a[href="/me/security/passkeys/new"]').click();
      await axe(page);
      await shot(page, `passkey-new-${who}`);
      await page.locator('#name').fill('My phone');
      await page.locator('[data-go]').click();
      await at(page, security);
      await page.locator('a.row', { hasText: 'My phone' }).waitFor();
      await axe(page);
      await shot(page, `passkeys-${who}`);
      assert.equal((await credentials()).length, 1);

      // The same device makes no second one.
      await page.goto('/me/security/passkeys/new');
      await page.locator('[data-go]').click();
      await page.locator('[role=status]:not(:empty)').waitFor();
      assert.equal((await credentials()).length, 1);

      // From the field: the browser offers it, and somebody takes it.
      await present(false);
      await signOut(page);
      await page.goto(`/app/login?next=${next}`);
      await axe(page);
      await shot(page, `passkey-login-${who}`);
      await present(true);
      await page.reload();
      await at(page, next);

      // From the button, to the page that was asked for.
      await present(false);
      await signOut(page);
      // The field asks nothing from here on, so that the button alone does.
      await page.addInitScript(() => {
        PublicKeyCredential.isConditionalMediationAvailable = async () => false;
      });
      await page.goto(`/app/login?next=${security}`);
      await present(true);
      await page.locator('[data-go]').click();
      await at(page, security);

      await page.locator('a.row', { hasText: 'My phone' }).click();
      await axe(page);
      await page.locator('form[action$="/remove"] button').click();
      await at(page, security);
      assert.equal(await page.locator('a.row', { hasText: 'My phone' }).count(), 0);

      // What is removed does not sign in.
      await signOut(page);
      await page.goto('/app/login');
      await page.locator('[data-go]').click();
      await page.locator('.fault[role=alert]').waitFor();
    });
  }

  test('who is not verified does not get in', async (t) => {
    const { page, verified, present } = await visitor(t);
    await signIn(page, portico.demo.pages.tenant);
    await page.goto('/me/security/passkeys/new');
    await verified(false);
    await page.locator('[data-go]').click();
    await page.locator('[role=status]:not(:empty)').waitFor();
    await verified(true);
    await page.locator('[data-go]').click();
    await at(page, '/me/security');
    await verified(false);
    await present(false);
    await signOut(page);
    await page.goto('/app/login');
    await present(true);
    await page.locator('[data-go]').click();
    await page.locator('[role=status]:not(:empty)').waitFor();
    assert.match(page.url(), /\/app\/login$/);
  });

  test('without scripts the pages say what to do', async (t) => {
    const page = await browser.page(t, { baseUrl, scripts: false, viewport: 'phone' });
    await page.goto('/app/login');
    assert.match(await page.content(), /Passkeys need JavaScript/);
    assert.equal(await page.locator('[data-go]').isVisible(), false);
    await axe(page);
    await signIn(page, portico.demo.pages.tenant);
    await page.goto('/me/security/passkeys/new');
    assert.match(await page.content(), /needs JavaScript/);
    await axe(page);
  });

  test('at a number there are none', async (t) => {
    const page = await browser.page(t, { baseUrl: portico.baseUrl });
    await page.goto('/app/login');
    assert.equal(await page.locator('[data-passkey]').count(), 0);
    await signIn(page, portico.demo.pages.tenant);
    await page.goto('/me/security');
    assert.ok(await page.getByText('opened by its name').isVisible());
  });
});
