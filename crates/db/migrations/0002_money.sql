-- Money, people in full, and machines that call. Amounts are whole minor units of the ledger's currency; dates are ISO text.

-- What a property settles for itself; what is missing has a default in the program.
CREATE TABLE property_setting (
  org_id INT NOT NULL REFERENCES organization (id), property_id INT NOT NULL REFERENCES property (id),
  name TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (property_id, name)) STRICT;

-- Places
CREATE TABLE unit_type (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  property_id INT NOT NULL REFERENCES property (id), name TEXT NOT NULL, code TEXT NOT NULL,
  created_at INT NOT NULL, updated_at INT NOT NULL) STRICT;
CREATE UNIQUE INDEX unit_type_name ON unit_type (property_id, name);

ALTER TABLE unit ADD COLUMN type_id INT REFERENCES unit_type (id);
ALTER TABLE unit ADD COLUMN description TEXT;
ALTER TABLE unit ADD COLUMN floor TEXT;
ALTER TABLE unit ADD COLUMN width_mm INT;
ALTER TABLE unit ADD COLUMN length_mm INT;
ALTER TABLE unit ADD COLUMN height_mm INT;
ALTER TABLE unit ADD COLUMN door_width_mm INT;
ALTER TABLE unit ADD COLUMN door_height_mm INT;
ALTER TABLE unit ADD COLUMN door_type TEXT;
ALTER TABLE unit ADD COLUMN access_type TEXT;
ALTER TABLE unit ADD COLUMN price INT;
ALTER TABLE unit ADD COLUMN standard_rate INT;
ALTER TABLE unit ADD COLUMN managed_rate INT;
ALTER TABLE unit ADD COLUMN rentable BOOL NOT NULL DEFAULT TRUE;
ALTER TABLE unit ADD COLUMN damaged BOOL NOT NULL DEFAULT FALSE;

-- People
ALTER TABLE person ADD COLUMN middle_initial TEXT;
ALTER TABLE person ADD COLUMN title TEXT;
ALTER TABLE person ADD COLUMN birth_date TEXT;
ALTER TABLE person ADD COLUMN is_business BOOL NOT NULL DEFAULT FALSE;
ALTER TABLE person ADD COLUMN business_name TEXT;
-- The e-mail address as it is compared.
ALTER TABLE person ADD COLUMN email_key TEXT;
UPDATE person SET email_key = lower(email) WHERE email IS NOT NULL;
CREATE INDEX person_email ON person (org_id, email_key) WHERE email_key IS NOT NULL;

ALTER TABLE phone_number ADD COLUMN extension TEXT;
ALTER TABLE phone_number ADD COLUMN label TEXT;
ALTER TABLE phone_number ADD COLUMN sms_opt_in BOOL NOT NULL DEFAULT FALSE;
CREATE INDEX phone_number_e164 ON phone_number (org_id, e164) WHERE e164 IS NOT NULL;

CREATE TABLE address (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  person_id INT NOT NULL REFERENCES person (id),
  address1 TEXT NOT NULL, address2 TEXT, city TEXT NOT NULL, state TEXT NOT NULL, postal TEXT NOT NULL, country TEXT NOT NULL,
  label TEXT NOT NULL, is_mailing BOOL NOT NULL, latitude REAL, longitude REAL, invalid_data BOOL NOT NULL,
  created_at INT NOT NULL, updated_at INT NOT NULL) STRICT;
CREATE UNIQUE INDEX address_mailing ON address (person_id) WHERE is_mailing;
CREATE INDEX address_person ON address (org_id, person_id, id);

-- Whom to ask when the person cannot be reached.
CREATE TABLE alternate_contact (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  person_id INT NOT NULL REFERENCES person (id),
  first_name TEXT, middle_initial TEXT, last_name TEXT, email TEXT, description TEXT, is_primary BOOL NOT NULL,
  address1 TEXT, address2 TEXT, city TEXT, state TEXT, postal TEXT,
  created_at INT NOT NULL, updated_at INT NOT NULL) STRICT;
CREATE INDEX alternate_contact_person ON alternate_contact (org_id, person_id, id);

CREATE TABLE contact_phone (
  id ID, org_id INT NOT NULL REFERENCES organization (id), contact_id INT NOT NULL REFERENCES alternate_contact (id),
  raw TEXT NOT NULL, e164 TEXT, extension TEXT, label TEXT, is_primary BOOL NOT NULL) STRICT;
