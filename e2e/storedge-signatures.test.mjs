// Requests to the storEDGE door, signed by a library of somebody else's: whatever may stand in an address, a query or a
// form is signed alike on both sides, and whatever was changed on the way is refused.

import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import OAuth from 'oauth-1.0a';
import { startPortico } from './lib/portico.mjs';

const FORM = 'application/x-www-form-urlencoded';
const HASHES = { 'HMAC-SHA1': 'sha1', 'HMAC-SHA256': 'sha256' };

describe('signed requests', () => {
  let portico;
  let at;
  before(async () => {
    portico = await startPortico();
    at = (path) => `${portico.baseUrl}/v1/${portico.demo.storedge.facility_id}${path}`;
  });
  after(() => portico?.stop());

  const signer = (method = 'HMAC-SHA1', secret = portico.demo.storedge.consumer_secret) =>
    new OAuth({
      consumer: { key: portico.demo.storedge.consumer_key, secret },
      signature_method: method,
      hash_function: (text, key) => createHmac(HASHES[method], key).update(text).digest('base64'),
    });

  /** The `Authorization` header of a request; `data` is a form. */
  function authorization(method, url, data, oauth = signer()) {
    const signed = oauth.authorize({ method, url, ...(data && { data }) });
    // The library puts the form's own fields beside its own; the header holds the credential alone.
    const own = Object.fromEntries(Object.entries(signed).filter(([name]) => name.startsWith('oauth_')));
    return oauth.toHeader(own).Authorization;
  }

  async function call(method, path, { json, form, header, send = {}, ...rest } = {}) {
    const url = at(path);
    const body = json ? JSON.stringify(json) : form && new URLSearchParams(form).toString();
    const headers = {
      Authorization: header ?? authorization(method, url, form, rest.oauth),
      ...(json && { 'Content-Type': 'application/json' }),
      ...(form && { 'Content-Type': FORM }),
      ...send,
    };
    const answer = await fetch(rest.url ?? url, { method, headers, body: rest.body ?? body });
    return { status: answer.status, body: await answer.json() };
  }

  const refused = (answer) => {
    assert.equal(answer.status, 401, JSON.stringify(answer.body));
    assert.equal(answer.body.meta.error_code, 2);
    assert.equal(answer.body.meta.message, 'Invalid OAuth Request.');
  };

  for (const query of [
    '',
    '?page=1&per_page=5',
    '?a=b%20c&d=%2B&e=%25&f=%26&g=%3D',
    '?name=J%C3%BCrgen&euro=%E2%82%AC&smile=%F0%9F%98%80',
    '?b=2&a=1&a=0&c=&d',
    '?fields[tenant]=id,username',
    "?plain=-._~&odd=!*'()",
    '?created_after=2020-01-01T00%3A00%3A00%2B00%3A00',
  ]) {
    test(`GET ${query || 'without a query'}`, async () => {
      for (const method of Object.keys(HASHES)) {
        const answer = await call('GET', `/tenants${query}`, { oauth: signer(method) });
        assert.equal(answer.status, 200, `${method}: ${JSON.stringify(answer.body)}`);
      }
    });
  }

  test('brackets and commas may be sent plain or encoded', async () => {
    // This library does not decode names, so it signs the plain form; the text that is signed is the same.
    for (const query of ['fields%5Btenant%5D=id%2Cusername', 'fields%5Btenant%5D=id,username']) {
      const header = authorization('GET', at('/tenants?fields[tenant]=id,username'));
      const answer = await call('GET', '/tenants', { header, url: at(`/tenants?${query}`) });
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      assert.deepEqual(Object.keys(answer.body.tenants[0]), ['id', 'username']);
    }
  });

  test('every method, with a body of JSON that is not signed', async () => {
    const nobody = randomUUID();
    for (const method of ['PUT', 'PATCH']) {
      const answer = await call(method, `/tenants/${nobody}`, { json: { tenant: { first_name: 'Jürgen & Co +%' } } });
      assert.equal(answer.status, 404, JSON.stringify(answer.body));
    }
    const lookup = await call('POST', '/tenants/username_lookup', { json: { username: 'nobody at all' } });
    assert.equal(lookup.status, 404);
    const removed = await call('DELETE', '/tenants');
    assert.equal(removed.status, 405);
  });

  test('a form, whose fields are signed', async () => {
    for (const name of ['nobody', 'Jürgen Müller', 'a+b', '100 %', '[x]=y&z', '😀']) {
      const answer = await call('POST', '/tenants/username_lookup', { form: { 'tenant[username]': name } });
      assert.equal(answer.status, 404, JSON.stringify(answer.body));
      assert.equal(answer.body.meta.parameters.tenant.username, name);
    }
  });

  test('an overridden method is signed as POST', async () => {
    const send = { 'X-HTTP-Method-Override': 'PATCH' };
    const answer = await call('POST', `/tenants/${randomUUID()}`, { json: { first_name: 'x' }, send });
    assert.equal(answer.status, 404);
    assert.equal(answer.body.meta.request_method, 'PATCH');
  });

  test('what was changed on the way is refused', async () => {
    const path = '/tenants?page=1';
    const header = authorization('GET', at(path));
    const signature = /oauth_signature="([^"]+)"/.exec(header)[1];
    const changed = (signature[0] === 'A' ? 'B' : 'A') + signature.slice(1);
    refused(await call('GET', path, { header: header.replace(signature, changed) }));
    refused(await call('GET', path, { header, url: at('/tenants?page=2') }));
    refused(await call('GET', path, { header, url: at('/tenants?page=1&x=') }));
    refused(await call('GET', path, { header, url: at('/tenants/current?page=1') }));
    refused(await call('DELETE', path, { header }));
    refused(await call('GET', path, { header: header.replace('oauth_nonce="', 'oauth_nonce="x') }));
    refused(await call('GET', path, { header: '' }));
    refused(await call('GET', path, { oauth: signer('HMAC-SHA1', 'another secret') }));
    refused(await call('POST', '/tenants/username_lookup', { form: { username: 'a' }, body: 'username=b' }));
    // None of these has used the signature up.
    assert.equal((await call('GET', path, { header })).status, 200);
  });

  test('a nonce is good once', async () => {
    const header = authorization('GET', at('/tenants'));
    assert.equal((await call('GET', '/tenants', { header })).status, 200);
    refused(await call('GET', '/tenants', { header }));
  });

  test('an old or early request is refused', async () => {
    for (const off of [-400, 400]) {
      const oauth = signer();
      oauth.getTimeStamp = () => Math.floor(Date.now() / 1000) + off;
      refused(await call('GET', '/tenants', { oauth }));
    }
  });

  test('a tenant signs in, and the answer opens nothing', async () => {
    const { tenant } = portico.demo.storedge;
    const json = { tenant: { login: tenant.username, password: tenant.password } };
    const answer = await call('POST', '/tenants/sign_in', { json });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.equal(answer.body.tenant.id, tenant.id);
    assert.equal(answer.body.meta.parameters.tenant.password, '[FILTERED]');
  });

  test('secrets change without a pause, and programs end', async () => {
    const [key, secret] = portico
      .run('client', 'create', '--name', 'Short-lived')
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/)[1]);
    const signed = (secret) =>
      new OAuth({
        consumer: { key, secret },
        signature_method: 'HMAC-SHA1',
        hash_function: (text, key) => createHmac('sha1', key).update(text).digest('base64'),
      });
    assert.equal((await call('GET', '/tenants', { oauth: signed(secret) })).status, 200);
    const fresh = portico.run('client', 'rotate', key).trim();
    assert.equal((await call('GET', '/tenants', { oauth: signed(secret) })).status, 200);
    assert.equal((await call('GET', '/tenants', { oauth: signed(fresh) })).status, 200);
    assert.match(portico.run('client', 'list'), new RegExp(`^${key}\tactive\t.*\tShort-lived$`, 'm'));
    portico.run('client', 'revoke', key);
    refused(await call('GET', '/tenants', { oauth: signed(fresh) }));
    assert.match(portico.run('client', 'list'), new RegExp(`^${key}\trevoked\t`, 'm'));
  });
});
