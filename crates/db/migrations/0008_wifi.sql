-- WiFi: whose passphrases there are, what joins with them, and the portal in which residents see to that.

-- What a property says of itself in its portal.
ALTER TABLE property ADD COLUMN description TEXT;
ALTER TABLE property ADD COLUMN management_name TEXT;
ALTER TABLE property ADD COLUMN management_phone TEXT;
ALTER TABLE property ADD COLUMN management_email TEXT;

-- The contact is a copy made at move-in; it is never written back to the person. A higher generation ends the portal
-- link and all sign-ins with it.
ALTER TABLE unit ADD COLUMN is_disabled BOOL NOT NULL DEFAULT FALSE;
ALTER TABLE unit ADD COLUMN blocked_by_desk BOOL NOT NULL DEFAULT FALSE;
ALTER TABLE unit ADD COLUMN portal_generation INT NOT NULL DEFAULT 0;
ALTER TABLE unit ADD COLUMN contact_name TEXT;
ALTER TABLE unit ADD COLUMN contact_email TEXT;
ALTER TABLE unit ADD COLUMN contact_phone TEXT;

-- The unit for whose WiFi the tenancy counts as living there, since that was last looked at.
ALTER TABLE tenancy ADD COLUMN resided_unit_id INT REFERENCES unit (id);
CREATE INDEX tenancy_resided ON tenancy (org_id, resided_unit_id, id) WHERE resided_unit_id IS NOT NULL;
CREATE INDEX tenancy_starting ON tenancy (org_id, starts_at, id)
  WHERE role = 'tenant' AND resided_unit_id IS NULL AND unit_id IS NOT NULL AND ended_by IS NULL AND deleted_at IS NULL;

-- What is missing has a default in the program. The files are held by an attachment.
CREATE TABLE portal_settings (
  property_id INT PRIMARY KEY REFERENCES property (id), org_id INT NOT NULL REFERENCES organization (id),
  title TEXT NOT NULL, subtitle TEXT NOT NULL, login_text TEXT NOT NULL, announcements TEXT NOT NULL, help_text TEXT NOT NULL,
  main_color TEXT NOT NULL, accent_color TEXT NOT NULL, separator_color TEXT NOT NULL, text_color TEXT NOT NULL, css TEXT NOT NULL,
  logo_file_id INT, icon_file_id INT,
  portal_allowed BOOL NOT NULL, api_allowed BOOL NOT NULL, tenant_set_dpsk BOOL NOT NULL, guest_allowed BOOL NOT NULL,
  enforce_max_units BOOL NOT NULL, max_units INT, send_email BOOL NOT NULL, send_sms BOOL NOT NULL,
  created_at INT NOT NULL, updated_at INT NOT NULL) STRICT;

CREATE TABLE wifi_network (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  property_id INT NOT NULL REFERENCES property (id), ssid TEXT NOT NULL, min_length INT NOT NULL, vlan INT,
  created_at INT NOT NULL, updated_at INT NOT NULL, deleted_at INT) STRICT;
CREATE UNIQUE INDEX wifi_network_ssid ON wifi_network (org_id, property_id, ssid) WHERE deleted_at IS NULL;

-- `kind` is unit, guest or linked. `sealed` is encrypted with a key of the install; without one, a passphrase is made
-- when somebody looks. `is_vacant` is set while nobody lives there whose identity it would be.
CREATE TABLE wifi_identity (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  property_id INT NOT NULL REFERENCES property (id), unit_id INT NOT NULL REFERENCES unit (id),
  person_id INT REFERENCES person (id), kind TEXT NOT NULL, name TEXT, email TEXT, phone TEXT,
  sealed BYTES, passphrase_hash BYTES, vlan INT,
  is_blocked BOOL NOT NULL, blocked_by_desk BOOL NOT NULL, is_vacant BOOL NOT NULL,
  created_at INT NOT NULL, updated_at INT NOT NULL) STRICT;
-- All networks of a property share their passphrases.
CREATE UNIQUE INDEX wifi_identity_passphrase ON wifi_identity (property_id, passphrase_hash) WHERE passphrase_hash IS NOT NULL;
CREATE UNIQUE INDEX wifi_identity_own ON wifi_identity (unit_id, kind) WHERE kind IN ('unit', 'guest');
CREATE UNIQUE INDEX wifi_identity_linked ON wifi_identity (unit_id, person_id) WHERE kind = 'linked';
CREATE INDEX wifi_identity_unit ON wifi_identity (org_id, unit_id, uid);
CREATE INDEX wifi_identity_list ON wifi_identity (org_id, id);

-- `mac` is the address as a number of 48 bits. `auth` is dpsk or macreg.
CREATE TABLE wifi_device (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  property_id INT NOT NULL REFERENCES property (id), unit_id INT NOT NULL REFERENCES unit (id),
  identity_id INT NOT NULL REFERENCES wifi_identity (id), mac INT NOT NULL, auth TEXT NOT NULL,
  last_connected_at INT, created_at INT NOT NULL, updated_at INT NOT NULL) STRICT;
CREATE UNIQUE INDEX wifi_device_mac ON wifi_device (property_id, mac);
CREATE INDEX wifi_device_unit ON wifi_device (org_id, unit_id, id);
CREATE INDEX wifi_device_identity ON wifi_device (org_id, identity_id, id);

-- Whoever may ask over RADIUS, by the address it asks from.
CREATE TABLE radius_client (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  property_id INT NOT NULL REFERENCES property (id), name TEXT NOT NULL, address TEXT NOT NULL, sealed BYTES NOT NULL,
  created_at INT NOT NULL, updated_at INT NOT NULL, deleted_at INT) STRICT;
CREATE UNIQUE INDEX radius_client_address ON radius_client (address) WHERE deleted_at IS NULL;
CREATE INDEX radius_client_property ON radius_client (org_id, property_id, id) WHERE deleted_at IS NULL;

-- A sign-in with the portal link of a unit.
CREATE TABLE unit_token (
  id ID, org_id INT NOT NULL REFERENCES organization (id), unit_id INT NOT NULL REFERENCES unit (id),
  generation INT NOT NULL, token_hash BYTES NOT NULL UNIQUE, created_at INT NOT NULL, expires_at INT NOT NULL) STRICT;
CREATE INDEX unit_token_unit ON unit_token (org_id, unit_id, id);
CREATE INDEX unit_token_expiry ON unit_token (expires_at);
