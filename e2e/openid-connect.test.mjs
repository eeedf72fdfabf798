// A program signs people in with libraries of somebody else's: openid-client for Node, Authlib for Python. They check
// what they get as strictly as the standards say, so whatever they accept is right.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHmac, createPublicKey } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as oidc from 'openid-client';
import { startPortico } from './lib/portico.mjs';
import { Visitor } from './lib/visitor.mjs';

const CALLBACK = 'http://127.0.0.1:9999/callback';
const BYE = 'http://127.0.0.1:9999/bye';
const SCOPE = 'openid profile email offline_access';

describe('OpenID Connect', () => {
  let portico;
  let user;
  let config;
  let publicConfig;

  const register = (name, ...more) => {
    const uris = ['--redirect', CALLBACK, '--sign-out-redirect', BYE];
    const told = portico.run('client', 'create', '--kind', 'oidc', '--name', name, ...uris, ...more);
    return Object.fromEntries(told.trim().split('\n').map((line) => line.split(/\s+/)));
  };
  const discover = ({ client_id: id, client_secret: secret }, auth) =>
    oidc.discovery(new URL(portico.baseUrl), id, secret, auth, { execute: [oidc.allowInsecureRequests] });

  before(async () => {
    portico = await startPortico();
    const { email, password } = portico.demo.dwellingly.users[0];
    user = { username: email, password };
    config = await discover(register('With a secret'));
    publicConfig = await discover(register('Without a secret', '--public'), oidc.None());
  });
  after(() => portico?.stop());

  /** Sends somebody through sign-in and consent; gives the address at which the program is answered, and what for. */
  async function ask(with_ = config, more = {}, visitor = new Visitor(portico.baseUrl)) {
    const checks = {
      pkceCodeVerifier: oidc.randomPKCECodeVerifier(),
      expectedState: oidc.randomState(),
      expectedNonce: oidc.randomNonce(),
      idTokenExpected: true,
    };
    const address = oidc.buildAuthorizationUrl(with_, {
      redirect_uri: CALLBACK,
      scope: SCOPE,
      state: checks.expectedState,
      nonce: checks.expectedNonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
      code_challenge_method: 'S256',
      ...more,
    });
    const answer = await visitor.authorize(address, user);
    return { answer, checks, visitor };
  }

  async function tokensOf(with_ = config) {
    const { answer, checks, visitor } = await ask(with_);
    const tokens = await oidc.authorizationCodeGrant(with_, answer, checks);
    return { tokens, visitor };
  }

  const word = (error) => error.error ?? error.cause?.error ?? error.code;
  const because = (words) => (error) => words.test(`${error.message} ${error.cause?.message}`);
  const refused = (promise, expected) =>
    assert.rejects(promise, (error) => {
      assert.ok([expected].flat().includes(word(error)), `${word(error)}: ${error.message}`);
      return true;
    });

  for (const [kind, of] of [['with a secret', () => config], ['without a secret', () => publicConfig]]) {
    test(`a program ${kind} signs somebody in, and out`, async () => {
      const { tokens, visitor } = await tokensOf(of());
      const claims = tokens.claims();
      assert.equal(claims.iss, portico.baseUrl);
      assert.equal(claims.email, user.username);
      const info = await oidc.fetchUserInfo(of(), tokens.access_token, claims.sub);
      assert.equal(info.email, user.username);
      assert.ok(info.given_name);

      const renewed = await oidc.refreshTokenGrant(of(), tokens.refresh_token);
      assert.notEqual(renewed.refresh_token, tokens.refresh_token);
      assert.equal(renewed.claims().sub, claims.sub);
      await oidc.fetchUserInfo(of(), renewed.access_token, claims.sub);

      await oidc.tokenRevocation(of(), renewed.refresh_token);
      await assert.rejects(oidc.fetchUserInfo(of(), renewed.access_token, claims.sub));
      await refused(oidc.refreshTokenGrant(of(), renewed.refresh_token), 'invalid_grant');

      const out = oidc.buildEndSessionUrl(of(), {
        post_logout_redirect_uri: BYE,
        id_token_hint: tokens.id_token,
        state: 'a b',
      });
      const bye = await visitor.open(out);
      assert.equal(bye.href, `${BYE}?state=a%20b`);
      const page = await visitor.open('/oidc/authorize?' + new URLSearchParams({ ...silent(of()) }));
      assert.equal(page.searchParams.get('error'), 'login_required', 'nobody is signed in any more');
    });
  }

  const silent = (with_) => ({
    response_type: 'code',
    client_id: with_.clientMetadata().client_id,
    redirect_uri: CALLBACK,
    scope: 'openid',
    prompt: 'none',
    code_challenge: 'x'.repeat(43),
    code_challenge_method: 'S256',
  });

  test('a program asks what its tokens are worth', async () => {
    const { tokens } = await tokensOf();
    const told = await oidc.tokenIntrospection(config, tokens.access_token);
    assert.equal(told.active, true);
    assert.equal(told.sub, tokens.claims().sub);
    const other = await discover(register('Another'));
    assert.deepEqual(await oidc.tokenIntrospection(other, tokens.access_token), { active: false });
    await oidc.tokenRevocation(config, tokens.access_token);
    assert.equal((await oidc.tokenIntrospection(config, tokens.access_token)).active, false);
  });

  test('a person says no', async () => {
    const another = await discover(register('Refused'));
    user.answer = 'deny';
    const { answer, checks } = await ask(another).finally(() => delete user.answer);
    assert.equal(answer.searchParams.get('error'), 'access_denied');
    await refused(oidc.authorizationCodeGrant(another, answer, checks), 'access_denied');
  });

  test('a code is good once, and its second use ends what came of it', async () => {
    const { answer, checks } = await ask();
    const tokens = await oidc.authorizationCodeGrant(config, answer, checks);
    await refused(oidc.authorizationCodeGrant(config, answer, checks), 'invalid_grant');
    await assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub));
    await refused(oidc.refreshTokenGrant(config, tokens.refresh_token), 'invalid_grant');
  });

  test('an old refresh token ends the family', async () => {
    const { tokens } = await tokensOf();
    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token);
    await refused(oidc.refreshTokenGrant(config, tokens.refresh_token), 'invalid_grant');
    await refused(oidc.refreshTokenGrant(config, renewed.refresh_token), 'invalid_grant');
    await assert.rejects(oidc.fetchUserInfo(config, renewed.access_token, tokens.claims().sub));
  });

  test('a code without its verifier, or at another program, is worth nothing', async () => {
    const wrong = await ask();
    const checks = { ...wrong.checks, pkceCodeVerifier: oidc.randomPKCECodeVerifier() };
    await refused(oidc.authorizationCodeGrant(config, wrong.answer, checks), 'invalid_grant');
    const foreign = await ask();
    await refused(oidc.authorizationCodeGrant(publicConfig, foreign.answer, foreign.checks), 'invalid_grant');
  });

  test('another provider cannot pass its answer off as ours', async () => {
    const { answer, checks } = await ask();
    assert.equal(answer.searchParams.get('iss'), portico.baseUrl);
    for (const iss of ['https://evil.example', undefined]) {
      const changed = new URL(answer);
      if (iss) changed.searchParams.set('iss', iss);
      else changed.searchParams.delete('iss');
      await assert.rejects(oidc.authorizationCodeGrant(config, changed, checks), because(/"iss"/));
    }
    const swapped = new URL(answer);
    swapped.searchParams.set('state', 'another');
    await assert.rejects(oidc.authorizationCodeGrant(config, swapped, checks), because(/"state"/));
  });

  test('nobody is sent to an address that is not registered', async () => {
    const visitor = new Visitor(portico.baseUrl);
    for (const uri of ['https://evil.example/', `${CALLBACK}/`, `${CALLBACK}?a=b`, 'http://127.0.0.1:9998/callback', '']) {
      const query = new URLSearchParams({ ...silent(config), redirect_uri: uri });
      const page = await visitor.open(`/oidc/authorize?${query}`);
      assert.equal(page.status, 400, `${uri} ${page}`);
    }
    for (const next of ['https://evil.example', '//evil.example', '/\\evil.example']) {
      const login = await new Visitor(portico.baseUrl).open(`/app/login?${new URLSearchParams({ next })}`);
      assert.ok(!login.html.includes('evil.example'), next);
    }
    const out = await visitor.open(`/oidc/end-session?${new URLSearchParams({ post_logout_redirect_uri: 'https://evil.example' })}`);
    assert.ok(!(out instanceof URL));
  });

  test('tokens that we did not sign are worth nothing', async () => {
    const { tokens } = await tokensOf();
    const { keys } = await (await fetch(`${portico.baseUrl}/oidc/jwks`)).json();
    const pem = createPublicKey({ key: keys[0], format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    const [head, payload, signature] = tokens.access_token.split('.');
    const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const header = JSON.parse(Buffer.from(head, 'base64url'));
    const hmac = (alg, key) => {
      const text = `${encoded({ ...header, alg })}.${payload}`;
      return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
    };
    const none = ['none', 'None', ''].map((alg) => `${encoded({ ...header, alg })}.${payload}.`);
    const renamed = `${encoded({ ...header, kid: 'another' })}.${payload}.${signature}`;
    const claims = { ...JSON.parse(Buffer.from(payload, 'base64url')), exp: 4_000_000_000 };
    const lengthened = `${head}.${encoded(claims)}.${signature}`;
    const forged = [hmac('HS256', pem), hmac('HS256', keys[0].n), hmac('RS256', pem), ...none, renamed, lengthened, tokens.id_token];
    for (const token of [...forged, tokens.refresh_token, 'x', '..']) {
      const answer = await fetch(`${portico.baseUrl}/oidc/userinfo`, { headers: { Authorization: `Bearer ${token}` } });
      assert.equal(answer.status, 401, token);
      assert.match(answer.headers.get('www-authenticate'), /invalid_token/);
      assert.deepEqual(await oidc.tokenIntrospection(config, token).then((told) => told.active), token === tokens.refresh_token);
    }
    await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  });

  test('Authlib, in Python, signs somebody in', { skip: process.env.PORTICO_PYTHON ? false : 'no Python' }, async () => {
    const { client_id: id, client_secret: secret } = register('Python');
    const script = fileURLToPath(new URL('lib/authlib_journey.py', import.meta.url));
    const env = { ...process.env, AUTHLIB_INSECURE_TRANSPORT: '1', BASE_URL: portico.baseUrl, CLIENT_ID: id, CLIENT_SECRET: secret, CALLBACK, BYE, ...names(user) };
    const { stdout } = await promisify(execFile)(process.env.PORTICO_PYTHON, [script], { env });
    assert.match(stdout, /all good/);
  });

  const names = ({ username, password }) => ({ USER_NAME: username, USER_PASSWORD: password });
});
