-- Programs with a key, what they get for it, and the language of people.

-- A token that a program got for its key; only its hash is kept, and it is good at one door. It ends with the secret it
-- was given for. In `client_secret` the column `sealed` of a program of kind `api_key` holds the hash of its secret: it
-- is compared and never needed back.
CREATE TABLE key_token (
  id ID, org_id INT NOT NULL REFERENCES organization (id), client_id INT NOT NULL REFERENCES client (id),
  secret_id INT NOT NULL REFERENCES client_secret (id), door TEXT NOT NULL, token_hash BYTES NOT NULL UNIQUE,
  created_at INT NOT NULL, expires_at INT NOT NULL) STRICT;
CREATE INDEX key_token_client ON key_token (client_id, id);
CREATE INDEX key_token_expiry ON key_token (expires_at);

-- The language somebody chose, `en` or `de`; without one it is the organization's.
ALTER TABLE person ADD COLUMN language TEXT;