CREATE INDEX contact_phone_contact ON contact_phone (contact_id, id);

-- A person as customer of one property. The portal name and password open the sign-in of storEDGE's API, nothing else.
CREATE TABLE account (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  property_id INT NOT NULL REFERENCES property (id), person_id INT NOT NULL REFERENCES person (id),
  number INT NOT NULL, settings_uid UUID NOT NULL,
  tax_exempt BOOL NOT NULL, gate_24_hour_access BOOL NOT NULL, blocked_payments BOOL NOT NULL,
  decline_alternate_contact BOOL NOT NULL, is_military BOOL NOT NULL, military TEXT,
  drivers_license_number TEXT, drivers_license_state TEXT,
  vehicle_license_plate_number TEXT, vehicle_license_state TEXT, vehicle_description TEXT,
  portal_username TEXT, portal_username_key TEXT, portal_password_hash TEXT, last_sign_in_at INT,
  created_at INT NOT NULL, updated_at INT NOT NULL) STRICT;
CREATE UNIQUE INDEX account_number ON account (property_id, number);
CREATE UNIQUE INDEX account_person ON account (person_id, property_id);
CREATE UNIQUE INDEX account_username ON account (property_id, portal_username_key) WHERE portal_username_key IS NOT NULL;

CREATE TABLE recovery_question (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  account_id INT NOT NULL REFERENCES account (id), question TEXT, answer_hash TEXT) STRICT;
CREATE INDEX recovery_question_account ON recovery_question (account_id, id);

-- A right to set an account's portal password; all others are about the person's own sign-in.
ALTER TABLE invitation ADD COLUMN account_id INT REFERENCES account (id);

-- What an account sets otherwise than the defaults say; values are JSON.
CREATE TABLE preference (
  account_id INT NOT NULL REFERENCES account (id), name TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (account_id, name)) STRICT;

-- Money. A ledger runs with a tenancy; its balance is the sum of its entries, kept along with each of them.
-- `unpaid_since` is the date of the oldest charge that is not settled: the ledger is overdue when that date has passed, so
-- midnight needs no write. `arrears_on` is the day on which its arrears were last looked at.
CREATE TABLE ledger (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  property_id INT NOT NULL REFERENCES property (id), account_id INT NOT NULL REFERENCES account (id),
  tenancy_id INT NOT NULL REFERENCES tenancy (id), unit_id INT NOT NULL REFERENCES unit (id),
  number INT NOT NULL, currency TEXT NOT NULL, balance INT NOT NULL,
  rent INT NOT NULL, rent_changed_at INT, next_rent INT, next_rent_on TEXT,
  billing_day INT NOT NULL, next_bill_on TEXT, paid_through_on TEXT, unpaid_since TEXT, arrears_on TEXT,
  gate_access_code TEXT, autopay_day INT, insurance_premium INT, insurance_text TEXT,
  opens_at INT NOT NULL, closes_at INT,
  created_at INT NOT NULL, updated_at INT NOT NULL) STRICT;
CREATE UNIQUE INDEX ledger_number ON ledger (property_id, number);
CREATE INDEX ledger_account ON ledger (account_id, id);
CREATE INDEX ledger_tenancy ON ledger (tenancy_id, id);
CREATE INDEX ledger_unit ON ledger (unit_id, id);
CREATE INDEX ledger_state ON ledger (property_id, opens_at, closes_at, account_id);
CREATE INDEX ledger_bill ON ledger (property_id, next_bill_on, id) WHERE next_bill_on IS NOT NULL;
CREATE INDEX ledger_unpaid ON ledger (property_id, unpaid_since, id) WHERE unpaid_since IS NOT NULL;

-- Never changed, never removed: a mistake is undone by an entry that reverses it.
-- What is owed is positive, what was paid or given is negative. `cause` names what brought it about, once a ledger.
-- Only `open` moves: what of it is not settled yet, with the sign of the amount. The balance is the sum of that as well.
CREATE TABLE ledger_entry (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  ledger_id INT NOT NULL REFERENCES ledger (id), kind TEXT NOT NULL, amount INT NOT NULL, tax INT NOT NULL, open INT NOT NULL,
  effective_on TEXT NOT NULL, service_from TEXT, service_to TEXT, code TEXT NOT NULL, text TEXT NOT NULL,
  cause TEXT, reverses_id INT REFERENCES ledger_entry (id), invoice_id INT, method TEXT, created_at INT NOT NULL) STRICT;
