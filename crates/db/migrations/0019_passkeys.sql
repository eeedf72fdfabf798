-- Passkeys: keys in the devices of people, to sign in with in place of a password.

-- `credential` names the key, `rp_id` the host it is good at. `public_key` never changes; `state` is what the device said
-- last: its counter, and whether it has copies of the key.
CREATE TABLE passkey (
  id ID, org_id INT NOT NULL REFERENCES organization (id), person_id INT NOT NULL REFERENCES person (id),
  credential BYTES NOT NULL UNIQUE, rp_id TEXT NOT NULL, public_key BYTES NOT NULL, state BYTES NOT NULL,
  name TEXT NOT NULL, created_at INT NOT NULL, used_at INT) STRICT;
CREATE INDEX passkey_person ON passkey (org_id, person_id, id);

-- Challenges that were answered: each is good once, at all servers together. Those that nobody answers leave nothing.
CREATE TABLE passkey_answer (
  challenge_hash BYTES PRIMARY KEY NOT NULL, org_id INT NOT NULL REFERENCES organization (id),
  expires_at INT NOT NULL) STRICT;
CREATE INDEX passkey_answer_expiry ON passkey_answer (expires_at);

-- What is kept about somebody, for whoever asks: their WiFi, and whom they invited.
CREATE INDEX wifi_identity_person ON wifi_identity (org_id, person_id) WHERE person_id IS NOT NULL;
CREATE INDEX invitation_by ON invitation (org_id, invited_by) WHERE invited_by IS NOT NULL;
