-- Devices that may not join, whoever knows the passphrase: by whoever lives there, or by the management, which residents
-- cannot lift.
ALTER TABLE wifi_device ADD COLUMN is_blocked BOOL NOT NULL DEFAULT FALSE;
ALTER TABLE wifi_device ADD COLUMN blocked_by_desk BOOL NOT NULL DEFAULT FALSE;

-- Whether the words about a unit are those of whoever lived there: they end with them.
ALTER TABLE unit ADD COLUMN described_by_resident BOOL NOT NULL DEFAULT FALSE;

-- Owners move into vacant units as well.
DROP INDEX tenancy_starting;
CREATE INDEX tenancy_starting ON tenancy (org_id, starts_at, id)
  WHERE role IN ('tenant', 'owner') AND resided_unit_id IS NULL AND unit_id IS NOT NULL AND ended_by IS NULL AND deleted_at IS NULL;
