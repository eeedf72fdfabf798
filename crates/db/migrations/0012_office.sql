-- The desk: money over all properties, forms that count once, and lists that were imported.

CREATE INDEX ledger_desk ON ledger (org_id, property_id, id);
CREATE INDEX ledger_list ON ledger (org_id, id);
CREATE INDEX ledger_owed ON ledger (org_id, id) WHERE balance > 0;
CREATE INDEX ledger_arrears ON ledger (org_id, unpaid_since, id) WHERE unpaid_since IS NOT NULL;
CREATE INDEX ledger_entry_paid ON ledger_entry (org_id, effective_on) WHERE kind = 'payment';

-- What a form brought about that may be sent twice: the second time it is answered, and nothing is done.
CREATE TABLE form_key (
  org_id INT NOT NULL REFERENCES organization (id), key TEXT NOT NULL, answer INT NOT NULL, at INT NOT NULL,
  PRIMARY KEY (org_id, key)) STRICT;
CREATE INDEX form_key_at ON form_key (at);

-- What the customer calls a person in lists of their own.
CREATE TABLE person_reference (
  org_id INT NOT NULL REFERENCES organization (id), reference TEXT NOT NULL, person_id INT NOT NULL REFERENCES person (id),
  PRIMARY KEY (org_id, reference)) STRICT;
CREATE UNIQUE INDEX person_reference_person ON person_reference (person_id);

-- A list that was sent, in parts: each is looked at, and later taken, in an operation of its own.
CREATE TABLE import_run (
  id ID, uid UUID NOT NULL UNIQUE, org_id INT NOT NULL REFERENCES organization (id),
  kind TEXT NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL, total INT NOT NULL, done INT NOT NULL,
  made INT NOT NULL, changed INT NOT NULL, same INT NOT NULL, bad INT NOT NULL,
  person_id INT REFERENCES person (id), created_at INT NOT NULL, finished_at INT) STRICT;
CREATE INDEX import_run_list ON import_run (org_id, id);

-- `rows` and `faults` are lists in JSON; `done_at` is when the part was looked at, or taken, in the state of its import.
CREATE TABLE import_part (
  id ID, org_id INT NOT NULL REFERENCES organization (id), import_id INT NOT NULL REFERENCES import_run (id),
  position INT NOT NULL, rows TEXT NOT NULL, faults TEXT, done_at INT) STRICT;
CREATE UNIQUE INDEX import_part_position ON import_part (import_id, position);
CREATE INDEX import_part_due ON import_part (import_id, position) WHERE done_at IS NULL;

-- What an import made, so that it can be undone.
CREATE TABLE import_made (
  id ID, org_id INT NOT NULL REFERENCES organization (id), import_id INT NOT NULL REFERENCES import_run (id),
  entity TEXT NOT NULL, entity_id INT NOT NULL) STRICT;
CREATE INDEX import_made_import ON import_made (import_id, id);

-- Newest first, whole and by who did it.
CREATE INDEX change_newest ON change (org_id, (-seq));
CREATE INDEX change_actor ON change (org_id, actor_kind, actor_id, (-seq));