CREATE INDEX ledger_entry_ledger ON ledger_entry (ledger_id, id);
CREATE INDEX ledger_entry_open ON ledger_entry (ledger_id, id) WHERE open <> 0;
CREATE INDEX ledger_entry_payment ON ledger_entry (ledger_id, id) WHERE kind = 'payment';
CREATE UNIQUE INDEX ledger_entry_cause ON ledger_entry (ledger_id, cause) WHERE cause IS NOT NULL;
CREATE UNIQUE INDEX ledger_entry_reverses ON ledger_entry (reverses_id) WHERE reverses_id IS NOT NULL;
CREATE INDEX ledger_entry_invoice ON ledger_entry (invoice_id, id) WHERE invoice_id IS NOT NULL;

-- Which payment or credit settles which charge, and how much of it.
CREATE TABLE allocation (
  id ID, org_id INT NOT NULL REFERENCES organization (id), ledger_id INT NOT NULL REFERENCES ledger (id),
  credit_id INT NOT NULL REFERENCES ledger_entry (id), charge_id INT NOT NULL REFERENCES ledger_entry (id),
  amount INT NOT NULL, created_at INT NOT NULL) STRICT;
CREATE INDEX allocation_ledger ON allocation (ledger_id, id);

CREATE TABLE invoice (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  property_id INT NOT NULL REFERENCES property (id), ledger_id INT NOT NULL REFERENCES ledger (id),
  number INT NOT NULL, due_on TEXT NOT NULL, finalized_on TEXT NOT NULL, voided BOOL NOT NULL, sent BOOL NOT NULL,
  total INT NOT NULL, balance_on_due_date INT NOT NULL,
  created_at INT NOT NULL, updated_at INT NOT NULL) STRICT;
CREATE UNIQUE INDEX invoice_number ON invoice (property_id, number);
CREATE INDEX invoice_ledger ON invoice (ledger_id, id);

CREATE TABLE invoice_line (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  invoice_id INT NOT NULL REFERENCES invoice (id), entry_id INT REFERENCES ledger_entry (id),
  description TEXT NOT NULL, quantity INT NOT NULL, price INT NOT NULL, tax INT NOT NULL, prorated BOOL NOT NULL,
  code TEXT NOT NULL, service_from TEXT, service_to TEXT) STRICT;
CREATE INDEX invoice_line_invoice ON invoice_line (invoice_id, id);

-- What was done about a ledger in arrears, and when; forgotten when it is settled.
CREATE TABLE delinquency_step (
  ledger_id INT NOT NULL REFERENCES ledger (id), step TEXT NOT NULL, done_on TEXT NOT NULL,
  PRIMARY KEY (ledger_id, step)) STRICT;

CREATE TABLE account_note (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  account_id INT NOT NULL REFERENCES account (id), ledger_id INT REFERENCES ledger (id), unit_id INT REFERENCES unit (id),
  text TEXT NOT NULL, author_kind TEXT NOT NULL, author_id INT, author_name TEXT NOT NULL, created_at INT NOT NULL) STRICT;
CREATE INDEX account_note_account ON account_note (account_id, id);

-- Machines: programs that call for an organization.
CREATE TABLE client (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  kind TEXT NOT NULL, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, scopes TEXT NOT NULL, all_properties BOOL NOT NULL,
  revoked_at INT, created_at INT NOT NULL, updated_at INT NOT NULL) STRICT;
CREATE INDEX client_list ON client (org_id, id);

CREATE TABLE client_property (
  client_id INT NOT NULL REFERENCES client (id), property_id INT NOT NULL REFERENCES property (id),
  PRIMARY KEY (client_id, property_id)) STRICT;

-- Two may be good at once, so that a secret is changed without a pause. `sealed` is encrypted with a key of the install.
CREATE TABLE client_secret (
  id ID, client_id INT NOT NULL REFERENCES client (id), sealed BYTES NOT NULL,
  created_at INT NOT NULL, expires_at INT) STRICT;
CREATE INDEX client_secret_client ON client_secret (client_id, id);

