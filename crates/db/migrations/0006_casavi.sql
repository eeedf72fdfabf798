-- Where people may sign in elsewhere, and who they are there.

-- A provider of OpenID Connect that the management knows, by its key. Without `client_secret_sealed` we are a public
-- client there. The secret is encrypted with a key derived from the secret of the install.
CREATE TABLE oidc_provider (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  key TEXT NOT NULL, name TEXT NOT NULL, issuer TEXT NOT NULL, client_id TEXT NOT NULL, client_secret_sealed BYTES,
  scopes TEXT NOT NULL, enabled BOOL NOT NULL,
  created_at INT NOT NULL, updated_at INT NOT NULL, deleted_at INT) STRICT;
CREATE UNIQUE INDEX oidc_provider_key ON oidc_provider (org_id, key) WHERE deleted_at IS NULL;

-- Who a person is at a provider: one subject there is one person here.
CREATE TABLE external_identity (
  id ID, org_id INT NOT NULL REFERENCES organization (id), provider_id INT NOT NULL REFERENCES oidc_provider (id),
  person_id INT NOT NULL REFERENCES person (id), subject TEXT NOT NULL,
  created_at INT NOT NULL, used_at INT) STRICT;
CREATE UNIQUE INDEX external_identity_subject ON external_identity (org_id, provider_id, subject);
CREATE INDEX external_identity_person ON external_identity (org_id, person_id);
