-- OpenID Connect: programs that let people sign in here, and what they get for it.

-- A public client has no secret that would stay one. Tokens of a client with `opens_community` open the community API.
ALTER TABLE client ADD COLUMN is_public BOOL NOT NULL DEFAULT FALSE;
ALTER TABLE client ADD COLUMN opens_community BOOL NOT NULL DEFAULT FALSE;

-- Where people may be sent back to, after `sign_in` or `sign_out`.
CREATE TABLE client_redirect (
  client_id INT NOT NULL REFERENCES client (id), purpose TEXT NOT NULL, uri TEXT NOT NULL,
  PRIMARY KEY (client_id, purpose, uri)) STRICT;

-- The cookie of a sign-in on the pages.
CREATE TABLE web_session (
  session_id INT PRIMARY KEY REFERENCES session (id),
  token_hash BYTES NOT NULL UNIQUE, used_at INT NOT NULL) STRICT;

-- Handed to a client by way of the browser; good once, for a minute. `tokens_id` is the session that came of it.
CREATE TABLE authorization_code (
  id ID, org_id INT NOT NULL REFERENCES organization (id), client_id INT NOT NULL REFERENCES client (id),
  person_id INT NOT NULL REFERENCES person (id), browser_id INT NOT NULL,
  code_hash BYTES NOT NULL UNIQUE, redirect_uri TEXT NOT NULL, scopes TEXT NOT NULL, nonce TEXT, challenge TEXT,
  auth_time INT NOT NULL, created_at INT NOT NULL, expires_at INT NOT NULL, tokens_id INT) STRICT;
CREATE INDEX authorization_code_expiry ON authorization_code (expires_at);

-- All tokens that came of one code are one session; it ends with them.
CREATE TABLE token_family (
  session_id INT PRIMARY KEY REFERENCES session (id),
  client_id INT NOT NULL REFERENCES client (id), person_id INT NOT NULL REFERENCES person (id),
  browser_id INT, scopes TEXT NOT NULL, auth_time INT NOT NULL) STRICT;
CREATE INDEX token_family_client ON token_family (client_id, session_id);
CREATE INDEX token_family_browser ON token_family (browser_id) WHERE browser_id IS NOT NULL;

-- Each is good once; the second use of one tells that it was stolen.
CREATE TABLE refresh_token (
  id ID, session_id INT NOT NULL REFERENCES session (id),
  token_hash BYTES NOT NULL UNIQUE, created_at INT NOT NULL, expires_at INT NOT NULL, used_at INT) STRICT;
CREATE INDEX refresh_token_session ON refresh_token (session_id, expires_at);

-- What a person allowed a client to know.
CREATE TABLE consent (
  org_id INT NOT NULL REFERENCES organization (id), person_id INT NOT NULL REFERENCES person (id),
  client_id INT NOT NULL REFERENCES client (id), scopes TEXT NOT NULL, created_at INT NOT NULL, updated_at INT NOT NULL,
  PRIMARY KEY (org_id, person_id, client_id)) STRICT;

-- The keys of the install that sign tokens. A key is shown before it signs and as long as its tokens are good;
-- `sealed` is encrypted with a key derived from the secret of the install.
CREATE TABLE signing_key (
  id ID, kid TEXT NOT NULL UNIQUE, sealed BYTES NOT NULL, modulus TEXT NOT NULL, exponent TEXT NOT NULL,
  signs_from INT NOT NULL, signs_until INT NOT NULL, known_until INT NOT NULL, created_at INT NOT NULL) STRICT;
CREATE INDEX signing_key_known ON signing_key (known_until);
