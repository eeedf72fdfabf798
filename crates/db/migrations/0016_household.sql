-- What ends when people leave: whose invitation it is, with whose tenancy one of the household ended, and when a moving out
-- that is noted ahead has come.

-- Whether somebody who lives in the unit made it, and not the management.
ALTER TABLE invitation ADD COLUMN of_household BOOL NOT NULL DEFAULT FALSE;
-- The last resident tenancy of the unit, whose end ended this one: what brings that back brings back this one, too.
ALTER TABLE tenancy ADD COLUMN ended_with INT REFERENCES tenancy (id);
-- When what follows from an end is due that was noted ahead.
ALTER TABLE tenancy ADD COLUMN leaves_at INT;
CREATE INDEX tenancy_leaving ON tenancy (org_id, leaves_at, id) WHERE leaves_at IS NOT NULL;
CREATE INDEX tenancy_ended_with ON tenancy (org_id, ended_with, id) WHERE ended_with IS NOT NULL;
-- Who ever lived in a unit, deleted tenancies too.
CREATE INDEX tenancy_unit_person ON tenancy (org_id, unit_id, person_id);

UPDATE invitation SET of_household = TRUE WHERE purpose = 'community' AND used_at IS NULL AND superseded_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM role_grant g WHERE g.person_id = invitation.invited_by)
  AND EXISTS (SELECT 1 FROM tenancy t WHERE t.org_id = invitation.org_id AND t.person_id = invitation.invited_by
    AND t.unit_id = invitation.unit_id);

UPDATE tenancy SET leaves_at = moved_out_at WHERE moved_out_at IS NOT NULL AND deleted_at IS NULL
  AND (resided_unit_id IS NOT NULL OR (role IN ('member', 'guest') AND EXISTS (SELECT 1 FROM wifi_identity i
    WHERE i.org_id = tenancy.org_id AND i.unit_id = tenancy.unit_id AND i.person_id = tenancy.person_id
    AND i.kind = 'linked' AND NOT i.is_vacant)));