-- Signed requests that were seen; kept as long as their time would be accepted again.
CREATE TABLE nonce (
  client_id INT NOT NULL REFERENCES client (id), at INT NOT NULL, nonce TEXT NOT NULL,
  PRIMARY KEY (client_id, at, nonce)) STRICT;
CREATE INDEX nonce_at ON nonce (at);

-- Accounts and ledgers of the tenancies there are.
-- sqlite
INSERT INTO account (uid, org_id, property_id, person_id, number, settings_uid, tax_exempt, gate_24_hour_access, blocked_payments,
    decline_alternate_contact, is_military, created_at, updated_at)
  SELECT randomblob(16), org_id, property_id, person_id, 999999 + row_number() OVER (PARTITION BY property_id ORDER BY min(id)),
    randomblob(16), FALSE, FALSE, FALSE, FALSE, FALSE, min(created_at), min(created_at)
  FROM tenancy WHERE role IN ('tenant', 'owner') GROUP BY org_id, property_id, person_id;
INSERT INTO recovery_question (uid, org_id, account_id) SELECT randomblob(16), org_id, id FROM account;
INSERT INTO recovery_question (uid, org_id, account_id) SELECT randomblob(16), org_id, id FROM account;
-- postgres
INSERT INTO account (uid, org_id, property_id, person_id, number, settings_uid, tax_exempt, gate_24_hour_access, blocked_payments,
    decline_alternate_contact, is_military, created_at, updated_at)
  SELECT gen_random_uuid(), org_id, property_id, person_id, 999999 + row_number() OVER (PARTITION BY property_id ORDER BY min(id)),
    gen_random_uuid(), FALSE, FALSE, FALSE, FALSE, FALSE, min(created_at), min(created_at)
  FROM tenancy WHERE role IN ('tenant', 'owner') GROUP BY org_id, property_id, person_id;
INSERT INTO recovery_question (uid, org_id, account_id) SELECT gen_random_uuid(), org_id, id FROM account;
INSERT INTO recovery_question (uid, org_id, account_id) SELECT gen_random_uuid(), org_id, id FROM account;
-- both
INSERT INTO preference (account_id, name, value) SELECT id, 'email_invoices', 'true' FROM account;
INSERT INTO preference (account_id, name, value) SELECT id, 'delinquency_exempt', 'false' FROM account;
-- sqlite
INSERT INTO ledger (uid, org_id, property_id, account_id, tenancy_id, unit_id, number, currency, balance, rent, billing_day,
    opens_at, closes_at, created_at, updated_at)
  SELECT randomblob(16), t.org_id, t.property_id, a.id, t.id, t.unit_id, row_number() OVER (PARTITION BY t.property_id ORDER BY t.id),
    o.currency, 0, 0, 1, coalesce(t.starts_at, t.created_at),
    CASE WHEN t.deleted_at IS NOT NULL THEN min(t.deleted_at, coalesce(t.moved_out_at, t.deleted_at), coalesce(t.ends_at, t.deleted_at))
      WHEN t.moved_out_at IS NOT NULL AND t.ends_at IS NOT NULL THEN min(t.moved_out_at, t.ends_at)
      ELSE coalesce(t.moved_out_at, t.ends_at) END,
    t.created_at, t.updated_at
  FROM tenancy t JOIN organization o ON o.id = t.org_id JOIN account a ON a.person_id = t.person_id AND a.property_id = t.property_id
  WHERE t.role = 'tenant' AND t.unit_id IS NOT NULL;
-- postgres
INSERT INTO ledger (uid, org_id, property_id, account_id, tenancy_id, unit_id, number, currency, balance, rent, billing_day,
    opens_at, closes_at, created_at, updated_at)
  SELECT gen_random_uuid(), t.org_id, t.property_id, a.id, t.id, t.unit_id, row_number() OVER (PARTITION BY t.property_id ORDER BY t.id),
    o.currency, 0, 0, 1, coalesce(t.starts_at, t.created_at), least(t.deleted_at, t.moved_out_at, t.ends_at),
    t.created_at, t.updated_at
  FROM tenancy t JOIN organization o ON o.id = t.org_id JOIN account a ON a.person_id = t.person_id AND a.property_id = t.property_id
  WHERE t.role = 'tenant' AND t.unit_id IS NOT NULL;
-- both
